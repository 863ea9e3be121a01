"""Goal: the page stands alone, is well-formed, and shows the numbers.

Method: parsed as HTML; names that try to be markup; a search for anything that would ask a network.
The tables are those of meshsim.reports.html_tables.
"""

import importlib.util
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_samples import MISSING, bare, comparison, interval, precision, result

from meshsim.errors import InputError
from meshsim.reports import html_charts, html_tables
from meshsim.reports.html import batch_to_html, check_html_possible, to_html
from meshsim.solvers.observations import Part
from meshsim.stats import Interval
from meshsim.studies.result import ObjectiveRow
from meshsim.units import show_duration

VOID = {"meta", "br", "link", "hr", "img", "input"}


class Page(HTMLParser):
    """Collects text, attributes and elements that were never closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.attributes, self.wrong = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


REPORTS = {
    "comparison": lambda: to_html(comparison()),
    "run": lambda: to_html(result()),
    "bare": lambda: to_html(bare()),
    "index": lambda: batch_to_html([comparison(), comparison()]),
}


@pytest.mark.parametrize("name", REPORTS)
def test_pages_are_well_formed(name):
    page = Page(REPORTS[name]())
    assert page.wrong == []
    assert page.open == []


@pytest.mark.parametrize("name", REPORTS)
def test_pages_ask_nobody(name):
    text = REPORTS[name]()
    loading = {"src", "srcset", "data", "action", "poster", "background"}
    assert not [a for a in Page(text).attributes if a[1] in loading]
    links = [value for tag, key, value in Page(text).attributes if key == "href"]
    assert all(re.fullmatch(r"[\w.-]+\.html", link) for link in links)
    assert "@import" not in text
    assert "url(" not in text
    assert len(re.findall(r"<script", text)) == (name != "index")


def test_names_are_text_and_not_markup():
    text = to_html(comparison())
    assert "<script>alert(1)</script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "web/a&lt;b&gt;" in text
    assert "A shop &lt;b&gt;&amp;amp; more&lt;/b&gt;" in text


def test_the_comparison_shows_what_a_director_asks():
    words = " ".join("".join(Page(to_html(comparison())).text).split())
    for heading in (
        "The answer",
        "Objectives",
        "In pictures",
        "In numbers",
        "By entry point and by call",
        "CPU and memory of everything that runs",
        "The bill, compared with No mesh",
        "What this rests on",
        "Not modelled:",
        "Do it again",
    ):
        assert heading in words, heading
    assert show_duration(comparison().baseline.overall.mean.estimate) in words
    assert "meshsim compare shop --mesh none" in words
    assert comparison().results[2].scenario_hash in words
    assert "istio-performance" not in words, "sources are told by their titles"
    assert "Performance and Scalability" in words


def test_badges_tell_the_origin_of_every_number():
    text = to_html(comparison())
    for origin in ("measured", "published", "derived", "guess"):
        assert f'<span class="badge {origin}">' in text


def test_a_run_has_no_differences():
    text = to_html(result())
    assert "The bill" not in text
    assert "Added latency" not in text
    assert "meshsim run shop --mesh istio-sidecar" in text


def test_changes_are_told():
    asked = replace(result().asked, rate_per_s=300.0)
    assert "Changed for this study: rate 300/s" in to_html(replace(result(), asked=asked))


def test_warnings_come_before_numbers():
    warned = replace(result(), warnings=("web is saturated",))
    text = to_html(warned)
    assert 0 < text.index("Before you trust this") < text.index("In pictures")
    assert "Before you trust this" not in to_html(replace(warned, warnings=()))


def test_the_index_leads_to_the_reports():
    text = batch_to_html([comparison(), comparison()])
    assert text.count('href="shop.html"') == 2
    assert "2 topologies under 3 meshes" in text
    assert 'class="number failure"' in text, "shop breaks an objective"


def test_without_jinja2_the_cure_is_told(monkeypatch):
    check_html_possible()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(
        InputError, match=r"needs the package jinja2; pip install 'meshsim\[report\]'"
    ):
        to_html(result())


def test_charts_without_data_are_left_out():
    names = [chart.title for chart in html_charts.charts(comparison())]
    assert names == [
        "Latency",
        "Added latency",
        "Where the time went",
        "CPU: used and requested",
        "Memory: used and requested",
        "Cost per month",
    ]
    assert "Cost per month" not in [c.title for c in html_charts.charts(alone(bare()))]


def alone(found):
    return replace(comparison(), results=(found,), latency=(), resources=())


def test_parts_of_time_have_their_colours():
    breakdown = html_charts.charts(comparison())[2]
    assert breakdown.keys[0] == ("app-work", "app work")
    assert ("proxy-work", "proxy work") in breakdown.keys
    assert ("app-wait", "app wait") in breakdown.keys


@pytest.mark.parametrize(
    ("kept", "certain", "kind"),
    [
        (True, True, "healthy"),
        (True, False, "degraded"),
        (False, False, "failure"),
        (False, True, "failure"),
        (None, False, "degraded"),
    ],
)
def test_objectives_have_the_colours_of_health(kept, certain, kind):
    row = ObjectiveRow("web/home", "p(50)<1s", interval(0.5, 0.1), kept, certain)
    grid = html_tables.objectives_grid([replace(result(), objectives=(row,))])
    assert grid.rows[0][1].kind == kind


@pytest.mark.parametrize(
    ("share", "kind"),
    [(0.2, "bar healthy"), (0.9, "bar degraded"), (1.2, "bar failure"), (None, "missing")],
)
def test_utilisation_has_the_colours_of_health(share, kind):
    row = replace(result().usage[0], utilisation=share, utilisation_busiest=share)
    cells = html_tables.usage_grid(replace(result(), usage=(row,))).rows[0]
    assert (cells[-1].kind, cells[-2].kind) == (kind, kind)
    assert cells[-1].share == (None if share is None else min(share, 1.0))


def test_the_summary_has_numbers_and_changes():
    grid = html_tables.summary_grid(comparison())
    rows = {row[0].text: row for row in grid.rows}
    assert list(rows)[:5] == ["mean", "p50", "p90", "p99", "p99.9"]
    assert rows["mean"][1].below == ""
    assert rows["mean"][2].below.startswith("+")
    assert rows["p99.9"][2].text == "—"
    assert rows["CPU requested"][3].below == "0"
    assert rows["cost per month"][2].below.startswith("+$")


def test_lopsided_changes_show_both_ends_below():
    lopsided = Interval(0.01, 0.009, 0.013, 0.95, 50)
    rows = tuple(replace(row, difference=lopsided) for row in comparison().latency)
    grid = html_tables.summary_grid(replace(comparison(), latency=rows))
    assert grid.rows[0][2].below == "+10.0 ms\n(+9.00 ms to +13.0 ms)"


def test_unknown_changes_are_not_shown():
    rows = tuple(replace(row, difference=MISSING, relative=MISSING) for row in comparison().latency)
    resources = tuple(replace(row, cpu_used=MISSING, nodes=1) for row in comparison().resources)
    unknown = replace(comparison(), latency=rows, resources=resources)
    assert html_tables.summary_grid(unknown).rows[0][2].below == ""
    assert "+1</small>" in to_html(unknown)


def test_calls_say_who_calls():
    grid = html_tables.edge_grid(comparison().results, 0)
    assert grid.rows[0][0].text == "stock/get"
    assert grid.rows[0][0].below.startswith("from web/home, ")


def test_prices_that_are_unknown_are_dashes():
    grid = html_tables.bill_grid(comparison())
    assert [cell.text for cell in grid.rows[0][3:5]] == ["—", "—"]
    assert grid.rows[2][3].text == "$73.00"


@pytest.mark.parametrize("sample", [comparison, result])
def test_a_precision_asked_for_stands_at_the_head(sample):
    page = to_html(replace(sample(), precision=precision()))
    head = page.partition("</header>")[0]
    assert "Precision: the change of p99 of all requests under linkerd is ± 4.1%" in head
    assert "Precision:" not in to_html(sample())


def test_every_part_of_the_time_has_a_colour_in_light_and_in_dark():
    style = (Path(html_charts.__file__).parent / "templates" / "style.css").read_text(
        encoding="utf-8"
    )
    for part in Part:
        name = html_charts.part_class(part)
        assert style.count(f"--{name}:") == 2
        assert f".{name} {{ fill: var(--{name}); background: var(--{name}); }}" in style

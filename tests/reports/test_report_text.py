"""Goal: the terminal report is complete, fits its width and has no colour unless asked.

Method: a small real comparison, and copies of it whose rows are replaced by literal ones.
"""

import re
from dataclasses import replace

import pytest
from report_samples import MISSING, bare, comparison, interval, precision, result

from meshsim.reports.terminal import render
from meshsim.reports.text import to_text
from meshsim.reports.text_latency import of_run
from meshsim.reports.text_resources import of_comparison
from meshsim.reports.text_tables import mesh_heading, point, table
from meshsim.studies.result import LatencyRow, ObjectiveRow

SECTIONS = [
    "OBJECTIVES",
    "IN SHORT",
    "LATENCY OF ALL REQUESTS",
    "LATENCY: DIFFERENCE TO none",
    "MEAN LATENCY BY ENTRY POINT",
    "WHERE THE TIME WENT, MEAN OF ALL REQUESTS",
    "CPU AND MEMORY, ALL INSTANCES TOGETHER",
    "NODES AND MONEY",
    "THE BILL: DIFFERENCE TO none",
    "WARNINGS",
    "WHAT THIS RESTS ON",
]


def objectives(*rows):
    return replace(result(), objectives=rows)


def test_a_comparison_has_its_sections_in_order():
    lines = to_text(comparison()).splitlines()
    assert [line for line in lines if line in SECTIONS] == SECTIONS
    assert lines[0] == "A shop <b>&amp; more</b> (shop)"
    assert lines[-1].startswith("meshsim compare shop --mesh none ")


def test_a_run_has_services_and_calls():
    text = to_text(result())
    assert "LATENCY\n" in text
    assert "web/home → stock/get" in text
    assert re.search(r"^web +2 .*%", text, re.MULTILINE)
    assert re.search(r"^istiod +1 .* — +—$", text, re.MULTILINE)
    assert text.splitlines()[-1].startswith("meshsim run shop --mesh istio-sidecar ")


def test_it_fits_its_width_but_for_the_line_to_copy():
    lines = to_text(comparison(), width=100).splitlines()
    assert max(map(len, lines[:-1])) <= 100
    assert len(lines[-1]) > 100
    assert not any(line != line.rstrip() for line in lines)


def test_numbers_are_never_cut():
    long = tuple(replace(r, mesh=r.mesh * 6) for r in comparison().results)
    rows = [["x" * 90, "+$112.29", "1"], ["y", "$0.00", "+105%"]]
    text = render([table(["object", "Δ cost/mo", "% change"], rows)], 60)
    assert "x" * 90 in text
    assert "+$112.29" in text
    assert "+105%" in text
    bill = render(of_comparison(replace(comparison(), results=long)), 60).split("THE BILL")[1]
    assert re.search(rf"^{'linkerd' * 6} +0 +CPU requested +in the nodes +— +0%$", bill, re.M)


def test_headings_break_behind_hyphens():
    assert mesh_heading("istio-ambient-waypoint") == "istio-ambient-\nwaypoint"
    assert mesh_heading("istio-sidecar") == "istio-sidecar"


def test_colour_only_where_asked(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in to_text(comparison())
    assert "\x1b[32m✓" in to_text(comparison(), color=True)


def test_markup_in_names_is_text():
    assert "<b>&amp; more</b>" in to_text(comparison())
    assert render([point("[red]not red[/red]")]) == "  - [red]not red[/red]\n"


@pytest.mark.parametrize(
    ("kept", "certain", "mark"),
    [(True, True, "✓"), (True, False, "✓~"), (False, False, "✗~"), (False, True, "✗")],
)
def test_objectives_have_marks(kept, certain, mark):
    row = ObjectiveRow("web/home", "p(50)<1s", interval(0.5, 0.1), kept, certain)
    text = to_text(objectives(row))
    assert re.search(rf"  p\(50\)<1s +{mark} 500 ms ±20%$", text, re.MULTILINE)
    assert ("~ the interval reaches" in text) == (not certain)


def test_an_objective_without_data_is_a_question():
    text = to_text(objectives(ObjectiveRow("web/home", "p(50)<1s", MISSING, None, certain=False)))
    assert "? —" in text
    assert "? not enough data: raise --requests" in text


def test_reasons_for_dashes_are_given_once():
    text = to_text(comparison())
    assert len(re.findall(r"^— not enough data: .*p99 takes: raise --requests$", text, re.M)) == 1


def test_a_report_without_extras_has_fewer_sections():
    text = to_text(bare())
    for absent in ("OBJECTIVES", "CALLS BETWEEN"):
        assert absent not in text
    assert "sample" in text.splitlines()[0]


def test_known_memory_needs_no_footnote():
    usage = tuple(replace(row, memory_is_request=False) for row in result().usage)
    assert "not known for some" not in to_text(replace(result(), usage=usage))


def test_nothing_to_warn_of_is_no_section():
    assert "WARNINGS" not in to_text(replace(bare(), warnings=()))


def test_warnings_name_the_meshes_they_are_about():
    warned = replace(result(), warnings=("web is saturated",))
    both = replace(comparison(), results=(comparison().baseline, warned, comparison().results[2]))
    assert "! istio-sidecar: web is saturated" in to_text(both)
    assert "! web is saturated" in to_text(warned)


def test_the_fastest_calls_are_left_out_of_many():
    edges = tuple(
        LatencyRow("edge", f"a/x → b/{n}", 9, interval(0.001 * (n + 1), 0.0), (MISSING,) * 4)
        for n in range(13)
    )
    missing = LatencyRow("edge", "a/x → b/none", 9, MISSING, (MISSING,) * 4)
    many = replace(result(), latency=(result().overall, *edges, missing))
    text = render(of_run(many))
    assert "a/x → b/12" in text
    assert "a/x → b/0 " not in text
    assert "a/x → b/none" not in text
    assert "2 more calls: -o json, csv or html" in text


def test_differences_without_data_are_dashes():
    rows = tuple(replace(row, difference=MISSING, relative=MISSING) for row in comparison().latency)
    text = to_text(replace(comparison(), latency=rows))
    section = text.split("LATENCY: DIFFERENCE TO none")[1].split("MEAN LATENCY")[0]
    assert section.count("—") >= 6


def test_differences_without_a_share_have_none():
    rows = tuple(
        replace(row, difference=interval(0.01, 0.001), relative=MISSING)
        for row in comparison().latency
    )
    text = to_text(replace(comparison(), latency=rows))
    section = text.split("LATENCY: DIFFERENCE TO none")[1].split("MEAN LATENCY")[0]
    assert "+10.0 ms" in section
    assert "± 1.0 ms" in section
    assert "%" not in section


def test_one_entry_point_needs_no_table_by_entry_point():
    one = tuple(
        replace(r, latency=tuple(row for row in r.latency if row.name != "web/a<b>"))
        for r in comparison().results
    )
    assert "BY ENTRY POINT" not in to_text(replace(comparison(), results=one))


def test_nodes_of_no_pool_are_none():
    first = comparison().baseline
    empty = tuple(replace(pool, nodes=0) for pool in first.nodes.pools)
    nothing = replace(first, nodes=replace(first.nodes, pools=empty))
    text = render(
        of_comparison(replace(comparison(), results=(nothing, *comparison().results[1:])))
    )
    assert re.search(r"^none +none +\$0.00", text, re.MULTILINE)


def test_numbers_stand_right_and_words_left():
    text = render([table(["name", "n"], [["a", "1"], ["bb", "10"]])])
    assert text == "name    n\n─────────\na       1\nbb     10\n"


@pytest.mark.parametrize("sample", [comparison, result])
def test_a_precision_asked_for_stands_at_the_head(sample):
    text = to_text(replace(sample(), precision=precision()))
    head = text.partition("OBJECTIVES")[0]
    assert "precision: the change of p99 of all requests under linkerd is ± 4.1%" in head
    assert "precision:" not in to_text(sample())

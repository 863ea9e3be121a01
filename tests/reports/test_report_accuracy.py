"""The report on accuracy: all figures are in it, bad ones too, in Markdown and on a page."""

import math
from collections import Counter
from dataclasses import replace

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.checks import Check, CheckRow
from meshsim.calibration.accuracy.judging import Bench, Verdict
from meshsim.calibration.accuracy.machine import Machine
from meshsim.calibration.accuracy.rebuilding import rebuild
from meshsim.reports.accuracy import summary_lines, tables, to_markdown
from meshsim.reports.accuracy_html import to_html
from meshsim.reports.accuracy_parity import parity_plots

LATENCY = {"kind": figures.Kind.LATENCY, "probability": 0.99}
ROWS = [
    replace(figures.judged(120e-6, 100e-6, source="lab"), low=80e-6, high=180e-6),
    figures.judged(300e-6, 100e-6, source="lab", fitted=True),
    figures.judged(2e-3, 1e-3, source="lab", configuration="a|b", **LATENCY),
    figures.judged(60e6, 50e6, source="sizes", kind=figures.Kind.MEMORY, extrapolated=True),
]
VERDICT = Verdict(
    ROWS,
    [
        Bench("lab", Machine(2.5, 300e-6), (rebuild(figures.cpu()),)),
        Bench("sizes", Machine(), (), "no figure from which a machine could be told"),
    ],
    Counter({"its source does not say the rate": 7}),
)
CHECK = Check(
    "some-check",
    "A check",
    0.15,
    (
        CheckRow("1/s", "vCPU", 0.2, 0.21, usual=0.6),
        CheckRow("2/s", "vCPU", 0.2, 0.1, usual=0.8),
        CheckRow("2/s, otherwise", "vCPU", 0.2, 0.1, judged=False),
    ),
    (("machine factor", "1"),),
    ("A note.",),
)


def test_the_summary_names_what_was_reached():
    assert summary_lines(VERDICT, [CHECK]) == [
        "cpu: median error 20% over 1 figures (20% as the median of its sources), "
        "100% of them within 25%; 100% of 1 lie in their 90% interval",
        "memory: median error 20% over 1 figures (20% as the median of its sources), "
        "100% of them within 25%",
        "p99: median error 100% over 1 figures (100% as the median of its sources), "
        "0% of them within 25%",
        "some-check: 1 of 2 figures within 15%; the worst is 2/s, vCPU, -50%",
    ]


def test_markdown_has_every_cell():
    text = to_markdown(VERDICT, [CHECK], "a.csv")
    assert "from a.csv. 3 measured figures of 2 sources" in text
    assert "| 1/s | vCPU | 0.2 | 0.21 | +5% ✓ | 3.0 times |" in text
    assert "| 2/s | vCPU | 0.2 | 0.1 | -50% ✗ | 4.0 times |" in text
    assert "| 2/s, otherwise | vCPU | 0.2 | 0.1 | -50% |  |" in text
    assert "| lab | 2.50 | 300 µs | cpu, istio, sidecar, one-proxy, mTLS" in text
    assert "| sizes | 1.00 | 300 µs | no figure from which" in text
    assert "| 7 | its source does not say the rate |" in text
    assert "| 100 µs | 120 µs | 80.0 µs to 180 µs | +20% |  |" in text
    assert "| 100 µs | 300 µs |  | +200% | fitted |" in text
    assert "| 57.2 MiB |  | +20% | outside |" in text
    assert "a\\|b" in text
    lengths = {len(table.columns) for table in tables(VERDICT) for _ in table.rows}
    assert all(len(row) == len(t.columns) for t in tables(VERDICT, [CHECK]) for row in t.rows)
    assert lengths


def test_times_are_shown_as_times_and_checks_without_a_rule_have_no_column_for_it():
    check = replace(CHECK, rows=(CheckRow("2 connections", "p50", 1e-3, 1.1e-3),))
    assert "| 2 connections | p50 | 1.00 ms | 1.10 ms | +10% ✓ |" in to_markdown(VERDICT, [check])


def test_a_report_of_a_check_alone():
    text = to_markdown(Verdict(), [CHECK])
    assert "Cell by cell" not in text
    assert "A check" in text


def test_the_page_has_the_same_tables_and_plots():
    page = to_html(VERDICT, [CHECK])
    for table in tables(VERDICT, [CHECK]):
        assert f"<h2>{table.heading}</h2>" in page
    assert page.count("<svg") == 3
    assert page.count('class="ring"') == 1
    assert "http" not in page.replace("http1", "")
    assert "<svg" not in to_html(Verdict(), [CHECK])


@pytest.mark.parametrize("factor", [1.0, 1.25])
def test_a_dot_stands_where_its_logarithms_say(factor):
    rows = [figures.judged(factor * 1e-3, 1e-3), figures.judged(1e-1, 1e-1)]
    ((title, plot),) = parity_plots(rows)
    assert title == "CPU per request and proxy"
    first = plot[plot.index("<circle") :].split('"')
    x, y = float(first[1]), float(first[3])
    low, high = -3.05, -0.95
    assert x == pytest.approx(340 * (-3 - low) / (high - low), abs=0.06)
    expected = 340 - 340 * (math.log10(factor * 1e-3) - low) / (high - low)
    assert y == pytest.approx(expected, abs=0.06)

"""The report on accuracy as one HTML page, without anything to load from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from meshsim.calibration.accuracy.checks import Check
from meshsim.calibration.accuracy.judging import Verdict
from meshsim.reports.accuracy import Table, summary_lines, tables
from meshsim.reports.accuracy_parity import parity_plots

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem;
  color: #1c2733; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px; }
th, td { border-bottom: 1px solid #d5dce4; padding: .25rem .6rem; text-align: left; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
.frame { fill: none; stroke: #9aa7b4; } .exact { stroke: #1c2733; }
.near { stroke: #9aa7b4; stroke-dasharray: 4 3; }
.dot { fill: #2b6cb0; fill-opacity: .55; } .ring { fill: none; stroke: #c05621; }
@media (prefers-color-scheme: dark) {
  body { color: #dde5ec; background: #14191f; } th, td { border-color: #33404d; }
  .exact { stroke: #dde5ec; } .dot { fill: #7fb2e8; } }
"""


def to_html(verdict: Verdict, checks: Sequence[Check] = ()) -> str:
    """The page."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><title>Accuracy of meshsim</title>',
            f"<style>{_STYLE}</style></head><body>",
            "<h1>Accuracy</h1>",
            "<ul>",
            *(f"<li>{escape(line)}</li>" for line in summary_lines(verdict, checks)),
            "</ul>",
            *_plots(verdict),
            *(part for table in tables(verdict, checks) for part in _table(table)),
            "</body></html>",
            "",
        ]
    )


def _plots(verdict: Verdict) -> Iterator[str]:
    plots = parity_plots(verdict.judged)
    if not plots:
        return
    yield "<h2>Predicted against measured</h2>"
    yield "<p>The dashed lines are 25% off. Rings were fitted.</p>"
    yield '<div class="plots">'
    for title, svg in plots:
        yield f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"
    yield "</div>"


def _table(table: Table) -> Iterator[str]:
    yield f"<h2>{escape(table.heading)}</h2>"
    for words in table.words:
        yield f"<p>{escape(words)}</p>"
    yield "<table><thead>" + _row(table.columns, "th") + "</thead><tbody>"
    for row in table.rows:
        yield _row(row, "td")
    yield "</tbody></table>"


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

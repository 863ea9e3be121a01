"""The report on accuracy as Markdown: what was compared, how far off it is, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meshsim import __version__
from meshsim.calibration.accuracy.cells import Cell, Kind
from meshsim.calibration.accuracy.checks import Check, CheckRow
from meshsim.calibration.accuracy.judged import Judged
from meshsim.calibration.accuracy.judging import Bench, Verdict
from meshsim.calibration.accuracy.summary import (
    Line,
    by_mesh,
    by_metric,
    by_source,
    headline,
    predictions,
)
from meshsim.units import show_duration, show_memory


@dataclass(frozen=True)
class Table:
    """A heading, a few words, and a grid; faces on paper turn it into theirs."""

    heading: str
    words: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_ERRORS = (
    "figures",
    "median error",
    "9 of 10 within",
    "bias",
    "within 25%",
    "no figure of its own",
    "in 90% interval",
)


def to_markdown(verdict: Verdict, checks: Sequence[Check] = (), given: str = "") -> str:
    """The report. ``given`` says which figures were compared."""
    parts = ["# Accuracy", "", *_introduction(verdict, checks, given)]
    for table in tables(verdict, checks):
        parts += ["", f"## {table.heading}", ""]
        parts += [line for word in table.words for line in (word, "")]
        parts += _grid(table) if table.rows else []
    return "\n".join(parts).rstrip() + "\n"


def tables(verdict: Verdict, checks: Sequence[Check] = ()) -> list[Table]:
    """All tables of the report, in order."""
    found = [_check_table(check) for check in checks]
    if verdict.judged:
        found += [
            _line_table("By metric", by_metric(verdict), named=False),
            _line_table("By mesh", by_mesh(verdict)),
            _line_table("By source", by_source(verdict)),
            _bench_table(verdict.benches),
        ]
    if verdict.left_out:
        found.append(_left_out(verdict))
    if verdict.judged:
        found.append(_all_cells(verdict.judged))
    return found


def summary_lines(verdict: Verdict, checks: Sequence[Check] = ()) -> list[str]:
    """A few sentences that tell what was reached, bad news included."""
    lines = [
        f"{line.metric}: median error {line.median_error:.0%} over {line.figures} figures "
        f"({line.by_source:.0%} as the median of its sources), {line.near:.0%} of them within 25%"
        f"{_coverage_words(line)}"
        for line in headline(verdict)
    ]
    return lines + [_check_words(check) for check in checks]


def _introduction(verdict: Verdict, checks: Sequence[Check], given: str) -> list[str]:
    sources = len({row.cell.source for row in verdict.judged})
    return [
        f"Made by `meshsim accuracy` of meshsim {__version__}{given and f' from {given}'}. "
        f"{len(predictions(verdict))} measured figures of {sources} sources were rebuilt as "
        "scenarios and simulated; of each source one figure told the speed of its machine (and one "
        "without a mesh its latency), and is not counted. An error is predicted over measured, "
        "less one. The column *no figure of its own* is the median error if even the speed of the "
        "machine is taken from the other sources. Intervals come from the errors of the other "
        "sources. How it is done: [the guide](../guides/accuracy.md).",
        "",
        *(f"* {line}" for line in summary_lines(verdict, checks)),
    ]


def _coverage_words(line: Line) -> str:
    if line.coverage is None:
        return ""
    return f"; {line.coverage:.0%} of {line.in_interval} lie in their 90% interval"


def _check_words(check: Check) -> str:
    inside = check.asked - len(check.outside)
    worst = max((row for row in check.rows if row.judged), key=lambda row: abs(row.error))
    return (
        f"{check.name}: {inside} of {check.asked} figures within {check.limit:.0%}; "
        f"the worst is {worst.about}, {worst.metric}, {worst.error:+.0%}"
    )


def _check_table(check: Check) -> Table:
    parameters = "; ".join(f"{name}: {value}" for name, value in check.parameters)
    words = (f"{_check_words(check)}. {parameters}.", *check.notes)
    usual = any(row.usual is not None for row in check.rows)
    columns = ("", "metric", "measured", "predicted", "error")
    rows = tuple(_check_row(row, check, usual) for row in check.rows)
    return Table(check.title, words, (*columns, "usual rule") if usual else columns, rows)


def _check_row(row: CheckRow, check: Check, usual: bool) -> tuple[str, ...]:
    is_time = row.metric != "vCPU"
    show = show_duration if is_time else "{:.3g}".format
    mark = "" if not row.judged else (" ✗" if row in check.outside else " ✓")
    cells = (
        row.about,
        row.metric,
        show(row.measured),
        show(row.predicted),
        f"{row.error:+.0%}{mark}",
    )
    if not usual:
        return cells
    return (*cells, "" if row.usual is None else f"{row.usual / row.measured:.1f} times")


def _line_table(heading: str, lines: Sequence[Line], *, named: bool = True) -> Table:
    columns = (("", "metric") if named else ("metric",)) + _ERRORS
    rows = tuple(
        (*((line.name, line.metric) if named else (line.metric,)), *_errors(line)) for line in lines
    )
    return Table(heading, (), columns, rows)


def _errors(line: Line) -> tuple[str, ...]:
    return (
        f"{line.figures}",
        f"{line.median_error:.0%}",
        f"{line.worst_decile:.0%}",
        f"{line.bias:+.0%}",
        f"{line.near:.0%}",
        f"{line.unfitted_error:.0%}",
        "–" if line.coverage is None else f"{line.coverage:.0%}",
    )


def _bench_table(benches: Iterable[Bench]) -> Table:
    rows = tuple(
        (
            bench.source,
            f"{bench.machine.factor:.2f}",
            show_duration(bench.machine.base_s),
            "; ".join(_about(each.cell, each.reading.name) for each in bench.fitted) or bench.note,
        )
        for bench in benches
    )
    words = (
        "A factor of 1 is the machine on which the costs of the mesh files were measured; it also "
        "takes in what its proxies do that the files do not know of.",
    )
    columns = ("source", "machine factor", "latency without a mesh", "told by")
    return Table("Machines", words, columns, rows)


def _left_out(verdict: Verdict) -> Table:
    rows = tuple((f"{count}", reason) for reason, count in verdict.left_out.most_common())
    return Table("Not rebuilt", (), ("figures", "reason"), rows)


def _all_cells(judged: Sequence[Judged]) -> Table:
    columns = ("source", "figure", "measured", "predicted", "90% interval", "error", "")
    ordered = sorted(judged, key=lambda row: (row.cell.source, row.group, row.reading.measured))
    words = (
        "*fitted*: the figure told the machine; *outside*: rate or bodies lie outside of what the "
        "costs were fitted on.",
    )
    return Table("Cell by cell", words, columns, tuple(_cell_row(row) for row in ordered))


def _cell_row(row: Judged) -> tuple[str, ...]:
    show = show_memory if row.reading.kind is Kind.MEMORY else show_duration
    interval = "" if math.isnan(row.low) else f"{show(row.low)} to {show(row.high)}"
    return (
        row.cell.source,
        _about(row.cell, row.reading.name),
        show(row.reading.measured),
        show(row.predicted),
        interval,
        f"{row.error:+.0%}",
        "fitted" if row.fitted else ("outside" if row.extrapolated else ""),
    )


def _about(cell: Cell, metric: str) -> str:
    rate = f"{cell.rate_per_s:,.0f}/s" if cell.rate_per_s else ""
    connections = f"{cell.connections} connections" if cell.connections else ""
    payload = f"{cell.payload_bytes:,.0f} B" if cell.payload_bytes is not None else ""
    secret = {True: "mTLS", False: "plain", None: ""}[cell.encrypted]
    what = (metric, cell.mesh, cell.version, cell.mode, cell.component, secret, cell.protocol)
    return ", ".join(filter(None, (*what, payload, rate, connections, cell.configuration)))


def _grid(table: Table) -> list[str]:
    head = [_line(table.columns), _line(["---"] * len(table.columns))]
    return head + [_line(row) for row in table.rows]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

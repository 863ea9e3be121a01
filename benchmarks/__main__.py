"""Measure ratios side by side: ``python -m benchmarks``; see benchmarks/README.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks import history, table
from benchmarks.engines import ENGINES
from benchmarks.measure import Spread
from benchmarks.ratios import CASES, QUICK, Effort, Report, aim_of, run_case, title_of


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, print it, record it, write the table."""
    asked = _asked(words)
    if asked.table:
        table.write(history.read())
        print(f"wrote {table.PAGE}")
        return
    report, effort = Report(), QUICK if asked.quick else Effort()
    for case in asked.case or CASES:
        known = set(report.ratios)
        run_case(case, asked.engine or list(ENGINES), effort, report)
        for key, spread in report.ratios.items():
            if key not in known:
                print(_line(key, spread), flush=True)
        if case in report.hop_ns:
            print(f"    {_hops(report.hop_ns[case])}", flush=True)
    if asked.record:
        history.append(history.entry_of(report))
        print(f"recorded in {history.HISTORY}")


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds of less work")
    parser.add_argument("--case", action="append", choices=CASES, help="only this; repeatable")
    parser.add_argument(
        "--engine", action="append", choices=list(ENGINES), help="only this; repeatable"
    )
    parser.add_argument("--record", action="store_true", help="append to benchmarks/history.json")
    parser.add_argument(
        "--table", action="store_true", help="measure nothing, write docs/reference/speed.md"
    )
    return parser.parse_args(words)


def _line(key: str, spread: Spread) -> str:
    aim = aim_of(key)
    aimed = f"   {aim.words()}: {'met' if aim.met(spread.middle) else 'MISSED'}"
    span = f"{table.number(spread.low)} to {table.number(spread.high)}"
    measured = f"{table.number(spread.middle):>7}  ({span})"
    return f"{title_of(key):<75} {measured}{aimed if aim.words() else ''}"


def _hops(hop_ns: dict[str, float]) -> str:
    cells = (f"{ENGINES[name].title} {table.number(value)}" for name, value in hop_ns.items())
    return "ns per request-hop: " + ", ".join(cells)


if __name__ == "__main__":
    main()

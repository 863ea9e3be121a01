"""A tornado for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from meshsim import __version__
from meshsim.reports.phrases import around_change, counted
from meshsim.reports.terminal import WIDTH, render
from meshsim.reports.text_tables import Cell, heading, one_line, paragraph, point, table, two_lines
from meshsim.reports.tornado import (
    answer_words,
    bar_words,
    certain_bars,
    effect_words,
    heading_words,
    is_exact,
    left_out,
    remedies,
    show_subject,
    tornado_command,
    verdict_words,
)
from meshsim.stats import Interval
from meshsim.studies.result import Value
from meshsim.studies.tornado import Bar, Tornado
from meshsim.units import show_percentage

_HALF = 6
"""Characters of each half of a drawn bar."""
_FULL = "█"


def tornado_to_text(tornado: Tornado, *, width: int = WIDTH, color: bool = False) -> str:
    """The bars as a table with drawings, then what to measure."""
    return render(_parts(tornado), width, color=color)


def _parts(tornado: Tornado) -> Iterator[RenderableType]:
    plan = tornado.plan
    yield paragraph(heading_words(tornado))
    yield paragraph(
        f"{counted(plan.replications, 'replication')} of {counted(plan.requests, 'request')}, "
        f"seed {plan.seed}, intervals of {show_percentage(plan.confidence, 2)}"
    )
    yield paragraph("")
    yield paragraph(f"the answer: {answer_words(tornado)}")
    yield paragraph(verdict_words(tornado))
    yield paragraph("")
    bars = certain_bars(tornado)
    if bars:
        yield heading("each parameter at the 5th and the 95th percentile of its range")
        yield table(
            ["", "at the low end", "", "at the high end", "share"],
            [_cells(tornado, bar, bars) for bar in bars],
            words=[0, 2],
        )
        yield paragraph("")
    yield from _remedies(tornado)
    for why, paths in left_out(tornado):
        yield paragraph(f"{why}: {', '.join(paths)}")
        yield paragraph("")
    hashes = " ".join(tornado.scenario_hashes)
    yield one_line(f"{tornado_command(tornado)}   # meshsim {__version__}, scenarios {hashes}")


def _cells(tornado: Tornado, bar: Bar, bars: Sequence[Bar]) -> list[Cell]:
    words = bar_words(tornado, bar)
    longest = max(each.swing for each in bars)
    share = words.share or "a choice"
    name = two_lines(words.path, f"{words.value} ({words.low} to {words.high})")
    low, high = (_effect_cell(tornado, value) for value in (bar.at_low, bar.at_high))
    return [name, low, _drawn(bar, longest), high, share]


def _effect_cell(tornado: Tornado, effect: Value) -> Cell:
    if not isinstance(effect, Interval) or is_exact(effect):
        return effect_words(tornado, effect)
    show = show_subject(tornado)
    return two_lines(show(effect.estimate, signed=True), around_change(effect, show))


def _drawn(bar: Bar, longest: float) -> str:
    """Both effects on one axis, zero in the middle."""
    effects = [value.estimate for value in (bar.at_low, bar.at_high) if isinstance(value, Interval)]
    left, right = (
        round(_HALF * max(0.0, *(sign * effect for effect in effects)) / longest)
        for sign in (-1, 1)
    )
    return f"{_FULL * left:>{_HALF}}│{_FULL * right:<{_HALF}}"


def _remedies(tornado: Tornado) -> Iterator[RenderableType]:
    found = remedies(tornado)
    if not found:
        return
    yield heading("what would shrink it")
    for advice, paths in found.items():
        yield point(f"{', '.join(paths)}: {advice}")
    yield paragraph("")

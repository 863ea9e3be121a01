"""A tornado as one self-contained HTML file: the chart, the table, what to measure."""

from __future__ import annotations

from collections.abc import Sequence

from meshsim import __version__
from meshsim.reports.html import check_html_possible, environment
from meshsim.reports.html_tables import Cell, Grid
from meshsim.reports.phrases import counted
from meshsim.reports.svg_tornado import Effect, EffectPair, tornado_chart
from meshsim.reports.tornado import (
    answer_words,
    bar_words,
    certain_bars,
    effect_words,
    heading_words,
    left_out,
    remedies,
    show_subject,
    subject_words,
    tornado_command,
    verdict_words,
)
from meshsim.stats import Interval
from meshsim.studies.remedies import remedy_of
from meshsim.studies.tornado import Bar, Tornado
from meshsim.units import show_percentage

_BARS_MAX = 15


def tornado_to_html(tornado: Tornado) -> str:
    """The page. Raises InputError if jinja2 is missing."""
    check_html_possible()
    plan = tornado.plan
    return (
        environment()
        .get_template("tornado.html.j2")
        .render(
            version=__version__,
            title=subject_words(tornado),
            heading=heading_words(tornado),
            plan=f"{counted(plan.replications, 'replication')} of "
            f"{counted(plan.requests, 'request')}, seed {plan.seed}, "
            f"intervals of {show_percentage(plan.confidence, 2)}",
            answer=answer_words(tornado),
            verdict=verdict_words(tornado),
            chart=tornado_svg(tornado),
            grid=tornado_grid(tornado, certain_bars(tornado)),
            remedies=remedies(tornado),
            left_out=list(left_out(tornado)),
            replay=tornado_command(tornado),
            hashes=tornado.scenario_hashes,
        )
    )


def tornado_svg(tornado: Tornado) -> str:
    """The chart of the longest bars; empty if none is beyond the noise."""
    show = show_subject(tornado)
    pairs = [
        EffectPair(bar.parameter.path, _effects(tornado, bar))
        for bar in certain_bars(tornado)[:_BARS_MAX]
    ]
    about = f"What the ends of each range do to: {subject_words(tornado)}."
    return tornado_chart(pairs, lambda value: show(value, signed=True), about)


def _effects(tornado: Tornado, bar: Bar) -> list[Effect]:
    words = bar_words(tornado, bar)
    ends = (("low", words.low, bar.at_low), ("high", words.high, bar.at_high))
    return [
        Effect(
            kind,
            value.estimate,
            value.low,
            value.high,
            f"{bar.parameter.path} at {end}: {effect_words(tornado, value)}",
        )
        for kind, end, value in ends
        if isinstance(value, Interval)
    ]


def tornado_grid(tornado: Tornado, bars: Sequence[Bar]) -> Grid:
    """A row per bar: value and range, both effects, share, and what would shrink it."""
    rows = []
    for bar in bars:
        words = bar_words(tornado, bar)
        rows.append(
            [
                Cell(words.path, words.origin),
                Cell(words.value, f"{words.low} to {words.high}"),
                Cell(words.at_low),
                Cell(words.at_high),
                Cell(words.share or "a choice"),
                Cell("", remedy_of(bar.parameter)),
            ]
        )
    headings = ["", "value", "at the low end", "at the high end", "share of the variance"]
    return Grid([*headings, "what would shrink it"], rows)

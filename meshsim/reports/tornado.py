"""A tornado in words: shared by its text, JSON, CSV, HTML and the app."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meshsim.reports.assumptions import show_of
from meshsim.reports.phrases import exact, exact_change, load_of, two_digits
from meshsim.reports.replay import plan_words
from meshsim.stats import Interval, NotEnough
from meshsim.studies.asked import Asked
from meshsim.studies.remedies import remedy_of
from meshsim.studies.tornado import Bar, Tornado
from meshsim.units import (
    print_rate,
    show_cpu,
    show_duration,
    show_memory,
    show_money,
    show_percentage,
)

BIG = 0.05
"""Share of the variance from which on a remedy is worth its words."""


def _show_cost(dollars: float, _digits: int = 3, *, signed: bool = False) -> str:
    """Money is written to the cent, whatever the digits of other numbers."""
    return show_money(dollars, signed=signed)


_SHOWS: dict[str, Callable[..., str]] = {
    "latency": show_duration,
    "cpu": show_cpu,
    "memory": show_memory,
    "cost": _show_cost,
}
_ROUNDING = 1e-9
"""Part of an effect that rounding may make."""
UNITS = {"latency": "s", "cpu": "cores", "memory": "bytes", "cost": "USD/month"}


@dataclass(frozen=True)
class BarWords:
    """One bar in words."""

    path: str
    value: str
    low: str
    high: str
    origin: str
    at_low: str
    at_high: str
    share: str
    """Empty for what is chosen and not uncertain."""


def show_subject(tornado: Tornado) -> Callable[..., str]:
    """How the answer is shown."""
    return _SHOWS[tornado.subject.quantity]


def subject_words(tornado: Tornado) -> str:
    """``p99 of all requests``, ``CPU used``."""
    key, quantity = tornado.subject.key, tornado.subject.quantity
    if key is None:
        return "cost a month, by the share of nodes that requests fill"
    if quantity == "cpu":
        return "CPU used by application, proxies and control plane"
    if quantity == "memory":
        return "memory used by application, proxies and control plane"
    metric = "mean latency" if key.probability is None else tornado.subject.text.partition(":")[0]
    return f"{metric} of {key.name}"


def heading_words(tornado: Tornado) -> str:
    """What the tornado is about, in one line."""
    topology, baseline = tornado.topology, tornado.baseline
    against = "" if baseline is None else f", difference to {baseline.name}"
    return (
        f"{subject_words(tornado)}{against}: {tornado.mesh.title} on {topology.name} "
        f"at {load_of(topology)}"
    )


def answer_words(tornado: Tornado) -> str:
    """The answer with its interval, that of the simulation."""
    say = exact if tornado.baseline is None else exact_change
    return say(tornado.answer, show_subject(tornado))


def bar_words(tornado: Tornado, bar: Bar) -> BarWords:
    """A bar in words."""
    number = bar.parameter.number
    show = show_of(number)
    low, high = number.range
    return BarWords(
        bar.parameter.path,
        show(number.value),
        show(low),
        show(high),
        number.origin,
        effect_words(tornado, bar.at_low),
        effect_words(tornado, bar.at_high),
        "" if bar.share is None else show_percentage(bar.share, 2),
    )


def effect_words(tornado: Tornado, effect: Interval | NotEnough) -> str:
    """``+5.13 ms ± 410 µs``; 0 for none."""
    if isinstance(effect, Interval) and is_exact(effect):
        return show_subject(tornado)(effect.estimate, signed=True) if effect.estimate else "0"
    return exact_change(effect, show_subject(tornado))


def is_exact(effect: Interval) -> bool:
    """Whether nothing of it was simulated, so that it has no noise."""
    return effect.half_width <= _ROUNDING * abs(effect.estimate)


def certain_bars(tornado: Tornado) -> list[Bar]:
    """Bars beyond the noise, the longest first."""
    return [bar for bar in tornado.bars if bar.beyond_noise]


def noise_bars(tornado: Tornado) -> list[Bar]:
    """Bars within the noise."""
    return [bar for bar in tornado.bars if not bar.beyond_noise]


def remedies(tornado: Tornado) -> dict[str, list[str]]:
    """What to do about the big bars, with their paths, the biggest first."""
    found: dict[str, list[str]] = {}
    for bar in certain_bars(tornado):
        if bar.share is None or bar.share >= BIG:
            found.setdefault(remedy_of(bar.parameter), []).append(bar.parameter.path)
    return found


def left_out(tornado: Tornado) -> Iterator[tuple[str, Sequence[str]]]:
    """Why parameters have no bar, with their paths; only what there is."""
    lists = (
        ("within the noise of the simulation", [bar.parameter.path for bar in noise_bars(tornado)]),
        ("too small to simulate, by formulas", tornado.negligible),
        ("without effect on this answer", tornado.without_effect),
    )
    yield from ((why, paths) for why, paths in lists if paths)


def verdict_words(tornado: Tornado) -> str:
    """The answer to the question which assumption matters most."""
    if isinstance(tornado.answer, NotEnough):
        return f"{tornado.answer}: raise --requests"
    uncertain = [bar for bar in certain_bars(tornado) if bar.share is not None]
    if not uncertain:
        return "no uncertain parameter changes this answer beyond the noise"
    first = uncertain[0]
    assert first.share is not None, "an uncertain parameter has a share"
    ends = (bar_words(tornado, first).low, bar_words(tornado, first).high)
    swing = show_subject(tornado)(first.swing)
    return (
        f"{first.parameter.path} ({ends[0]} to {ends[1]}) matters most: up to {swing}, "
        f"about {two_digits(first.share * 100)}% of the variance that the ranges make"
    )


def tornado_command(tornado: Tornado) -> str:
    """The command that gives the same numbers again."""
    asked = tornado.asked or tuple(
        Asked(tornado.topology.name, mesh.name) for mesh in tornado.meshes
    )
    words = ["meshsim", "tornado", asked[0].topology, "--mesh", asked[-1].mesh]
    words += ["--of", tornado.subject.text]
    if tornado.baseline is not None:
        words += ["--baseline", asked[0].mesh]
    if tornado.with_choices:
        words.append("--choices")
    if asked[0].rate_per_s is not None:
        words += ["--rps", print_rate(asked[0].rate_per_s)]
    for service, count in asked[0].replicas:
        words += ["--replicas", f"{service}={count}"]
    words += plan_words(tornado.plan, tornado.plan.replications)
    return shlex.join(words)

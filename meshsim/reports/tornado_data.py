"""A tornado as JSON and as CSV, in SI units."""

from __future__ import annotations

import csv
import io

from meshsim.reports.json import Plain, head, text_of, value_of
from meshsim.reports.tornado import UNITS, tornado_command
from meshsim.stats import Interval
from meshsim.studies.remedies import remedy_of
from meshsim.studies.result import Value
from meshsim.studies.tornado import Bar, Tornado

_COLUMNS = (
    "topology",
    "mesh",
    "baseline",
    "of",
    "unit",
    "parameter",
    "value",
    "low",
    "high",
    "origin",
    "effect_low",
    "effect_low_from",
    "effect_low_to",
    "effect_high",
    "effect_high_from",
    "effect_high_to",
    "beyond_noise",
    "share",
)


def tornado_to_json(tornado: Tornado) -> str:
    """The document, with a line feed at its end."""
    plan = tornado.plan
    return text_of(
        {
            **head("tornado"),
            "replay": tornado_command(tornado),
            "topology": tornado.topology.name,
            "mesh": tornado.mesh.name,
            "baseline": tornado.baseline.name if tornado.baseline else None,
            "scenario_hashes": list(tornado.scenario_hashes),
            "of": tornado.subject.text,
            "unit": UNITS[tornado.subject.quantity],
            "plan": {
                "requests": plan.requests,
                "replications": plan.replications,
                "seed": plan.seed,
                "confidence": plan.confidence,
                "solver": plan.solver,
            },
            "answer": value_of(tornado.answer),
            "bars": [_bar(bar) for bar in tornado.bars],
            "negligible": list(tornado.negligible),
            "without_effect": list(tornado.without_effect),
        }
    )


def tornado_to_csv(tornado: Tornado) -> str:
    """One row per bar, the longest first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    baseline = tornado.baseline.name if tornado.baseline else ""
    names = (tornado.topology.name, tornado.mesh.name, baseline, tornado.subject.text)
    for bar in tornado.bars:
        number = bar.parameter.number
        writer.writerow(
            [
                *names,
                UNITS[tornado.subject.quantity],
                bar.parameter.path,
                number.value,
                *number.range,
                number.origin,
                *_ends(bar.at_low),
                *_ends(bar.at_high),
                "yes" if bar.beyond_noise else "no",
                "" if bar.share is None else bar.share,
            ]
        )
    return stream.getvalue()


def _ends(effect: Value) -> tuple[float | str, ...]:
    if not isinstance(effect, Interval):
        return ("", "", "")
    return effect.estimate, effect.low, effect.high


def _bar(bar: Bar) -> Plain:
    number = bar.parameter.number
    return {
        "parameter": bar.parameter.path,
        "mesh": bar.mesh.name,
        "value": number.value,
        "range": list(number.range),
        "origin": number.origin,
        "source": number.source,
        "choice": bar.parameter.is_choice,
        "effect_low": value_of(bar.at_low),
        "effect_high": value_of(bar.at_high),
        "beyond_noise": bar.beyond_noise,
        "share": bar.share,
        "remedy": remedy_of(bar.parameter),
    }

"""Charts of the tables, as Vega-Lite specifications: pure functions from a table to a chart.

Colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which people with the
common forms of colour blindness tell apart; meshes differ by shape as well. Axes count in
milliseconds, cores and GiB; the conversion stands in the chart, the data stay in SI units.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from meshsim.app.frames import Table
from meshsim.reports.phrases import METRICS, part_name
from meshsim.solvers.observations import Part

Drawn = alt.Chart | alt.LayerChart | alt.FacetChart

MESH_COLOURS = ("#6e6e6e", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""The first, grey, is the baseline's."""
MESH_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
PART_COLOURS = ("#0072b2", "#56b4e9", "#b3d9f2", "#d55e00", "#e69f00", "#999999", "#a50f15")
"""Blues for the application, oranges for the proxies, grey for the network, and a red of our own
for retries."""
OWNER_COLOURS = ("#0072b2", "#d55e00", "#009e73")

_MILLISECONDS = 1e3
_GIBIBYTE = 1024**3


def latency_chart(table: Table, meshes: Sequence[str]) -> Drawn:
    """Mean and quantiles of each mesh with their intervals."""
    base = (
        alt.Chart(table.frame())
        .transform_filter("isValid(datum.latency_s)")
        .transform_calculate(**_in_milliseconds("latency_s", "latency_s_low", "latency_s_high"))
        .encode(
            x=alt.X("metric:N", sort=list(METRICS), title="metric", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("mesh:N", sort=list(meshes)),
            color=_mesh_colour(meshes),
            tooltip=_latency_tooltip(),
        )
    )
    y = alt.Y("latency_s_ms:Q", title="latency [ms]", scale=alt.Scale(zero=True))
    whiskers = base.mark_rule(strokeWidth=2).encode(
        y=alt.Y("latency_s_low_ms:Q", title="latency [ms]"), y2="latency_s_high_ms:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(y=y, shape=_mesh_shape(meshes))
    return alt.layer(whiskers, points).properties(height=340)


def difference_chart(table: Table, meshes: Sequence[str]) -> Drawn:
    """What each mesh adds to mean and quantiles of the baseline, with intervals."""
    fields = ("difference_s", "difference_s_low", "difference_s_high")
    base = (
        alt.Chart(table.frame())
        .transform_filter("isValid(datum.difference_s)")
        .transform_calculate(**_in_milliseconds(*fields))
        .encode(
            x=alt.X("metric:N", sort=list(METRICS), title="metric", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("mesh:N", sort=list(meshes)),
            color=_mesh_colour(meshes),
        )
    )
    title = "added to the baseline [ms]"
    whiskers = base.mark_rule(strokeWidth=2).encode(
        y=alt.Y("difference_s_low_ms:Q", title=title), y2="difference_s_high_ms:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=alt.Y("difference_s_ms:Q", title=title), shape=_mesh_shape(meshes)
    )
    zero = alt.Chart().mark_rule(strokeDash=[4, 4], color="#888888").encode(y=alt.datum(0))
    return alt.layer(zero, whiskers, points).properties(height=340)


def curve_chart(table: Table, meshes: Sequence[str], metric: str, load_per_s: float) -> Drawn:
    """One metric over the load; a dashed line marks the load of the study."""
    base = (
        alt.Chart(table.frame())
        .transform_filter(alt.FieldEqualPredicate(field="metric", equal=metric))
        .transform_filter("isValid(datum.latency_s)")
        .transform_calculate(**_in_milliseconds("latency_s", "latency_s_low", "latency_s_high"))
        .encode(
            x=alt.X("rate_per_s:Q", title="load [requests/s]"),
            color=_mesh_colour(meshes),
            tooltip=[
                alt.Tooltip("rate_per_s:Q", title="load", format=",.4~g"),
                *_latency_tooltip(),
            ],
        )
    )
    title = f"{metric} of the latency [ms]"
    band = base.mark_area(opacity=0.2).encode(
        y=alt.Y("latency_s_low_ms:Q", title=title), y2="latency_s_high_ms:Q"
    )
    line = base.mark_line().encode(y=alt.Y("latency_s_ms:Q", title=title))
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        y=alt.Y("latency_s_ms:Q", title=title), shape=_mesh_shape(meshes)
    )
    here = (
        alt.Chart()
        .mark_rule(strokeDash=[4, 4], color="#888888")
        .encode(x=alt.datum(load_per_s), tooltip=alt.value("load of this study"))
    )
    return alt.layer(here, band, line, points).properties(height=360)


def breakdown_chart(table: Table, meshes: Sequence[str], requests: str) -> Drawn:
    """Stacked bars: the mean time of each part, one bar per mesh."""
    names: list[str | alt.FieldName] = [part_name(part) for part in Part]
    keys = {f"{part.name.lower()}_s": part_name(part) for part in Part}
    frame = table.frame()
    frame = frame[frame["requests"] == requests].rename(columns=keys)
    drawn: alt.Chart = (
        alt.Chart(frame)
        .transform_fold(names, as_=["part", "seconds"])
        .transform_calculate(
            ms=f"datum.seconds * {_MILLISECONDS}", order=f"indexof({names!r}, datum.part)"
        )
        .mark_bar()
        .encode(
            y=alt.Y("mesh:N", sort=list(meshes), title=None),
            x=alt.X("ms:Q", title="mean time of a request [ms]", stack="zero"),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=names, range=list(PART_COLOURS)),
                legend=alt.Legend(title=None, orient="bottom", columns=2),
            ),
            order=alt.Order("order:Q"),
            tooltip=["mesh:N", "part:N", alt.Tooltip("ms:Q", format=".4~g", title="ms")],
        )
        .properties(height=140 + 40 * len(meshes))
    )
    return drawn


def owner_chart(table: Table, meshes: Sequence[str], quantity: str) -> Drawn:
    """CPU or memory of applications, proxies and control plane, used beside requested."""
    field, scale, unit = {
        "CPU": ("cpu_cores", 1.0, "cores"),
        "memory": ("memory_bytes", 1.0 / _GIBIBYTE, "GiB"),
    }[quantity]
    owners = list(dict.fromkeys(table.frame()["owner"]))
    drawn: alt.Chart = (
        alt.Chart(table.frame())
        .transform_calculate(
            amount=f"datum.{field} * {scale}", order=f"indexof({owners!r}, datum.owner)"
        )
        .mark_bar()
        .encode(
            y=alt.Y("mesh:N", sort=list(meshes), title=None),
            yOffset=alt.YOffset("kind:N", sort=["used", "requested"]),
            x=alt.X("sum(amount):Q", title=f"{quantity} [{unit}]", stack="zero"),
            color=alt.Color(
                "owner:N",
                scale=alt.Scale(domain=owners, range=list(OWNER_COLOURS)),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            opacity=alt.condition(
                alt.FieldEqualPredicate(field="kind", equal="used"), alt.value(1), alt.value(0.45)
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                "mesh:N",
                "owner:N",
                "kind:N",
                alt.Tooltip("sum(amount):Q", format=".4~g", title=unit),
            ],
        )
        .properties(height=130 + 50 * len(meshes))
    )
    return drawn


def tornado_chart(table: Table) -> Drawn:
    """Two bars from zero for each parameter, with intervals as lines."""
    low = next(c.key for c in table.columns if c.key.startswith("effect_low_"))
    high = low.replace("effect_low_", "effect_high_")
    unit, scale = _TORNADO_UNITS[low.removeprefix("effect_low_")]
    frame = table.frame()
    sides = [
        frame.assign(
            end=end,
            effect=frame[key] * scale,
            effect_from=frame[f"{key}_low"] * scale,
            effect_to=frame[f"{key}_high"] * scale,
        )
        for end, key in (("low end", low), ("high end", high))
    ]
    kept = ["parameter", "end", "effect", "effect_from", "effect_to"]
    base = alt.Chart(pd.concat(sides)[kept]).encode(
        y=alt.Y(
            "parameter:N",
            sort=frame["parameter"].tolist(),
            title=None,
            axis=alt.Axis(labelLimit=320),
        ),
        yOffset=alt.YOffset("end:N", sort=["low end", "high end"]),
    )
    title = f"change of the answer [{unit}]"
    bars = base.mark_bar().encode(
        x=alt.X("effect:Q", title=title),
        color=alt.Color(
            "end:N",
            scale=alt.Scale(domain=["low end", "high end"], range=list(OWNER_COLOURS[:2])),
            legend=alt.Legend(title=None, orient="bottom"),
        ),
        tooltip=["parameter:N", "end:N", alt.Tooltip("effect:Q", format=".4~g", title=unit)],
    )
    whiskers = base.mark_rule(strokeWidth=1.5, color="#333333").encode(
        x=alt.X("effect_from:Q", title=title), x2="effect_to:Q"
    )
    return alt.layer(bars, whiskers).properties(height=60 + 44 * len(frame))


_TORNADO_UNITS = {
    "s": ("ms", _MILLISECONDS),
    "cores": ("cores", 1.0),
    "bytes": ("GiB", 1.0 / _GIBIBYTE),
    "USD_per_month": ("USD per month", 1.0),
}
"""By the unit of the table: what is written, and how much one of it is."""


def _in_milliseconds(*fields: str) -> dict[str, str]:
    return {f"{field}_ms": f"datum.{field} * {_MILLISECONDS}" for field in fields}


def _latency_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("mesh:N"),
        alt.Tooltip("metric:N"),
        alt.Tooltip("latency_s_ms:Q", title="ms", format=".4~g"),
        alt.Tooltip("latency_s_low_ms:Q", title="from", format=".4~g"),
        alt.Tooltip("latency_s_high_ms:Q", title="to", format=".4~g"),
    ]


def _mesh_colour(meshes: Sequence[str]) -> alt.Color:
    return alt.Color(
        "mesh:N",
        scale=alt.Scale(domain=list(meshes), range=_of_length(MESH_COLOURS, len(meshes))),
        legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1),
    )


def _mesh_shape(meshes: Sequence[str]) -> alt.Shape:
    return alt.Shape(
        "mesh:N",
        scale=alt.Scale(domain=list(meshes), range=_of_length(MESH_SHAPES, len(meshes))),
        legend=alt.Legend(title=None, orient="bottom", symbolOpacity=1),
    )


def _of_length(values: Sequence[str], length: int) -> list[str]:
    """The first of ``values``, from the start again if there are too few."""
    return [values[number % len(values)] for number in range(length)]

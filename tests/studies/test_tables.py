"""Goal: what is read back is what was written, to the bit, and other programs can read it.

Method: Hypothesis makes arrays of all kinds (NaN with any payload, infinities, both zeros, no rows)
and a type of result that has no layout of its own; they go through the bytes of Parquet files. A
real observation is looked at with pandas.
"""

import io
import json
from dataclasses import dataclass, fields

import builders
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from meshsim.solvers.observations import Part
from meshsim.solvers.settings import RunSettings
from meshsim.stats.histogram import RELATIVE_ERROR
from meshsim.studies import tables
from meshsim.studies.tables import (
    LAYOUTS,
    OBSERVATIONS,
    TALLY,
    Layout,
    TableOf,
    from_tables,
    layout_of,
    parquet_of,
    summary_of,
    summary_of_tally,
    table_of,
    to_tables,
)
from meshsim.studies.task import Task, run_task


@dataclass(frozen=True)
class Inner:
    """A part, in which there may be another."""

    x_s: np.ndarray
    number: int
    deeper: "Inner | None"


@dataclass(frozen=True)
class Sample:
    """Arrays of all ranks and types, some of which share a table."""

    counts: np.ndarray
    cube: np.ndarray
    x_s: np.ndarray
    y: np.ndarray
    parts: np.ndarray
    lone: np.ndarray
    number: int
    share: float
    name: str
    inner: Inner | None = None


LAYOUT = Layout(
    Sample,
    (TableOf("xy", ("x_s", "y", "parts")), TableOf("deep", ("inner.deeper.x_s",), ("row",))),
    {"parts": ("one", "two", "three")},
    (Inner,),
)


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setitem(tables.LAYOUTS, "Sample", LAYOUT)


def there_and_back(result, layout):
    """Through JSON and the bytes of files."""
    header, made = to_tables(result, layout)
    files = {name: parquet_of(table) for name, table in made.items()}
    return from_tables(json.loads(json.dumps(header)), lambda name: table_of(files[name]))


def assert_same_bits(one, other):
    assert type(one) is type(other)
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, Inner):
            assert_same_bits(a, b)
        elif isinstance(a, np.ndarray):
            assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes()), field.name
        else:
            assert (type(a), repr(a)) == (type(b), repr(b)), field.name


BITS = npst.from_dtype(np.dtype(np.uint64))


def floats(shape):
    """Every pattern of 64 bits: all NaN, infinities and zeros are among them."""
    return npst.arrays(np.uint64, shape, elements=BITS).map(lambda bits: bits.view(np.float64))


def arrays(dtype, rank):
    shapes = npst.array_shapes(min_dims=rank, max_dims=rank, min_side=0, max_side=4)
    return npst.arrays(dtype, shapes)


INNER = st.builds(Inner, arrays(np.int16, 1), st.integers(0, 9), st.none())
INNERS = st.builds(Inner, arrays(np.uint64, 1), st.integers(0, 9), st.none() | INNER)
SHAPES_3 = npst.array_shapes(min_dims=3, max_dims=3, min_side=0, max_side=4)


@st.composite
def samples(draw):
    rows = draw(st.integers(0, 5))
    return Sample(
        counts=draw(arrays(np.int64, 2)),
        cube=draw(SHAPES_3.flatmap(floats)),
        x_s=draw(floats((rows,))),
        y=draw(npst.arrays(np.bool_, (rows,))),
        parts=draw(floats((rows, 3))),
        lone=draw(npst.arrays(np.int32, ())),
        number=draw(st.integers(-(2**63), 2**63 - 1)),
        share=draw(st.floats()),
        name=draw(st.text(st.characters(exclude_categories=("Cs",)))),
        inner=draw(st.none() | INNERS),
    )


@given(samples())
def test_every_array_comes_back_to_the_bit(sample):
    assert_same_bits(sample, there_and_back(sample, LAYOUT))


ZEROS_AND_NAN = np.array([0.0, -0.0, np.nan, -np.nan, np.inf, 0.0, -0.0])


def test_zeros_and_nan_are_not_taken_for_each_other():
    sample = Sample(
        counts=np.zeros((0, 3), dtype=np.int64),
        cube=np.tile(ZEROS_AND_NAN, (2, 3, 1)),
        x_s=ZEROS_AND_NAN,
        y=np.ones(7, dtype=np.bool_),
        parts=np.stack([ZEROS_AND_NAN] * 3, axis=1),
        lone=np.array(7, dtype=np.int32),
        number=np.int64(3).item(),
        share=float("nan"),
        name="ü",
    )
    assert_same_bits(sample, there_and_back(sample, LAYOUT))


def test_views_and_other_orders_come_back_as_values():
    wide = np.arange(24, dtype=np.float64).reshape(4, 6)
    sample = Sample(
        counts=wide.astype(np.int64).T,
        cube=np.asfortranarray(wide.reshape(2, 3, 4)),
        x_s=wide[:, 0],
        y=np.ones(4, dtype=np.bool_),
        parts=wide[:, ::2],
        lone=np.array(1, dtype=np.int32),
        number=np.int64(3),
        share=np.float64(0.5),
        name="",
    )
    found = there_and_back(sample, LAYOUT)
    for name in ("counts", "cube", "x_s", "parts"):
        assert np.array_equal(getattr(found, name), getattr(sample, name))
    assert (found.number, found.share) == (3, 0.5)


def test_what_no_table_names_has_one_with_numbered_axes():
    sample = Sample(
        counts=np.array([[1, 2], [3, 4]]),
        cube=np.zeros((1, 1, 1)),
        x_s=np.zeros(0),
        y=np.zeros(0, dtype=np.bool_),
        parts=np.zeros((0, 3)),
        lone=np.array(1),
        number=1,
        share=1.0,
        name="",
        inner=Inner(np.zeros(1), 1, Inner(np.array([0.5]), 1, None)),
    )
    _, made = to_tables(sample, LAYOUT)
    assert set(made) == {"xy", "counts", "cube", "lone", "inner.x_s", "deep"}
    assert made["deep"].to_pydict() == {"row": [0], "x_s": [0.5]}
    assert made["counts"].to_pydict() == {
        "axis_0": [0, 0, 1, 1],
        "axis_1": [0, 1, 0, 1],
        "counts": [1, 2, 3, 4],
    }


def observed(requests=30):
    steps = "[{compute: {distribution: exponential, mean: 1ms}}, {call: b/get}]"
    services = builders.listed(builders.service("a", steps), builders.service("b"))
    return builders.observe(builders.topology(services), builders.sidecars(busy="50us"), requests)


def test_observations_come_back_to_the_bit():
    observations = observed()
    assert layout_of(observations) is OBSERVATIONS is LAYOUTS["Observations"]
    assert_same_bits(observations, there_and_back(observations, OBSERVATIONS))


def tallied(requests=300):
    steps = "[{compute: {distribution: exponential, mean: 1ms}}, {call: b/get}]"
    services = builders.listed(builders.service("a", steps), builders.service("b"))
    under = builders.sidecars(busy="50us")
    described = builders.program(builders.topology(services), under)
    return run_task(Task(described, RunSettings(requests, keep="tallies"), "kernel"))


def test_tallies_come_back_to_the_bit():
    tally = tallied()
    assert layout_of(tally) is TALLY is LAYOUTS["PackedTally"]
    found = there_and_back(tally, TALLY)
    for name in ("entry_counts", "edge_counts", "sums"):
        assert_same_bits(getattr(tally, name), getattr(found, name))
    names = {"windows", "entries", "entry_buckets", "series", "edges", "edge_buckets"}
    assert set(to_tables(tally, TALLY)[1]) >= names


def test_the_summary_of_a_tally_is_that_of_its_requests():
    summed, kept = summary_of_tally(tallied(300)), summary_of(observed(300))
    assert summed["measured_requests"] == kept["measured_requests"] == 300
    assert summed["latency_s_mean"] == pytest.approx(kept["latency_s_mean"], rel=1e-9)
    for name in ("latency_s_p50", "latency_s_p99"):
        assert summed[name] == pytest.approx(kept[name], rel=RELATIVE_ERROR)
    assert summed["failed_share"] == 0.0
    nothing = summary_of_tally(tallied(0))
    assert nothing.pop("measured_requests") == 0
    assert np.isnan(list(nothing.values())).all()


def test_pandas_reads_the_tables():
    observations = observed()
    _, made = to_tables(observations, OBSERVATIONS)
    frames = {name: pd.read_parquet(io.BytesIO(parquet_of(table))) for name, table in made.items()}
    assert set(frames) >= {"requests", "calls", "snapshots", "stations", "proxies", "pods"}
    requests = frames["requests"]
    assert list(requests.request) == list(range(30))
    assert np.array_equal(requests.latency_s, observations.latency_s)
    parts = requests[[f"spent_{part.name.lower()}_s" for part in Part]]
    assert np.array_equal(parts.to_numpy(), observations.spent_s)
    stations = frames["stations"].pivot_table(index="snapshot", columns="station", values="busy_s")
    assert np.array_equal(stations.to_numpy(), observations.busy_s)
    calls = frames["calls"].merge(requests, left_on="edge_request", right_on="request")
    assert len(calls) == len(observations.edge)


def test_the_summary_of_a_run():
    found = summary_of(observed())
    assert found["measured_requests"] == 30
    assert 0 < found["latency_s_p50"] < found["latency_s_p99"] < 0.02
    assert found["failed_share"] == 0.0


def test_the_summary_of_a_run_without_requests():
    empty = observed(requests=0)
    found = summary_of(empty)
    assert found.pop("measured_requests") == 0
    assert np.isnan(list(found.values())).all()
    assert_same_bits(empty, there_and_back(empty, OBSERVATIONS))


def test_a_layout_without_a_summary_has_none():
    assert dict(LAYOUT.summary(None)) == {}


def test_what_is_no_array_and_no_single_value_is_refused():
    sample = Inner(np.zeros(1), (1, 2), None)
    with pytest.raises(AssertionError, match="number is a single value"):
        to_tables(sample, Layout(Inner))

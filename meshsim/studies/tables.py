"""Results as tables: a frozen dataclass of arrays and single values, to Parquet and back, exactly.

Each type of result has a :class:`Layout` that says which arrays are columns of one table. A table
has one row per element of its arrays, in C order, and a column for each of its *axes*, the index of
the row. An array with one axis more than its table is one column per name of that axis. An array
that no table names gets a table of its own with axes ``axis_0``, ``axis_1``; so a new field, or a
type without tables, is kept without a word about it. A dataclass inside is taken apart, too, and
may be None: the array ``x`` of the field ``part`` is called ``part.x``.

Types, shapes and single values stand in a *header*, which is plain JSON. What is read back equals
what was written to the bit, NaN and the sign of zero included: columns of floats are not encoded by
a dictionary, in which such values may be taken for each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from meshsim.solvers.observations import Observations, Part, TryLog
from meshsim.solvers.tally import PackedTally, Tally
from meshsim.stats.packed import PackedCounts
from meshsim.studies.tallied import latencies

if TYPE_CHECKING:
    import pyarrow as pa

Array = npt.NDArray[Any]
Header = dict[str, Any]


@dataclass(frozen=True)
class TableOf:
    """One table of a layout: the fields that share its rows, and names for the index columns."""

    name: str
    fields: tuple[str, ...]
    axes: tuple[str, ...] = ()
    """Without names the rows have one axis, and no column for it."""


@dataclass(frozen=True)
class Layout:
    """How results of one type become tables."""

    result: type[Any]
    tables: tuple[TableOf, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the columns of a field that has one axis more than its table."""
    parts: tuple[type[Any], ...] = ()
    """Types of the dataclasses inside, whose arrays have dotted names."""
    summary: Callable[[Any], Mapping[str, float]] = lambda _: {}
    """A few numbers for the table of all tasks."""


def summary_of(observations: Observations) -> dict[str, float]:
    """Measured requests, mean and quantiles of the latency [s], share of errors; no intervals.

    Without a request they are NaN. Warm-up is not removed: this is for finding a task, not for
    reporting.
    """
    latency_s = observations.latency_s
    none = len(latency_s) == 0
    p50, p99 = (np.nan, np.nan) if none else np.quantile(latency_s, [0.5, 0.99])
    return {
        "measured_requests": len(latency_s),
        "latency_s_mean": float("nan") if none else float(latency_s.mean()),
        "latency_s_p50": float(p50),
        "latency_s_p99": float(p99),
        "failed_share": float("nan") if none else float(observations.failed.mean()),
    }


OBSERVATIONS = Layout(
    Observations,
    (
        TableOf("requests", ("start_s", "latency_s", "entry", "outcome", "spent_s"), ("request",)),
        TableOf("calls", ("edge", "edge_request", "edge_latency_s", "edge_outcome", "edge_tries")),
        TableOf("tries", tuple(f"tries.{one.name}" for one in fields(TryLog))),
        TableOf("snapshots", ("snapshot_s", "snapshot_request"), ("snapshot",)),
        TableOf("stations", ("busy_s",), ("snapshot", "station")),
        TableOf("proxies", ("connections",), ("instance",)),
        TableOf("pods", ("pod_requests",), ("pod",)),
    ),
    {"spent_s": tuple(f"spent_{part.name.lower()}_s" for part in Part)},
    parts=(TryLog,),
    summary=summary_of,
)


def summary_of_tally(tally: PackedTally) -> dict[str, float]:
    """The same numbers as :func:`summary_of`, quantiles within the error of histograms."""
    found = latencies([tally], (0, tally.entry_counts.windows), None)
    if found.count == 0:
        return {
            "measured_requests": 0,
            "latency_s_mean": math.nan,
            "latency_s_p50": math.nan,
            "latency_s_p99": math.nan,
            "failed_share": math.nan,
        }
    return {
        "measured_requests": found.count,
        "latency_s_mean": found.mean_s,
        "latency_s_p50": found.quantile(0.5),
        "latency_s_p99": found.quantile(0.99),
        "failed_share": float(tally.sums.entry_failed.sum()) / found.count,
    }


def _of_sums(*names: str) -> tuple[str, ...]:
    return tuple(f"sums.{name}" for name in names)


TALLY = Layout(
    PackedTally,
    (
        TableOf("windows", _of_sums("window_first", "window_start_s"), ("window",)),
        TableOf(
            "entries",
            _of_sums("entry_sum_s", "entry_min_s", "entry_max_s", "entry_failed", "spent_s"),
            ("window", "entry"),
        ),
        TableOf("entry_buckets", ("entry_counts.bucket", "entry_counts.found")),
        TableOf("series", _of_sums("series_sum_s", "series_count"), ("window",)),
        TableOf("edges", _of_sums("edge_sum_s", "edge_min_s", "edge_max_s"), ("window", "edge")),
        TableOf("edge_buckets", ("edge_counts.bucket", "edge_counts.found")),
        TableOf("snapshots", _of_sums("snapshot_s", "snapshot_request"), ("snapshot",)),
        TableOf("stations", _of_sums("busy_s"), ("snapshot", "station")),
        TableOf("proxies", _of_sums("connections"), ("instance",)),
        TableOf("pods", _of_sums("pod_requests"), ("pod",)),
    ),
    {"sums.spent_s": OBSERVATIONS.columns["spent_s"]},
    parts=(Tally, PackedCounts),
    summary=summary_of_tally,
)
LAYOUTS = {layout.result.__name__: layout for layout in (OBSERVATIONS, TALLY)}
"""The types of results that can be kept, by name."""


def layout_of(result: object) -> Layout:
    """The layout of a result's type."""
    return LAYOUTS[type(result).__name__]


def to_tables(result: object, layout: Layout) -> tuple[Header, dict[str, pa.Table]]:
    """The header of a result and its tables by name."""
    import pyarrow as pa

    header: Header = {"types": {}, "values": {}, "arrays": {}}
    arrays: dict[str, Array] = {}
    _take_apart(result, "", header, arrays)
    tables = {}
    for table in _tables(layout, {name: array.ndim for name, array in arrays.items()}):
        columns = _columns(table, layout, arrays)
        tables[table.name] = pa.table({name: pa.array(column) for name, column in columns.items()})
    return header, tables


def from_tables(header: Header, read: Callable[[str], pa.Table]) -> Any:  # noqa: ANN401 - its type
    """The result that a header and its tables describe; ``read`` gives a table by its name.

    Raises KeyError or ValueError if they do not belong together.
    """
    layout = LAYOUTS[header["types"][""]]
    described = header["arrays"]
    arrays: dict[str, Array] = {}
    for table in _tables(layout, {name: len(one["shape"]) for name, one in described.items()}):
        content = read(table.name)
        for name in table.fields:
            columns = layout.columns.get(name, (_column(name),))
            array = np.stack([content[column].to_numpy() for column in columns], axis=-1)
            shape, dtype = described[name]["shape"], described[name]["dtype"]
            arrays[name] = np.ascontiguousarray(array, dtype=dtype).reshape(shape)
    return _put_together("", layout, header, arrays)


def parquet_of(table: pa.Table) -> bytes:
    """The bytes of a Parquet file that holds the table, compressed with zstd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    dictionaries = [one.name for one in table.schema if not pa.types.is_floating(one.type)]
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd", use_dictionary=dictionaries)
    return bytes(stream.getvalue().to_pybytes())


def table_of(content: bytes) -> pa.Table:
    """The table in the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(content))


def _take_apart(value: object, name: str, header: Header, arrays: dict[str, Array]) -> None:
    """Arrays, single values and the types of dataclasses, by dotted names; the result is ''."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        header["arrays"][name] = {"dtype": value.dtype.str, "shape": list(value.shape)}
    elif is_dataclass(value):
        header["types"][name] = type(value).__name__
        for one in fields(value):
            _take_apart(getattr(value, one.name), _dotted(name, one.name), header, arrays)
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        assert isinstance(plain, int | float | str | None), f"{name} is a single value"
        header["values"][name] = plain


def _put_together(name: str, layout: Layout, header: Header, arrays: Mapping[str, Array]) -> Any:  # noqa: ANN401 - whatever was taken apart
    if name in arrays:
        return arrays[name]
    if name in header["values"]:
        return header["values"][name]
    types = {one.__name__: one for one in (layout.result, *layout.parts)}
    owner = types[header["types"][name]]
    names = [one.name for one in fields(owner)]
    return owner(
        **{one: _put_together(_dotted(name, one), layout, header, arrays) for one in names}
    )


def _dotted(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name


def _column(name: str) -> str:
    return name.rpartition(".")[2]


def _tables(layout: Layout, ranks: Mapping[str, int]) -> list[TableOf]:
    """The tables of the layout with what is there, and one for each array that none of them names.

    A part may be None, and then has no array.
    """
    listed = [
        replace(table, fields=tuple(name for name in table.fields if name in ranks))
        for table in layout.tables
    ]
    named = {name for table in listed for name in table.fields}
    others = [
        TableOf(name, (name,), tuple(f"axis_{axis}" for axis in range(rank)))
        for name, rank in ranks.items()
        if name not in named
    ]
    return [table for table in [*listed, *others] if table.fields]


def _columns(table: TableOf, layout: Layout, arrays: Mapping[str, Array]) -> dict[str, Array]:
    rank = min(arrays[name].ndim for name in table.fields)
    shape = arrays[table.fields[0]].shape[:rank]
    columns: dict[str, Array] = {}
    for name, index in zip(table.axes, np.indices(shape), strict=False):
        columns[name] = index.ravel().astype(np.int32)
    for name in table.fields:
        array = arrays[name]
        assert array.shape[:rank] == shape, f"{name} has the rows of its table"
        if array.ndim == rank:
            columns[_column(name)] = array.ravel()
            continue
        parts = array.reshape(math.prod(shape), array.shape[-1])
        columns.update(zip(layout.columns[name], parts.T, strict=True))
    return columns

"""Opens measurement files of any known format, told apart by what they hold and not by their name.

our CSV        by the columns of the header: paired, unpaired, memory, handshake, queue
fortio         JSON with DurationHistogram
k6             JSON with metrics, or CSV with metric_name
Nighthawk      JSON with results and options
Prometheus     JSON with data.result
wrk2           text with a percentile spectrum of HdrHistogram
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from meshsim.calibration.readers import (
    load_tools,
    other_tables,
    paired,
    prometheus,
    unpaired,
)
from meshsim.calibration.readers.cells import Reading
from meshsim.calibration.readers.json_values import Document, load_json
from meshsim.calibration.readers.tables import Table, read_table
from meshsim.errors import InputError, Place, Problem

_BYTES_MAX = 200 * 2**20

_KNOWN = (
    "give a CSV in the layout of meshsim measure, JSON of fortio, k6, Nighthawk or a Prometheus "
    "range query, or the text of wrk2"
)


@dataclass(frozen=True)
class ReadOptions:
    """What files may leave open."""

    reference_s: float | None = None
    """Level of the reference of paired files [s]; None takes that of the file."""
    baseline: tuple[Path, ...] = ()
    """Files of load generators that were measured without any proxy."""
    proxies: int = 2
    """Proxies that a request passes in the other files of load generators."""
    unsaid: prometheus.Unsaid = field(default_factory=prometheus.Unsaid)
    """What the counters of Prometheus do not tell."""


def read_measurements(paths: Sequence[Path], options: ReadOptions) -> Reading:
    """All cells of all files; raises InputError with every problem found."""
    whole, series = Reading(), prometheus.Series()
    problems: list[Problem] = []
    for given, proxies in ((paths, options.proxies), (options.baseline, 0)):
        for path in given:
            try:
                for file in _files(path):
                    whole.add(_told(_read(file, options, series), proxies))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    whole.add(prometheus.cells(series, options.unsaid))
    _drop_copies(whole)
    return whole


def _files(path: Path) -> list[Path]:
    """The path, or the measurement files in that folder."""
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.suffix in (".csv", ".json", ".txt"))
    if not found:
        cure = "give files, or the folder of meshsim measure"
        rule = "the folder holds no .csv, .json or .txt"
        raise InputError([Problem(Place(str(path)), "", rule, "", cure)])
    return found


def _drop_copies(whole: Reading) -> None:
    """Leave out cells that a paired file has slice by slice: they would count twice."""
    copied = {cell.place.file for cell in whole.cpu if cell.is_copy}
    there = {c.setting for c in whole.cpu if c.is_paired and c.place.file not in copied}
    doubles = [cell for cell in whole.cpu if cell.is_copy and cell.setting in there]
    for cell in doubles:
        whole.tally.skip("cell", "a paired file has its slices", str(cell.place))
    whole.cpu = [cell for cell in whole.cpu if not (cell.is_copy and cell.setting in there)]


def _told(reading: Reading, proxies: int) -> Reading:
    """The reading with the number of proxies where its files do not tell it."""
    reading.latencies = [
        cell if cell.proxies is not None else replace(cell, proxies=proxies)
        for cell in reading.latencies
    ]
    return reading


def _read(path: Path, options: ReadOptions, series: prometheus.Series) -> Reading:
    text = _text(path)
    head = text.lstrip()[:1]
    if head in ("{", "["):
        return _read_json(path, text, series)
    if not head:
        raise InputError([Problem(Place(str(path)), "", "the file is empty", "", _KNOWN)])
    if _is_spectrum(text):
        return load_tools.read_spectrum(path, text)
    table = read_table(path, text)
    found = _reader_of(set(table.columns), options)
    if found is None:
        rule = "no table of measurements has these columns"
        place = Place(str(path), 1)
        raise InputError([Problem(place, "", rule, ",".join(table.columns), _KNOWN)])
    return found(path, table)


def _is_spectrum(text: str) -> bool:
    return "Percentile" in text[:10_000] and "TotalCount" in text


def _text(path: Path) -> str:
    place = Place(str(path))
    try:
        if path.stat().st_size > _BYTES_MAX:
            cure = "give the summary of the run, or fewer samples"
            raise InputError([Problem(place, "", "is larger than 200 MiB", "", cure)])
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        cure = "give the path of a measurement file"
        rule = f"cannot be read ({error.strerror})"
        raise InputError([Problem(place, "", rule, "", cure)]) from None
    except UnicodeDecodeError:
        raise InputError([Problem(place, "", "is no text in UTF-8", "", _KNOWN)]) from None


def _read_json(path: Path, text: str, series: prometheus.Series) -> Reading:
    data = load_json(path, text)
    keys = set(data) if isinstance(data, dict) else set()
    if "DurationHistogram" in keys:
        return load_tools.read_fortio(path, data)
    if "metrics" in keys:
        return load_tools.read_k6(path, data)
    if "results" in keys:
        return load_tools.read_nighthawk(path, data)
    if {"cpu_model", "reference"} <= keys:
        return _machine(path, data)
    if "data" in keys:
        return prometheus.collect(path, data, series)
    rule = "no known tool writes JSON with these keys"
    shown = ", ".join(sorted(keys)) or type(data).__name__
    raise InputError([Problem(Place(str(path), 1), "", rule, shown, _KNOWN)])


def _machine(path: Path, data: object) -> Reading:
    """What ``meshsim measure`` says of the machine, and of how far it can be trusted."""
    document, reading = Document(path, data, "meshsim measure"), Reading()
    parts = [str(document.find("cpu_model"))]
    words = {"cores": "{} cores", "kernel": "kernel {}", "envoy_version": "Envoy {}"}
    for key, text in words.items():
        if document.find(key) is not None:
            parts.append(text.format(document.find(key)))
    reading.machines.append(", ".join(parts))
    for doubt in document.listed("doubts"):
        reading.tally.assume(f"the machine could be trusted, although: {doubt}")
    reading.tally.use("machine")
    return reading


def _reader_of(columns: set[str], options: ReadOptions) -> Callable[[Path, Table], Reading] | None:
    if columns >= paired.COLUMNS:
        return lambda path, table: paired.read_paired(path, table, options.reference_s)
    readers = (
        (unpaired.COLUMNS, unpaired.read_unpaired),
        (other_tables.MEMORY_COLUMNS, other_tables.read_memory),
        (other_tables.HANDSHAKE_COLUMNS, other_tables.read_handshakes),
        (other_tables.QUEUE_COLUMNS, other_tables.read_queue),
        (load_tools.K6_COLUMNS, load_tools.read_k6_points),
    )
    return next((reader for needed, reader in readers if columns >= needed), None)

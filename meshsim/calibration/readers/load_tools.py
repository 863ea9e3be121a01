"""Reports of load generators: fortio, k6, Nighthawk (JSON), wrk2 and HdrHistogram (text).

They tell the latency of whole requests, network and application included, and no CPU. What they
serve for is said in :mod:`meshsim.calibration.fitting.latency_fit`.

Formats: fortio's result (DurationHistogram, seconds); k6's --summary-export and handleSummary (ms)
and its CSV of points (http_req_duration, ms); Nighthawk's --output-format json (durations as text
in seconds); the percentile spectrum that HdrHistogram prints (wrk2: ms).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from meshsim.calibration.readers.cells import LatencyCell, Protocol, Reading
from meshsim.calibration.readers.json_values import Document, number_of
from meshsim.calibration.readers.tables import Table
from meshsim.errors import InputError, Place, Problem

K6_COLUMNS = frozenset({"metric_name", "timestamp", "metric_value"})
"""Columns of the points that k6 writes as CSV."""

_WANTED = {0.5: "p50", 0.9: "p90", 0.99: "p99", 0.999: "p99.9"}
_SPECTRUM = re.compile(r"^\s*([0-9.]+)\s+([01]\.[0-9]+)\s+([0-9]+)(?:\s+(?:[0-9.]+|inf))?\s*$")
_MEAN = re.compile(r"#\[Mean\s*=\s*([0-9.]+)")
_RATE = re.compile(r"Requests/sec:\s*([0-9.]+)")
_CONNECTIONS = re.compile(r"([0-9]+) threads? and ([0-9]+) connections?")
_BODY_UNKNOWN = "bodies of requests and responses are not in the file"


def _cells(
    place: Place,
    test: str,
    values: Iterable[tuple[str, float]],
    rate_per_s: float,
    connections: int,
    arrivals: Literal["open", "closed", "unknown"],
    protocol: Protocol | None,
) -> Reading:
    reading = Reading()
    for statistic, latency_s in values:
        if latency_s > 0:
            cell = LatencyCell(
                place,
                test,
                statistic,
                protocol,
                tls=None,
                proxies=None,
                body_bytes=math.nan,
                rate_per_s=rate_per_s,
                connections=connections,
                arrivals=arrivals,
                latency_s=latency_s,
            )
            reading.latencies.append(cell)
    if not reading.latencies:
        cure = "export the report of a run in which requests were answered"
        problem = Problem(place, "", "holds no latency", "", cure)
        raise InputError([problem])
    reading.tally.use("run")
    reading.tally.assume(_BODY_UNKNOWN)
    return reading


def read_fortio(path: Path, data: object) -> Reading:
    """Latencies of a fortio result."""
    document = Document(path, data, "fortio")
    histogram = "DurationHistogram"
    values = [("mean", document.number(histogram, "Avg"))]
    for index, _ in enumerate(document.listed(histogram, "Percentiles")):
        share = document.number(histogram, "Percentiles", index, "Percentile") / 100
        value = document.number(histogram, "Percentiles", index, "Value")
        values += [(_WANTED[key], value) for key in _WANTED if math.isclose(key, share)]
    at_most = str(document.find("RequestedQPS") or "max").lower() in ("max", "0", "-1")
    reading = _cells(
        document.place(),
        str(document.find("Labels") or path.stem),
        values,
        document.number("ActualQPS"),
        int(number_of(document.find("NumThreads")) or 0),
        "closed",
        "http2" if document.find("HTTPOptions", "H2") else "http1",
    )
    if not at_most:
        reading.tally.assume("fortio paces a closed loop: a late answer delays the next request")
    return reading


def read_k6(path: Path, data: object) -> Reading:
    """Latencies of a k6 summary, either layout; ms."""
    document = Document(path, data, "k6")
    trend: tuple[str, ...] = ("metrics", "http_req_duration")
    rate: tuple[str, ...] = ("metrics", "http_reqs")
    if document.find(*trend, "values") is not None:
        trend, rate = (*trend, "values"), (*rate, "values")
    names = {"avg": "mean", "med": "p50", "p(50)": "p50", "p(90)": "p90", "p(99)": "p99"}
    values = []
    for key, statistic in names.items():
        if document.find(*trend, key) is not None:
            values.append((statistic, document.number(*trend, key) * 1e-3))
    users = number_of(document.find("metrics", "vus_max", "value"))
    users = users or number_of(document.find("metrics", "vus_max", "values", "value"))
    rate_per_s = document.number(*rate, "rate")
    return _cells(document.place(), path.stem, values, rate_per_s, int(users or 0), "unknown", None)


def read_k6_points(path: Path, table: Table) -> Reading:
    """Latencies of the points that k6 writes as CSV; ms, timestamps in s."""
    durations, times = [], []
    for row in table.rows:
        if row.text("metric_name") == "http_req_duration":
            durations.append(row.number("metric_value") * 1e-3)
            times.append(row.number("timestamp"))
    table.check()
    durations = sorted(value for value in durations if not math.isnan(value))
    if len(durations) < 2 or max(times) <= min(times):
        cure = "give the CSV of a whole run"
        rule = "holds fewer than two seconds of http_req_duration"
        raise InputError([Problem(Place(str(path)), "", rule, "", cure)])
    last = len(durations) - 1
    values = [(name, durations[round(share * last)]) for share, name in _WANTED.items()]
    values.append(("mean", math.fsum(durations) / len(durations)))
    rate = len(durations) / (max(times) - min(times) + 1)
    return _cells(Place(str(path)), path.stem, values, rate, 0, "unknown", None)


def read_nighthawk(path: Path, data: object) -> Reading:
    """Latencies of Nighthawk's global result: from request to response."""
    document = Document(path, data, "Nighthawk")
    results = document.listed("results")
    places = [i for i, one in enumerate(results) if isinstance(one, dict)]
    named = [i for i in places if results[i].get("name") == "global"] or places
    if not named:
        document.fail(("results",), "must list the results of the workers", None)
    at = ("results", named[0])
    for index, statistic in enumerate(document.listed(*at, "statistics")):
        if not isinstance(statistic, dict):
            continue
        if str(statistic.get("id")).endswith("request_to_response"):
            where = (*at, "statistics", index)
            break
    else:
        document.fail((*at, "statistics"), "must hold request_to_response", None)
    points = []
    for index, _ in enumerate(document.listed(*where, "percentiles")):
        share = document.number(*where, "percentiles", index, "percentile")
        duration = number_of(document.find(*where, "percentiles", index, "duration"))
        points.append((share, duration or 0.0))
    values = [("mean", document.number(*where, "mean")), *_quantiles(points)]
    count = document.number(*where, "count")
    seconds = number_of(document.find(*at, "execution_duration")) or 0.0
    rate = count / seconds if seconds > 0 else document.number("options", "requests_per_second")
    is_open = bool(number_of(document.find("options", "open_loop")) or _is_on(document))
    protocol: Protocol = "http2" if "2" in str(document.find("options", "protocol")) else "http1"
    connections = int(number_of(document.find("options", "connections")) or 0)
    arrivals: Literal["open", "closed"] = "open" if is_open else "closed"
    return _cells(document.place(), path.stem, values, rate, connections, arrivals, protocol)


def _is_on(document: Document) -> bool:
    value = document.find("options", "open_loop")
    return value is True or (isinstance(value, dict) and value.get("value") is True)


def read_spectrum(path: Path, text: str) -> Reading:
    """Latencies of wrk2's output, or of a percentile spectrum of HdrHistogram alone; ms."""
    points = []
    for line in text.splitlines():
        match = _SPECTRUM.match(line)
        if match:
            points.append((float(match[2]), float(match[1]) * 1e-3))
    if len(points) < 2:
        rule, cure = "holds no percentile spectrum", "run wrk2 with --latency and keep its output"
        raise InputError([Problem(Place(str(path)), "", rule, "", cure)])
    values = _quantiles(points)
    mean, rate = _MEAN.search(text), _RATE.search(text)
    if mean:
        values.append(("mean", float(mean[1]) * 1e-3))
    threads = _CONNECTIONS.search(text)
    reading = _cells(
        Place(str(path)),
        path.stem,
        values,
        float(rate[1]) if rate else math.nan,
        int(threads[2]) if threads else 0,
        "open" if rate else "unknown",
        "http1" if rate else None,
    )
    reading.tally.assume("values of a percentile spectrum are milliseconds")
    return reading


def _quantiles(points: list[tuple[float, float]]) -> list[tuple[str, float]]:
    """The first value at which at least so many requests are answered, where the points reach."""
    found = []
    for share, name in _WANTED.items():
        beyond = [value for level, value in points if level >= share]
        if beyond:
            found.append((name, beyond[0]))
    return found

"""Prometheus range queries: CPU per request of a proxy as the ratio of two counters.

``container_cpu_usage_seconds_total`` of the container ``istio-proxy`` over ``istio_requests_total``
of the same pod, both as raw counters (not as rates), in one file or several. A counter that falls
was started anew and goes on from zero. The time of a pod is cut into up to ten windows, so that a
changing load shows how the cost depends on it.

What the counters do not tell is assumed and said: workers, bodies, encryption.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from meshsim.calibration.readers.cells import CpuCell, Reading
from meshsim.calibration.readers.json_values import Document, number_of
from meshsim.errors import Place

CPU_METRIC = "container_cpu_usage_seconds_total"
"""Of cAdvisor."""
REQUESTS_METRIC = "istio_requests_total"
"""Of Istio's proxies."""

_WINDOWS_MAX = 10
_SAMPLES_PER_WINDOW = 4
_REQUESTS_MIN = 100.0
_PODS = ("pod", "kubernetes_pod_name", "pod_name")
_CONTAINERS = ("istio-proxy", "linkerd-proxy", "envoy", "envoy-sidecar", "consul-dataplane")


@dataclass(frozen=True)
class Unsaid:
    """What counters do not tell, for the proxies of one reading."""

    workers: int = 2
    """Worker threads of each proxy."""
    body_bytes: float = 0.0
    """Bodies of request and response [B]."""


@dataclass
class Series:
    """Counters by pod, collected over all files."""

    cpu: dict[str, list[list[tuple[float, float]]]] = field(default_factory=dict)
    requests: dict[str, list[list[tuple[float, float]]]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    grpc: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)


def collect(path: Path, data: object, series: Series) -> Reading:
    """Note the counters of a file; cells are made of all files together by :func:`cells`."""
    document = Document(path, data, "Prometheus (a range query)")
    reading = Reading()
    if document.find("data", "resultType") != "matrix":
        document.fail(("data", "resultType"), "must be matrix", document.find("data", "resultType"))
    for index, _ in enumerate(document.listed("data", "result")):
        labels = document.find("data", "result", index, "metric")
        values = _samples(document, index)
        where = f"{path}:data.result.{index}"
        if not isinstance(labels, dict) or len(values) < 2:
            reading.tally.skip("series", "no labels or fewer than two samples", where)
            continue
        why = _note(labels, values, series, document.place())
        if why:
            reading.tally.skip("series", why, where)
        else:
            reading.tally.use("series")
    return reading


def _samples(document: Document, index: int) -> list[tuple[float, float]]:
    samples = []
    for pair in document.listed("data", "result", index, "values"):
        numbers = [number_of(value) for value in pair] if isinstance(pair, list) else []
        known = [number for number in numbers if number is not None and number >= 0]
        if len(known) != 2 or len(numbers) != 2:
            keys = ("data", "result", index, "values")
            document.fail(keys, "must be pairs of time and counter", pair)
        samples.append((known[0], known[1]))
    return sorted(samples)


def _note(
    labels: dict[str, Any], values: list[tuple[float, float]], series: Series, place: Place
) -> str:
    """Why a series is of no use; empty if it was noted."""
    name = labels.get("__name__")
    pod = next((str(labels[key]) for key in _PODS if labels.get(key)), "")
    if not pod:
        return "no label names its pod"
    if name == CPU_METRIC:
        if labels.get("container") not in _CONTAINERS:
            return "CPU of a container that is no proxy"
        series.cpu.setdefault(pod, []).append(values)
        series.places[pod] = place
        return ""
    if name == REQUESTS_METRIC:
        series.requests.setdefault(pod, []).append(values)
        if labels.get("request_protocol") == "grpc":
            series.grpc.add(pod)
        if labels.get("connection_security_policy") == "none":
            series.plain.add(pod)
        return ""
    return f"neither {CPU_METRIC} nor {REQUESTS_METRIC}"


def cells(series: Series, unsaid: Unsaid) -> Reading:
    """CPU per request of each pod of which both counters are there."""
    reading = Reading()
    for pod in sorted({*series.cpu, *series.requests}):
        if pod not in series.cpu or pod not in series.requests:
            missing = REQUESTS_METRIC if pod in series.cpu else CPU_METRIC
            reading.tally.skip("pod", f"no {missing} of it", pod)
            continue
        reading.cpu += _pod_cells(pod, series, unsaid, reading)
    if reading.cpu:
        reading.tally.assume(
            f"proxies in Prometheus files have {unsaid.workers} workers and bodies of "
            f"{unsaid.body_bytes:g} B, and encrypt unless a pod's requests say otherwise"
        )
    return reading


def _pod_cells(pod: str, series: Series, unsaid: Unsaid, reading: Reading) -> Iterator[CpuCell]:
    times = sorted({time for one in series.cpu[pod] for time, _ in one})
    windows = max(1, min(_WINDOWS_MAX, (len(times) - 1) // _SAMPLES_PER_WINDOW))
    edges = [times[round(k * (len(times) - 1) / windows)] for k in range(windows + 1)]
    for start, end in pairwise(edges):
        used = _increase(series.cpu[pod], start, end)
        count = _increase(series.requests[pod], start, end)
        if count < _REQUESTS_MIN or used <= 0:
            why = f"fewer than {_REQUESTS_MIN:.0f} requests, or no CPU, in a window"
            reading.tally.skip("window", why, f"{pod} from {start:g}")
            continue
        yield CpuCell(
            place=series.places[pod],
            test=f"{pod} from {start:g}",
            role="sidecar",
            protocol="http2" if pod in series.grpc else "http1",
            passes=0 if pod in series.plain else 1,
            body_bytes=unsaid.body_bytes,
            rate_per_s=count / (end - start) / unsaid.workers,
            arrivals="open",
            filters=(),
            cpu_s=used / count,
            error=math.nan,
            count=1,
            is_paired=False,
            sitting=f"{pod}:{start:g}",
        )


def _increase(counters: Sequence[Sequence[tuple[float, float]]], start: float, end: float) -> float:
    """What counters grew by between two times, summed; a range query aligns their samples."""
    total = 0.0
    for samples in counters:
        values = [value for time, value in samples if start <= time <= end]
        for before, after in pairwise(values):
            total += after - before if after >= before else after
    return total

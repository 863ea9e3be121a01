"""Prometheus: CPU per request as the ratio of what two counters grew by."""

from pathlib import Path

import pytest
from measurement_files import cpu, matrix, requests

from meshsim.calibration.readers.prometheus import Series, Unsaid, cells, collect
from meshsim.errors import InputError

FILE = Path("range.json")


def read(*series, unsaid=None):
    known = Series()
    reading = collect(FILE, matrix(*series), known)
    reading.add(cells(known, unsaid or Unsaid()))
    return reading


def growing(step, count=5, start=0.0):
    return [start + step * i for i in range(count)]


def test_the_ratio_of_the_counters():
    """3 s of CPU and 15,000 requests in each 15 s: 200 µs, 1,000/s on two workers."""
    (cell,) = read(cpu("web-1", growing(3.0)), requests("web-1", growing(15_000))).cpu
    assert cell.cpu_s == pytest.approx(200e-6)
    assert cell.rate_per_s == pytest.approx(500.0)
    assert (cell.protocol, cell.passes, cell.role) == ("http1", 1, "sidecar")
    assert not cell.is_paired


def test_counters_of_several_series_add_up():
    """Inbound and outbound requests of one pod are passages both."""
    sides = [requests("p", growing(6_000), reporter=side) for side in ("source", "destination")]
    (cell,) = read(cpu("p", growing(1.2)), *sides).cpu
    assert cell.cpu_s == pytest.approx(100e-6)


def test_a_counter_that_starts_anew_goes_on_from_zero():
    """3, 6, then 3 after a restart: 3 + 3 + 3, and 3."""
    (cell,) = read(cpu("p", [3.0, 6.0, 3.0, 6.0, 9.0]), requests("p", growing(15_000))).cpu
    assert cell.cpu_s == pytest.approx(12 / 60_000)


def test_changing_load_gives_cells_in_windows():
    load = [0.0]
    for step in [1_500] * 4 + [15_000] * 4:
        load.append(load[-1] + step)
    found = read(cpu("p", growing(3.0, 9)), requests("p", load)).cpu
    assert [cell.rate_per_s for cell in found] == [pytest.approx(50.0), pytest.approx(500.0)]
    assert found[0].sitting != found[1].sitting


def test_what_labels_tell():
    labels = {"request_protocol": "grpc", "connection_security_policy": "none"}
    (cell,) = read(cpu("p", growing(3.0)), requests("p", growing(15_000), **labels)).cpu
    assert (cell.protocol, cell.passes) == ("http2", 0)


def test_what_is_not_told_is_assumed_aloud():
    unsaid = Unsaid(workers=4, body_bytes=2048.0)
    series = (cpu("p", growing(3.0)), requests("p", growing(15_000)))
    reading = read(*series, unsaid=unsaid)
    assert reading.cpu[0].rate_per_s == pytest.approx(250.0)
    assert reading.cpu[0].body_bytes == 2048.0
    assert "4 workers" in reading.tally.report().assumptions[0]


@pytest.mark.parametrize(
    ("series", "why"),
    [
        ([cpu("p", growing(3.0), "app")], "CPU of a container that is no proxy"),
        ([({"__name__": "up", "pod": "p"}, growing(1.0))], "neither container_cpu"),
        ([({"__name__": "up"}, growing(1.0))], "no label names its pod"),
        ([cpu("p", [1.0])], "fewer than two samples"),
        ([cpu("p", growing(3.0))], "no istio_requests_total of it"),
        ([requests("p", growing(3.0))], "no container_cpu_usage_seconds_total of it"),
        ([cpu("p", growing(3.0)), requests("p", growing(1.0))], "fewer than 100 requests"),
    ],
)
def test_what_cannot_be_used_is_listed(series, why):
    reading = read(*series)
    assert not reading.cpu
    assert any(why in item.why for item in reading.tally.unused)


def test_an_instant_query_is_refused():
    with pytest.raises(InputError, match=r"data.resultType: must be matrix, not 'vector'"):
        collect(FILE, {"data": {"resultType": "vector"}}, Series())


@pytest.mark.parametrize("pair", [[1, "x"], [1], "1", [1, "-2"], [None, 1]])
def test_samples_that_are_no_pairs(pair):
    data = matrix(cpu("p", growing(3.0)))
    data["data"]["result"][0]["values"][1] = pair
    with pytest.raises(InputError, match="must be pairs of time and counter"):
        collect(FILE, data, Series())

"""Reports of load generators, each on a small file in its published format."""

import json
from pathlib import Path

import measurement_files
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.calibration.readers import load_tools
from meshsim.calibration.readers.tables import read_table
from meshsim.errors import InputError

FILE = Path("run.out")


def told(reading):
    return {cell.statistic: cell.latency_s for cell in reading.latencies}


def of_json(reader, text, **changes):
    return reader(FILE, {**json.loads(text), **changes})


def test_fortio():
    reading = of_json(load_tools.read_fortio, measurement_files.FORTIO)
    assert told(reading) == {"mean": 0.0012, "p50": 0.001, "p99.9": 0.009}
    cell = reading.latencies[0]
    assert (cell.rate_per_s, cell.connections, cell.arrivals) == (998.5, 16, "closed")
    assert (cell.test, cell.protocol, cell.proxies) == ("two sidecars", "http1", None)
    assert any("paces a closed loop" in line for line in reading.tally.report().assumptions)


def test_fortio_at_its_most_is_not_paced():
    reading = of_json(load_tools.read_fortio, measurement_files.FORTIO, RequestedQPS="max")
    assert not any("paces" in line for line in reading.tally.report().assumptions)


def test_fortio_without_answers():
    histogram = {"Avg": 0, "Percentiles": []}
    with pytest.raises(InputError, match="holds no latency"):
        of_json(load_tools.read_fortio, measurement_files.FORTIO, DurationHistogram=histogram)


def test_k6_in_both_layouts():
    reading = of_json(load_tools.read_k6, measurement_files.K6)
    assert told(reading) == {"mean": 0.0025, "p50": 0.002, "p90": 0.004}
    assert (reading.latencies[0].rate_per_s, reading.latencies[0].connections) == (100.0, 10)
    values = of_json(load_tools.read_k6, measurement_files.K6_VALUES)
    assert told(values) == {"p50": 0.002}


def test_points_of_k6():
    """1 to 100 ms over ten seconds."""
    reading = load_tools.read_k6_points(FILE, read_table(FILE, measurement_files.K6_POINTS))
    assert told(reading)["mean"] == pytest.approx(0.0505)
    assert told(reading)["p90"] == pytest.approx(0.090)
    assert reading.latencies[0].rate_per_s == pytest.approx(10.0)


def test_points_of_a_moment():
    text = "metric_name,timestamp,metric_value\nhttp_req_duration,1,2\nvus,1,2\n"
    with pytest.raises(InputError, match="fewer than two seconds"):
        load_tools.read_k6_points(FILE, read_table(FILE, text))


def test_nighthawk():
    reading = of_json(load_tools.read_nighthawk, measurement_files.NIGHTHAWK)
    assert told(reading) == {"mean": 0.00035, "p50": 0.0003, "p90": 0.0005, "p99": 0.002}
    cell = reading.latencies[0]
    assert (cell.rate_per_s, cell.connections, cell.arrivals) == (500.0, 20, "open")


def test_nighthawk_of_a_closed_loop_without_a_duration():
    data = json.loads(measurement_files.NIGHTHAWK)
    data["options"] = {"requests_per_second": 400, "protocol": {"value": "HTTP2"}}
    del data["results"][1]["execution_duration"]
    data["results"][1]["statistics"].insert(0, "noise")
    (cell, *_) = load_tools.read_nighthawk(FILE, data).latencies
    assert (cell.rate_per_s, cell.arrivals, cell.protocol) == (400.0, "closed", "http2")


@pytest.mark.parametrize(
    ("results", "message"),
    [([], "must list the results"), ([{"name": "global"}], "must hold request_to_response")],
)
def test_nighthawk_without_results(results, message):
    with pytest.raises(InputError, match=message):
        of_json(load_tools.read_nighthawk, measurement_files.NIGHTHAWK, results=results)


def test_wrk2():
    reading = load_tools.read_spectrum(FILE, measurement_files.WRK2)
    expected = {"p50": 0.001, "p90": 0.002, "p99": 0.004, "p99.9": 0.009, "mean": 0.00125}
    assert told(reading) == pytest.approx(expected)
    cell = reading.latencies[0]
    assert (cell.rate_per_s, cell.connections, cell.arrivals) == (1000.12, 100, "open")


def test_a_spectrum_alone_does_not_tell_the_rate():
    lines = measurement_files.WRK2.splitlines()[3:-2]
    cell = load_tools.read_spectrum(FILE, "\n".join(lines)).latencies[0]
    assert cell.arrivals == "unknown"
    assert cell.protocol is None


def test_a_spectrum_without_values():
    with pytest.raises(InputError, match="no percentile spectrum"):
        load_tools.read_spectrum(FILE, "Value Percentile TotalCount\n")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["metrics", "results", "statistics", "values", "name", "id", "options"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(json_values, st.sampled_from(["read_fortio", "read_k6", "read_nighthawk"]))
def test_any_json_is_read_or_refused(data, reader):
    try:
        found = getattr(load_tools, reader)(FILE, data)
    except InputError as error:
        cures = [problem.cure for problem in error.problems]
    else:
        cures = [cell.latency_s > 0 for cell in found.latencies]
    assert cures
    assert all(cures)

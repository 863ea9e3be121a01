"""Goal: a generator in a process of its own does as it is told, and its end is noticed.

Method: a server of a few lines; counts of arrivals against those of a Poisson process.
"""

import pytest
from tiny_server import tiny_server

from meshsim.calibration.measuring.load import (
    Failed,
    load_generator,
    poisson_moments,
    request_text,
)
from meshsim.errors import InputError


def test_a_generator_of_its_own_loads_a_server():
    with tiny_server() as port, load_generator(0) as load:
        load.watch({"server": []}, [load.pid], [0])
        load.open("p", port, request_text("/10", [("a", "b")], body_bytes=3), 2)
        closed = load.closed("p", 0.0, 0.05)
        opened = load.open_loop("p", 0.0, [0.0, 0.001])
        load.close("p")
        with pytest.raises(Failed, match="503"):
            load.open("p", port, request_text("/bad"), 1)
    assert closed.requests > 0
    assert closed.rate_per_s == closed.requests / closed.seconds
    assert closed.cpu_per_request_s("server") == 0.0
    assert opened.requests == len(opened.latencies_s) == len(opened.lags_s) == 2


def test_a_generator_that_ends_is_told():
    with load_generator(0) as load:
        with pytest.raises(InputError, match=r"must go on, and ended: .*KeyError"):
            load.close("nothing")
        with pytest.raises(InputError, match="must go on, and ended"):
            load.close("nothing")


def test_moments_of_a_poisson_process():
    """Mean and variance of counts are rate x time, within 4 standard errors over 400 draws."""
    counts = [len(poisson_moments(key, 1000.0, 0.1)) for key in range(400)]
    mean = sum(counts) / 400
    variance = sum((count - mean) ** 2 for count in counts) / 399
    assert abs(mean - 100) < 4 * (100 / 400) ** 0.5
    assert abs(variance - 100) < 4 * 100 * (2 / 399) ** 0.5
    moments = poisson_moments(7, 1000.0, 0.1)
    assert moments == sorted(moments) == poisson_moments(7, 1000.0, 0.1)
    assert moments[-1] < 0.1


def test_requests_as_text():
    assert request_text("/7") == "GET /7 HTTP/1.1\r\nhost: localhost\r\n\r\n"
    posted = request_text("/0", [("x-a", "b")], 3)
    assert posted == "POST /0 HTTP/1.1\r\nhost: localhost\r\nx-a: b\r\ncontent-length: 3\r\n\r\nxxx"

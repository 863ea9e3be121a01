"""Goal: the generator obeys its orders and tells what it saw. Method: orders and answers in memory,
a server of a few lines, and once as a process of its own.
"""

import io
import json
import threading

import pytest
from tiny_server import tiny_server

from meshsim.calibration.measuring.generator import serve
from meshsim.calibration.measuring.load import (
    Failed,
    load_generator,
    poisson_moments,
    request_text,
)
from meshsim.errors import InputError

WATCH = {
    "order": "watch",
    "roles": {"me": [f"/proc/self/task/{threading.get_native_id()}/schedstat"]},
    "pids": [],
    "cores": [0],
}


def answers(*orders):
    out = io.BytesIO()
    serve([json.dumps(order).encode() for order in orders], out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def opening(port, path="/10"):
    words = {"port": port, "request": request_text(path), "connections": 2}
    return {"order": "open", "pool": "p", **words}


def test_orders_are_obeyed():
    with tiny_server() as port:
        closed = {"order": "slice", "pool": "p", "mode": "closed", "warm_s": 0, "seconds": 0.05}
        opened = {"order": "slice", "pool": "p", "mode": "open", "warm_s": 0, "due_s": [0, 0.01]}
        made = answers(WATCH, opening(port), closed, opened, {"order": "close", "pool": "p"}, WATCH)
    assert [made[i] for i in (0, 1, 4, 5)] == [{}] * 4
    assert made[2]["requests"] > 0
    assert made[2]["cpu_ns"]["me"] > 0
    assert made[3]["requests"] == len(made[3]["latencies_us"]) == len(made[3]["lags_us"]) == 2


def test_a_proxy_that_fails_is_an_answer_and_no_end():
    with tiny_server() as port:
        made = answers(opening(port, "/bad"), WATCH)
    assert made[0]["failed"].startswith("Broken HTTP/1.1 503")
    assert made[1] == {}
    assert "ConnectionRefusedError" in answers(opening(port))[0]["failed"]


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

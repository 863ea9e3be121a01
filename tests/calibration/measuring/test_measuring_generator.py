"""Goal: the generator obeys its orders and tells what it saw. Method: orders and answers in memory,
a server of a few lines, and once as a process of its own.
"""

import io
import json
import threading

from tiny_server import tiny_server

from meshsim.calibration.measuring.generator import serve
from meshsim.calibration.measuring.load import (
    request_text,
)

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

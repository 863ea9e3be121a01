"""The load generator's process: orders come in as lines of JSON, answers go out likewise.

    {"order": "watch", "roles": {"reference": ["/proc/7/task/9/schedstat"]}, "pids": [7], ...}
    {"order": "open", "pool": "proxy", "port": 4711, "request": "GET / ...", "connections": 16}
    {"order": "slice", "pool": "proxy", "mode": "closed", "warm_s": 0.03, "seconds": 0.25}
    {"order": "slice", "pool": "proxy", "mode": "open", "warm_s": 0.05, "due_s": [...]}
    {"order": "close", "pool": "proxy"}

It runs alone so that its CPU time can be told from that of the proxies, reads their counters itself
so that edges of slices are exact, and loads only the standard library. It ends with its parent.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable
from typing import IO, Any

from meshsim.calibration.measuring.connections import Broken, Pool
from meshsim.calibration.measuring.counters import Counters, Reading
from meshsim.calibration.measuring.loops import Seen, run_closed, run_open

Order = dict[str, Any]


class Generator:
    """Carries out orders, one at a time."""

    def __init__(self) -> None:
        self._pools: dict[str, Pool] = {}
        self._counters: Counters | None = None

    def obey(self, order: Order) -> Order:
        """The answer to an order; ``{"failed": reason}`` if the proxy does not play along."""
        try:
            return self._obeyed(order)
        except (Broken, OSError) as error:
            return {"failed": f"{type(error).__name__} {error}".strip()}

    def close(self) -> None:
        """Close all connections and files."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()
        self._forget()

    def _obeyed(self, order: Order) -> Order:
        if order["order"] == "watch":
            self._forget()
            self._counters = Counters(order["roles"], order["pids"], order["cores"])
            return {}
        if order["order"] == "open":
            request = order["request"].encode()
            self._pools[order["pool"]] = Pool(order["port"], request, order["connections"])
            return {}
        if order["order"] == "close":
            self._pools.pop(order["pool"]).close()
            return {}
        return self._slice(order)

    def _slice(self, order: Order) -> Order:
        assert self._counters is not None, "watch comes first"
        pool, read = self._pools[order["pool"]], self._counters.read
        if order["mode"] == "open":
            seen = run_open(pool, order["due_s"], order["warm_s"], read)
        else:
            seen = run_closed(pool, order["warm_s"], order["seconds"], read)
        return _answer(seen)

    def _forget(self) -> None:
        if self._counters is not None:
            self._counters.close()
            self._counters = None


def _answer(seen: Seen[Reading]) -> Order:
    used = seen.after.minus(seen.before)
    return {
        "requests": seen.requests,
        "seconds": seen.seconds,
        "errors": seen.errors,
        "cpu_ns": used.cpu_ns,
        "foreign_cores": used.foreign_cores,
        "latencies_us": [round(latency / 1e3, 1) for latency in seen.latencies_ns],
        "lags_us": [round(lag / 1e3, 1) for lag in seen.lags_ns],
    }


def serve(orders: Iterable[bytes], answers: IO[bytes]) -> None:
    """Obey until there are no more orders."""
    generator = Generator()
    try:
        for line in orders:
            answer = generator.obey(json.loads(line))
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
    finally:
        generator.close()


def main() -> None:
    """Serve stdin and stdout. A pause of the garbage collector would look like one of a proxy."""
    gc.disable()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()

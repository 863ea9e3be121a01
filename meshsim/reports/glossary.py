"""Words that reports use, in one or two sentences each; what code defines is read from the code.

Policies and physics are explained by the headers of their modules, with formula and source.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib import import_module

_MODULES: Mapping[str, str] = {
    "random": "meshsim.policies.random",
    "round_robin": "meshsim.policies.round_robin",
    "least_request": "meshsim.policies.least_request",
    "retry": "meshsim.policies.retry",
    "passage": "meshsim.physics.passage",
    "proxy memory": "meshsim.physics.memory",
    "processor sharing": "meshsim.physics.sharing",
    "quota": "meshsim.physics.quota",
    "interval": "meshsim.stats.intervals",
    "paired difference": "meshsim.stats.paired",
    "warm-up": "meshsim.stats.warmup",
    "nodes": "meshsim.capacity.nodes",
    "objective": "meshsim.model.slo",
}

_ALIASES: Mapping[str, str] = {
    "ps": "processor sharing",
    "cfs": "quota",
    "throttling": "quota",
    "confidence": "interval",
    "quantile": "percentile",
    "median": "p50",
    "slo": "objective",
    "threshold": "objective",
    "crn": "common random numbers",
    "mser-5": "warm-up",
    "mser5": "warm-up",
    "bin packing": "nodes",
    "load balancing": "host choice",
    "reserved": "requested",
    "mtls": "mutual TLS",
    "deadline": "timeout",
    "backoff": "back-off",
    "attempts": "retry",
    "engine": "solver",
    "simpy": "solver",
    "queueing": "solver",
    "tallies": "tally",
    "overloaded": "overload",
    "saturation": "overload",
    "cancellation": "when_cancelled",
}

_WORDS: Mapping[str, str] = {
    "sidecar": (
        "A proxy in every pod, beside the application. A call leaves through the caller's sidecar "
        "and enters through the callee's: two passages per call, and a request for CPU and memory "
        "in every pod, used or not."
    ),
    "ztunnel": (
        "Istio's layer 4 proxy, one per node, in ambient mode. It encrypts connections and does "
        "not look into requests, so it chooses a pod per connection."
    ),
    "waypoint": (
        "A layer 7 proxy of ambient mode, one set of replicas per service or namespace, between "
        "the caller's ztunnel and the callee's."
    ),
    "ambient": (
        "A mesh without sidecars: a ztunnel on each node for encryption and, where requests are to "
        "be looked into, waypoints."
    ),
    "control plane": (
        "What configures the proxies and carries no requests. Its use is not simulated but read "
        "from the mesh file, with the range that stands there."
    ),
    "p50": "The median: half of the requests were faster, half slower.",
    "p90": "The latency that 90% of the requests did not exceed.",
    "p99": (
        "The latency that 99% of the requests did not exceed. A page that makes 11 calls, each "
        "slower than its p99 one time in 100, meets at least one such call in 10% of the pages."
    ),
    "p99.9": (
        "The latency that 999 of 1,000 requests did not exceed. It takes some ten thousand "
        "observations before it can be told."
    ),
    "percentile": "p99 is the latency that 99% of the requests did not exceed; p50 is the median.",
    "busy": (
        "Of a passage: the CPU that it costs when the worker is never idle, its cost at "
        "saturation. Of a service or a proxy: the share of its CPU that was in use."
    ),
    "busiest": "The instance (of a proxy: the worker thread) with the highest use of its CPU.",
    "gap": (
        "The time for which a worker thread was idle before a request came. A worker that has "
        "slept pays for waking up and for cold caches, more the longer it slept: idle_scale × "
        "(gap / 1 µs) ^ idle_exponent. This is why a proxy's CPU is not proportional to its load."
    ),
    "app work": "CPU time of the services, at the speed of a whole core.",
    "app wait": "Time in wait steps, which take no CPU: disks, databases outside the model.",
    "app queue": (
        "Time in which a request waited in a service: for a worker slot, for a share of the "
        "cores, or for the next period of a CPU quota."
    ),
    "proxy work": "CPU time of the proxies that a request passed.",
    "proxy queue": (
        "Time in which a request waited in proxies: for a worker thread to wake up, and for the "
        "events before it."
    ),
    "network": "Round trips between pods and nodes, and bytes on the wire.",
    "retries": (
        "Time of a request that came to nothing: tries that failed or were given up, and the "
        "pauses between them. A request whose client gave up spent all of its last try here."
    ),
    "timeout": (
        "How long a caller waits before it gives a call up. Of a whole call, further tries and "
        "pauses included (timeout, request_timeout), or of one try (per_try_timeout). An answer "
        "that comes at that very moment still counts."
    ),
    "back-off": (
        "The pause before a further try: a random number of whole milliseconds within a window, "
        "which doubles from one try to the next up to a largest one."
    ),
    "outcome": (
        "How a call ended: answered well, answered with an error, or given up. Whatever was not "
        "answered well counts as an error."
    ),
    "when_cancelled": (
        "What a pod does with a request that its caller has given up: finish it for nobody, which "
        "is what most servers do, or stop and give up its own calls."
    ),
    "solver": (
        "What the numbers come from. kernel: the simulation, compiled. simpy: the same simulation, "
        "written to be read, about 100 times slower. queueing: formulas, at once, no intervals."
    ),
    "kernel": (
        "The simulation, compiled by numba once for each machine. It gives the latency that the "
        "SimPy model gives, request by request, and runs where numba can be imported."
    ),
    "tally": (
        "A run whose requests were summed up while it went: histograms of windows in place of "
        "single requests. Memory does not grow with the length of the run; quantiles are off by "
        "0.47% at most."
    ),
    "overload": (
        "More work than a station can do. Its queue grows for as long as one looks, so there is no "
        "latency to report, only what it could carry. It is seen from the flows, before a run."
    ),
    "requested": (
        "CPU and memory set aside by the scheduler, whether used or not. Nodes, and the bill, "
        "follow what is requested."
    ),
    "used": "CPU that was consumed in the simulation, and memory that is resident.",
    "filled by requests": (
        "All requests as a share of nodes of the first pool, by the scarcer of CPU and memory. It "
        "moves with every request, where the number of whole nodes may not."
    ),
    "measured": "Of a number: we measured it ourselves.",
    "published": "Of a number: others published it.",
    "derived": "Of a number: it follows from measured or published ones.",
    "guess": "Of a number: nobody measured it; its range says how far off it may be.",
    "baseline": "The first mesh of a comparison, usually none. Differences are taken from it.",
    "replication": "An independent simulation with random numbers of its own.",
    "seed": "What all random numbers are derived from: the same seed gives the same bytes.",
    "common random numbers": (
        "All meshes of a comparison meet the same requests, at the same moments, with the same "
        "work. What is left between them is the mesh, so differences are known far better than "
        "latencies."
    ),
    "open load": "Requests come at their rate whatever the system does. Queues may grow for ever.",
    "closed load": "A number of users each wait for their answer before they ask again.",
    "coordinated omission": (
        "The error of a load generator that waits for slow answers and so asks less when the "
        "system is slow. Latency here counts from the intended arrival of a request."
    ),
    "worker thread": (
        "An event loop of a proxy. A connection belongs to one worker for its life, so two workers "
        "are two queues, not one queue with two servers."
    ),
    "worker slot": (
        "What a service holds from taking a request to answering it, through the calls below: a "
        "thread or a process. All slots taken, requests wait although CPU may be free."
    ),
    "host choice": (
        "How a pod is chosen: per request by a layer 7 proxy (random, round_robin, least_request), "
        "per connection without one."
    ),
    "mutual TLS": "Encryption in which both sides show a certificate; most meshes use it inside.",
    "machine_factor": (
        "Multiplies all CPU of a mesh's proxies: another machine, or a published figure that the "
        "file was fitted to."
    ),
    "finding": (
        "What is legal in a file but unwise. Codes such as MS0101 are stable; levels are info, "
        "warning and error."
    ),
}


def words() -> list[str]:
    """All words that can be explained, sorted."""
    return sorted([*_WORDS, *_MODULES, *_ALIASES], key=str.lower)


def meaning(word: str) -> tuple[str, str] | None:
    """The word as the glossary writes it, and what it means; None if it is not there."""
    known = {_key(name): name for name in words()}
    name = known.get(_key(word))
    if name is None:
        return None
    name = _ALIASES.get(name, name)
    if name in _WORDS:
        return name, _WORDS[name]
    return name, _header(_MODULES[name])


def _key(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word.strip().lower())


def _header(module: str) -> str:
    """A module's docstring without the marks of its markup."""
    text = inspect.cleandoc(import_module(module).__doc__ or "")
    text = re.sub(r":\w+:`~?\.?([^`]+)`", r"\1", text)
    return text.replace("``", "")

"""Random systems and meshes from a seed: small, of every feature, and different in shape.

Services call only services after them, so that calls end; each has few steps, so that they end
soon. Durations are no round numbers, so that few things happen at one moment by chance. The same
seed gives the same system on every machine.

``ties=True`` asks for the opposite: all times are small multiples of 1/1024 s, of which sums are
exact, so that as much as possible happens at one moment.
"""

import math

import builders
import numpy as np

ZONES = ("x", "y", "z")
NODES = (
    "[{name: small, cores: 8, memory: 64Gi, count: 2, zones: [x, y]},"
    " {name: large, cores: 32, memory: 256Gi, count: 2, zones: [z]}]"
)
TICK_S = 2.0**-10
NETWORK = (
    "{{same_node: {}, same_zone: {}, between_zones: {}, client: {},"
    " zone_pairs: [{{zones: [x, z], round_trip: {}}}]}}"
)


class Draw(np.random.Generator):
    """Random numbers of a seed, and whether times are to meet."""

    def __init__(self, seed, ties):
        super().__init__(np.random.PCG64(seed))
        self.ties = ties


def random_topology(seed, ties=False):
    """The topology of a seed."""
    positional, named = random_parts(seed, ties)
    return builders.topology(*positional, **named)


def random_parts(seed, ties=False):
    """Its services and entries, as texts, and the rest."""
    draw = Draw(seed, ties)
    patience = draw.choice([0.5, 0.7, 1.0])
    names = [f"s{number}" for number in range(draw.integers(1, 7))]
    churn = Draw(seed + 1_000_033, ties)
    services = builders.listed(
        *(
            _service(draw, name, names[number + 1 :], patience, _churn(churn))
            for number, name in enumerate(names)
        )
    )
    entered = names[: draw.integers(1, min(3, len(names)) + 1)]
    entries = [f"{{to: {name}/get, weight: {draw.integers(1, 5)}}}" for name in entered]
    more = {
        "arrivals": _arrivals(draw),
        "connections": int(draw.integers(1, 30)),
        "nodes": NODES,
        "network": _network(draw),
        "clients": ", ".join([*_policy(draw, patience, 4000, 40_000), *_keys(_churn(churn))]),
    }
    return (services, builders.listed(*entries)), more


def _network(draw):
    round_trips_us = draw.integers(0, 1500, 4)
    if draw.ties:
        return NETWORK.format(*(_ticks(2 * (us // 750)) for us in round_trips_us), _ticks(4))
    return NETWORK.format(*(f"{us}us" for us in round_trips_us), "2ms")


def _churn(draw):
    """After how many requests connections are closed, as a key; mostly never."""
    if draw.random() < 0.7:
        return {}
    return {"requests_per_connection": int(draw.choice([1, 2, 5]))}


def _keys(mapping):
    return [f"{key}: {value}" for key, value in mapping.items()]


def _service(draw, name, later, patience, churn):
    endpoints = [_endpoint(draw, "get", later, patience)]
    if draw.random() < 0.3:
        endpoints.append(_endpoint(draw, "put", later, patience))
    zones = draw.choice(ZONES, draw.integers(0, 4), replace=False)
    limit = draw.choice([0.3, 0.5, 1, 1.7, 2, 4])
    keys = {
        "replicas": draw.integers(1, 5),
        "resources": f"{{limits: {{cpu: '{limit}'}}}}" if draw.random() < 0.8 else "{}",
        "workers": draw.choice(["unlimited", "1", "2", "8"]),
        "cpu_sharing": draw.choice(["processor_sharing", "first_come"]),
        "protocol": draw.choice(["http1", "http2", "grpc", "tcp"]),
        "balancing": draw.choice(["per_connection", "random", "round_robin", "least_request"]),
        "when_cancelled": draw.choice(["finish", "stop"]),
        "namespace": draw.choice(["shop", "bank"]),
        "zones": builders.listed(*zones),
    }
    rest = ", ".join(_keys(keys | churn))
    return f"{{name: {name}, {rest}, endpoints: {builders.listed(*endpoints)}}}"


def _endpoint(draw, name, later, patience):
    number = draw.integers(0, 4)
    steps = builders.listed(*(_step(draw, later, 2, patience) for _ in range(number)))
    error = draw.choice([0, 0, 0, 1, 10])
    sizes = f"request: {draw.integers(0, 5000)}B, response: {draw.integers(0, 50_000)}B"
    if draw.ties:
        sizes = "request: 0B, response: 0B"
    return f"{{name: {name}, {sizes}, error: {error}%, steps: {steps}}}"


def _step(draw, later, depth, patience):
    kind = draw.choice(["compute", "compute", "wait", "call", "call", "parallel"])
    if kind == "call" and later:
        options = [
            f"call: {draw.choice(later)}/get",
            f"probability: {draw.choice([30, 80, 100])}%",
            f"count: {draw.choice([1, 1, 2])}",
            f"on_error: {draw.choice(['fail', 'ignore'])}",
            *_policy(draw, patience, 700, 15_000),
        ]
        return f"{{{', '.join(options)}}}"
    if kind == "parallel" and depth:
        number = draw.integers(1, 4)
        branches = [_branch(draw, later, depth - 1, patience) for _ in range(number)]
        return f"{{parallel: {builders.listed(*branches)}}}"
    return f"{{{kind if kind == 'wait' else 'compute'}: {_duration(draw)}}}"


def _branch(draw, later, depth, patience):
    if draw.random() < 0.5:
        return _step(draw, later, depth, patience)
    number = draw.integers(0, 3)
    return builders.listed(*(_step(draw, later, depth, patience) for _ in range(number)))


def _policy(draw, patience, shortest_us, longest_us):
    """The keys of a time-out and of retries, or of one of the two; of none with ``patience``."""
    keys = []
    if draw.random() >= patience:
        keys.append(f"timeout: {_microseconds(draw, shortest_us, longest_us)}")
    if draw.random() >= patience:
        keys.append(f"retries: {_retries(draw, shortest_us, longest_us // 2)}")
    return keys


def _retries(draw, shortest_us, longest_us):
    conditions = draw.choice(["5xx", "gateway-error", "reset"], draw.integers(1, 3), replace=False)
    keys = [f"attempts: {draw.integers(1, 4)}", f"retry_on: {builders.listed(*conditions)}"]
    if draw.random() < 0.6:
        keys.append(f"per_try_timeout: {_microseconds(draw, shortest_us, longest_us)}")
    if draw.random() < 0.7:
        keys.append(f"base_interval: {_microseconds(draw, 1000, 4000)}")
    if draw.random() < 0.3:
        keys.append(f"max_interval: {_microseconds(draw, 25_000, 40_000)}")
    return f"{{{', '.join(keys)}}}"


def _microseconds(draw, low, high):
    """A duration that is no round number, or one that is a round number of ticks."""
    whole, rest = draw.integers(low, high), draw.integers(1, 1000)
    if not draw.ties:
        return f"{whole}.{rest:03d}us"
    if high <= 300:
        return _ticks(whole % 3)
    return _ticks(max(round(whole / 1000), math.ceil(low * 1e-6 / TICK_S)))


def _ticks(number):
    return f"{float(number * TICK_S)!r}s"


def _duration(draw):
    mean = "0us" if draw.random() < 0.05 else _microseconds(draw, 0, 2000)
    family = draw.choice(["constant", "exponential", "lognormal", "gamma", "empirical"])
    if draw.ties:
        return mean
    if family == "constant":
        return mean
    if family == "empirical":
        return f"{{distribution: empirical, values: [{mean}, 0s, 100us]}}"
    cv = "" if family == "exponential" else f", cv: {draw.choice([0.3, 1, 3])}"
    return f"{{distribution: {family}, mean: {mean}{cv}}}"


def _arrivals(draw):
    rate = draw.integers(20, 400)
    points = f"[{{at: 0s, rate: {rate}/s}}, {{at: 300ms, rate: {rate // 3}/s}}]"
    times = np.sort(draw.integers(0, 500, 40)).tolist()
    if draw.ties:
        return _arrivals_that_meet(draw, times)
    return draw.choice(
        [
            f"{{process: poisson, rate: {rate}/s}}",
            f"{{process: constant, rate: {rate}/s}}",
            f"{{process: schedule, shape: steps, points: {points}}}",
            f"{{process: schedule, shape: ramps, spacing: constant, points: {points}}}",
            f"{{process: trace, times: [{', '.join(f'{time}ms' for time in times)}, 1s]}}",
            f"{{process: closed, users: {draw.integers(1, 20)}, think: {_duration(draw)}}}",
        ]
    )


def _arrivals_that_meet(draw, times):
    seconds = ", ".join(_ticks(time) for time in times)
    return draw.choice(
        [
            f"{{process: constant, rate: {draw.choice([64, 128, 256, 512])}/s}}",
            f"{{process: trace, times: [{seconds}, 1s]}}",
            f"{{process: closed, users: {draw.integers(1, 20)}, think: {_duration(draw)}}}",
        ]
    )


# Meshes -----------------------------------------------------------------------------------------

SIDES = ("caller", "service", "callee")
SCOPES = {"caller": ("pod", "node"), "service": ("service", "namespace"), "callee": ("pod", "node")}


def random_mesh(seed, ties=False):
    """The mesh of a seed: up to three proxies on the way of a call, and what they do unasked."""
    draw, secret = Draw(seed, ties), Draw(seed + 1_000_003, ties)
    sides = sorted(draw.choice(SIDES, draw.integers(0, 4)).tolist(), key=SIDES.index)
    proxies, path = {}, []
    for side in sides:
        scope = draw.choice(SCOPES[side])
        if scope not in proxies.values() or draw.random() < 0.3:
            proxies[f"{scope}-{len(proxies)}"] = scope
        name = draw.choice([name for name, known in proxies.items() if known == scope])
        path.append(f"{side}.{name}")
    entry = [element for element in path if not element.startswith("caller")]
    return builders.mesh(
        *(_proxy(draw, name, scope, secret) for name, scope in proxies.items()),
        inside=builders.listed(*path),
        entry=builders.listed(*entry),
        machine_factor=draw.choice([1.0, 1.0] if draw.ties else [1.0, 1.3]),
        policies=_policies(draw, secret),
        stalls=None if ties or secret.random() < 0.7 else (0.02, _microseconds(secret, 1000, 3000)),
    )


def _proxy(draw, name, scope, secret):
    return builders.proxy(
        name,
        scope=scope,
        layer=draw.choice([4, 7, 7]),
        workers=draw.integers(1, 4),
        replicas=draw.integers(1, 3) if scope in SCOPES["service"] else None,
        balance=draw.choice(["exact", "random"]),
        policy=draw.choice(["random", "round_robin", "least_request"]),
        choices=draw.integers(1, 4),
        busy=_microseconds(draw, 0, 300),
        per_kib=_microseconds(draw, 0, 4),
        idle_scale="0us" if draw.ties else draw.choice(["0us", _microseconds(draw, 1, 10)]),
        idle_exponent=draw.choice([0.2, 0.35]),
        request_share=draw.choice([0.0, 0.5, 1.0] if draw.ties else [0.4, 0.5, 0.7]),
        wake_up=_microseconds(draw, 0, 60),
        tls=_microseconds(secret, 0, 20),
        connect=secret.choice([None, _microseconds(secret, 100, 300)]),
        handshake=secret.choice([None, _microseconds(secret, 200, 800)]),
    )


def _policies(draw, secret):
    keys = [f'mtls: "{secret.choice(["on", "off"])}"']
    if draw.random() < 0.5:
        keys.append(f"request_timeout: {_microseconds(draw, 1500, 15_000)}")
    if draw.random() < 0.6:
        conditions = draw.choice(["5xx", "gateway-error", "reset", "connect-failure"], 2)
        keys.append(
            f"retries: {{attempts: {draw.integers(0, 4)}, "
            f"retry_on: {builders.listed(*conditions)}, "
            f"base_interval: {_microseconds(draw, 1000, 3000)}}}"
        )
    return f"{{{', '.join(keys)}}}"

"""Random systems from a seed: small, of every feature, and different in shape.

Services call only services after them, so that calls end; each has few steps, so that they end
soon. The same seed gives the same system on every machine.
"""

import builders
import numpy as np

ZONES = ("x", "y", "z")
NODES = (
    "[{name: small, cores: 8, memory: 64Gi, count: 2, zones: [x, y]},"
    " {name: large, cores: 32, memory: 256Gi, count: 2, zones: [z]}]"
)
NETWORK = (
    "{{same_node: {}us, same_zone: {}us, between_zones: {}us, client: {}us,"
    " zone_pairs: [{{zones: [x, z], round_trip: 2ms}}]}}"
)


def random_topology(seed):
    """The topology of a seed."""
    return builders.topology(*random_parts(seed)[0], **random_parts(seed)[1])


def random_parts(seed):
    """Its services and entries, as texts, and the rest."""
    draw = np.random.default_rng(seed)
    names = [f"s{number}" for number in range(draw.integers(1, 7))]
    services = builders.listed(
        *(_service(draw, name, names[number + 1 :]) for number, name in enumerate(names))
    )
    entered = names[: draw.integers(1, min(3, len(names)) + 1)]
    entries = [f"{{to: {name}/get, weight: {draw.integers(1, 5)}}}" for name in entered]
    more = {
        "arrivals": _arrivals(draw),
        "connections": int(draw.integers(1, 30)),
        "nodes": NODES,
        "network": NETWORK.format(*draw.integers(0, 1500, 4)),
    }
    return (services, builders.listed(*entries)), more


def _service(draw, name, later):
    endpoints = [_endpoint(draw, "get", later)]
    if draw.random() < 0.3:
        endpoints.append(_endpoint(draw, "put", later))
    zones = draw.choice(ZONES, draw.integers(0, 4), replace=False)
    limit = draw.choice([0.3, 0.5, 1, 1.7, 2, 4])
    keys = {
        "replicas": draw.integers(1, 5),
        "resources": f"{{limits: {{cpu: '{limit}'}}}}" if draw.random() < 0.8 else "{}",
        "workers": draw.choice(["unlimited", "1", "2", "8"]),
        "cpu_sharing": draw.choice(["processor_sharing", "first_come"]),
        "protocol": draw.choice(["http1", "http2", "grpc", "tcp"]),
        "balancing": draw.choice(["per_connection", "random", "round_robin", "least_request"]),
        "namespace": draw.choice(["shop", "bank"]),
        "zones": builders.listed(*zones),
    }
    rest = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"{{name: {name}, {rest}, endpoints: {builders.listed(*endpoints)}}}"


def _endpoint(draw, name, later):
    steps = builders.listed(*(_step(draw, later, 2) for _ in range(draw.integers(0, 4))))
    error = draw.choice([0, 0, 0, 1, 10])
    sizes = f"request: {draw.integers(0, 5000)}B, response: {draw.integers(0, 50_000)}B"
    return f"{{name: {name}, {sizes}, error: {error}%, steps: {steps}}}"


def _step(draw, later, depth):
    kind = draw.choice(["compute", "compute", "wait", "call", "call", "parallel"])
    if kind == "call" and later:
        options = [
            f"call: {draw.choice(later)}/get",
            f"probability: {draw.choice([30, 80, 100])}%",
            f"count: {draw.choice([1, 1, 2])}",
            f"on_error: {draw.choice(['fail', 'ignore'])}",
        ]
        return f"{{{', '.join(options)}}}"
    if kind == "parallel" and depth:
        branches = [_branch(draw, later, depth - 1) for _ in range(draw.integers(1, 4))]
        return f"{{parallel: {builders.listed(*branches)}}}"
    return f"{{{kind if kind == 'wait' else 'compute'}: {_duration(draw)}}}"


def _branch(draw, later, depth):
    if draw.random() < 0.5:
        return _step(draw, later, depth)
    return builders.listed(*(_step(draw, later, depth) for _ in range(draw.integers(0, 3))))


def _duration(draw):
    mean = f"{draw.integers(0, 2000)}us"
    family = draw.choice(["constant", "exponential", "lognormal", "gamma", "empirical"])
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

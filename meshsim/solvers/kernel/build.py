"""The world of a run: a program's tables as records, and room for what will happen."""

from __future__ import annotations

from typing import Any

import numpy as np

from meshsim.lowering.program import FloatArray, IntArray, Path, Program, Side
from meshsim.physics.quota import PERIOD_S, parallel_cores, quota_s
from meshsim.solvers.arrivals import is_steady
from meshsim.solvers.kernel import records as r
from meshsim.solvers.kernel import tables
from meshsim.solvers.kernel.calendar import FEW
from meshsim.solvers.kernel.frames import MARGIN
from meshsim.solvers.kernel.growth import link_free
from meshsim.solvers.kernel.world import World, records
from meshsim.solvers.observations import snapshot_every
from meshsim.solvers.streams import Purpose, mix, uniform
from meshsim.solvers.tally import Tally, empty_tally
from meshsim.stats.histogram import BUCKETS

FRAMES, CONNECTIONS, ROWS, TABLE, DAYS = 256, 256, 1 << 14, 2048, 256


def build(program: Program, key: int, measured: int, log_tries: bool, tally: Tally | None) -> World:
    """A world at time zero, with nobody in it and nothing scheduled.

    Requests are summed up in the ``tally``; without one they are kept.
    """
    paths = (program.inside, program.entry)
    segments = [segment for path in paths for segment in path.segments]
    hops_max = max(1, *(len(segment.hops) for segment in segments), *map(_hops, paths))
    segments_max = max(len(path.segments) for path in paths)
    kept = measured if tally is None else 0
    readings = _readings(measured) if tally is None else tally.snapshot_request
    world = World(
        clock=_clock(program, key, measured, log_tries, hops_max, segments_max, tally),
        frames=records(FRAMES, r.FRAME),
        spent=np.zeros((FRAMES, r.PARTS)),
        legs=records(FRAMES * hops_max, r.LEG),
        taken=np.zeros((FRAMES, segments_max), dtype=np.int32),
        ring=np.zeros(FRAMES, dtype=np.int32),
        line=records(FEW, r.LINED),
        events=records(_events_beside_frames(program) + FRAMES, r.EVENT),
        buckets=np.full(DAYS, r.NONE, dtype=np.int32),
        bucket_tails=np.full(DAYS, r.NONE, dtype=np.int32),
        pods=_pods(program, key),
        workers=_workers(program),
        instances=_instances(program),
        kinds=_kinds(program),
        busy_cost=_cost_rows(program.kinds.busy_s),
        byte_cost=_cost_rows(program.kinds.per_byte_s),
        idle_scale=np.ascontiguousarray(program.kinds.idle_scale_s),
        idle_exponent=np.ascontiguousarray(program.kinds.idle_exponent),
        services=_services(program),
        endpoints=_endpoints(program),
        ops=_ops(program),
        branch_op=program.steps.branch_op.astype(np.int32),
        sites=_sites(program),
        segments=_segments(program),
        hops=_hop_table(segments, len(program.kinds.names)),
        paths=_paths(program),
        policies=_policies(program),
        deadlines=_deadlines(program),
        distributions=_distributions(program),
        values=np.append(program.steps.distributions.values, 0.0),
        node_zone=program.placement.node_zone.astype(np.int32),
        zone_one_way=program.placement.zone_round_trip_s / 2,
        connections=records(CONNECTIONS, r.CONNECTION),
        connection_stations=np.full((CONNECTIONS, hops_max), r.NONE, dtype=np.int32),
        pools=_no_pools(CONNECTIONS),
        table_keys=np.full(TABLE, r.NONE, dtype=np.int64),
        table_values=np.zeros(TABLE, dtype=np.int64),
        old_keys=np.zeros(0, dtype=np.int64),
        old_values=np.zeros(0, dtype=np.int64),
        active=np.zeros(CONNECTIONS + 2 * _most_pods(program), dtype=np.int32),
        turns=np.zeros(CONNECTIONS, dtype=np.int64),
        draws=np.zeros(max(2, int(program.kinds.choices.max(initial=2)))),
        arrivals=np.zeros(0),
        users=records(program.load.users, r.USER),
        entry_bound=np.cumsum(program.load.entry_share),
        request_start=np.zeros(kept),
        request_latency=np.zeros(kept),
        request_entry=np.zeros(kept, dtype=np.int64),
        request_outcome=np.full(kept, r.NONE, dtype=np.int64),
        request_spent=np.zeros((kept, r.PARTS)),
        call_rows=records(ROWS if tally is None else MARGIN + FRAMES, r.CALL_ROW),
        **_no_calls(),
        try_rows=records(ROWS if log_tries else 0, r.TRY_ROW),
        **_sums(tally),
        snapshot_time=np.zeros(len(readings)),
        snapshot_ordinal=readings,
        snapshot_busy=np.zeros((len(readings), program.stations)),
    )
    return _with_free_lists(world)


def _readings(measured: int) -> IntArray:
    """Before which requests the stations are read, and after the last."""
    return np.unique([*range(0, measured, snapshot_every(measured)), measured]).astype(np.int64)


def _no_calls() -> dict[str, Any]:
    """Room for calls in the order of requests is made when all are known."""
    whole = ("call_place", "call_edge", "call_request", "call_outcome", "call_tries")
    none: dict[str, Any] = {name: np.zeros(0, dtype=np.int64) for name in whole}
    return none | {"call_latency": np.zeros(0)}


def _sums(tally: Tally | None) -> dict[str, Any]:
    """The arrays of a tally, or of nothing, with windows and columns in one dimension."""
    tally = tally or empty_tally(1, 0, 0, 0, 0, 0)
    windows, entries = tally.entry_sum_s.shape
    edge_windows, edges = tally.edge_sum_s.shape
    return {
        "entry_counts": tally.entry_counts.reshape(windows * entries, BUCKETS),
        "entry_sum": tally.entry_sum_s,
        "entry_min": tally.entry_min_s,
        "entry_max": tally.entry_max_s,
        "entry_failed": tally.entry_failed,
        "entry_spent": tally.spent_s.reshape(windows * entries, r.PARTS),
        "series_sum": tally.series_sum_s,
        "series_count": tally.series_count,
        "edge_counts": tally.edge_counts.reshape(edge_windows * edges, BUCKETS),
        "edge_sum": tally.edge_sum_s,
        "edge_min": tally.edge_min_s,
        "edge_max": tally.edge_max_s,
        "window_start": tally.window_start_s,
    }


def _with_free_lists(world: World) -> World:
    clock = world.clock[0]
    link_free(world.frames.next, 0)
    link_free(world.events.next, 0)
    link_free(world.connections.next, 0)
    clock.frames_left = len(world.frames)
    clock.connections_left = len(world.connections)
    return world


def _hops(path: Path) -> int:
    return sum(len(segment.hops) for segment in path.segments)


def _events_beside_frames(program: Program) -> int:
    """Each station, list of deadlines and user has one event at most; so have arrivals and end."""
    return program.stations + 2 * len(program.policies.retries) + program.load.users + 8


def _most_pods(program: Program) -> int:
    return int(program.services.pod_count.max())


def _no_pools(count: int) -> Any:  # noqa: ANN401
    pools = records(count, r.POOL)
    pools.free = r.NONE
    return pools


def _clock(
    program: Program,
    key: int,
    measured: int,
    log_tries: bool,
    hops_max: int,
    segments_max: int,
    tally: Tally | None,
) -> Any:  # noqa: ANN401
    placement, load = program.placement, program.load
    table = records(1, r.CLOCK)
    clock = table[0]
    clock.root_key = key
    clock.entry_key, clock.client_key = mix(key, Purpose.ENTRY), mix(key, Purpose.CLIENT)
    clock.request_key, clock.arrival_key = mix(key, Purpose.REQUEST), mix(key, Purpose.ARRIVAL)
    clock.stall_key = mix(key, Purpose.STALL)
    clock.client_requests = load.connection_requests
    clock.connections = load.client_connections if _clients_matter(program) else 1
    clock.few = True
    clock.buckets = DAYS
    clock.per_second = 1e4
    clock.frames_margin = max(2, int(program.steps.b.max(initial=0)) + 2)
    clock.active_margin = _most_pods(program)
    clock.starts = r.NONE
    clock.action = r.STAND
    clock.order = 1
    clock.measured = clock.open = measured
    clock.steady = is_steady(load)
    if clock.steady:
        clock.arrival_rate, clock.arrivals_from = load.rate_per_s[0], load.at_s[0]
    clock.closed = load.waits_for_answers
    clock.interval, clock.jitter, clock.tick = load.interval_s, load.jitter, load.tick_s
    clock.think, clock.load_policy = load.think, load.policy
    if tally is not None:
        clock.sums_up = True
        clock.windows, clock.fine_windows = len(tally.window_first), len(tally.series_sum_s)
        edge_windows, clock.edges = tally.edge_sum_s.shape
        clock.edge_shift = int(clock.windows).bit_length() - edge_windows.bit_length()
    clock.log_tries = log_tries
    clock.clients = max(load.client_connections, load.users)
    clock.hops_max, clock.segments_max = hops_max, segments_max
    clock.client_one_way = placement.client_round_trip_s / 2
    clock.same_node_one_way = placement.same_node_s / 2
    clock.bandwidth = placement.bandwidth_bytes_per_s
    return table


def _clients_matter(program: Program) -> bool:
    """Whether it makes a difference which client connection a request comes from."""
    entered = program.endpoints.service[program.load.entry_endpoint]
    return not _direct(program)[1] or bool((program.services.pod_count[entered] > 1).any())


def _pods(program: Program, key: int) -> Any:  # noqa: ANN401
    placement, services = program.placement, program.services
    pods = records(program.pods, r.POD)
    service = placement.pod_service
    pods.service, pods.node = service, placement.pod_node
    pods.first_come = services.first_come[service]
    pods.slots = pods.slots_free = services.workers[service]
    for name in ("heap", "line_head", "line_tail", "slots_head", "slots_tail"):
        pods[name] = r.NONE
    for number, limit in enumerate(placement.pod_cores.tolist()):
        phase_s = PERIOD_S * uniform(mix(key, number), Purpose.QUOTA_PHASE)
        pods.cores[number] = parallel_cores(limit)
        pods.quota[number] = pods.left[number] = quota_s(limit)
        pods.period_end[number] = PERIOD_S - phase_s
    return pods


def _workers(program: Program) -> Any:  # noqa: ANN401
    kind = program.instances.kind
    count = program.kinds.workers[kind] if len(kind) else np.zeros(0, dtype=np.int64)
    workers = records(int(count.sum()), r.WORKER)
    workers.instance = np.repeat(np.arange(len(kind)), count)
    workers.kind = np.repeat(kind, count)
    workers.ready_head = workers.ready_tail = workers.batch_head = r.NONE
    return workers


def _instances(program: Program) -> Any:  # noqa: ANN401
    instances = records(len(program.instances.kind), r.INSTANCE)
    instances.kind, instances.node = program.instances.kind, program.instances.node
    instances.station_first = program.instances.station_first
    return instances


def _kinds(program: Program) -> Any:  # noqa: ANN401
    kinds = program.kinds
    table = records(len(kinds.names), tables.KIND)
    table.scope, table.workers = kinds.scope, kinds.workers
    table.exact_balance, table.balancing = kinds.exact_balance, kinds.balancing
    table.choices, table.replicas = kinds.choices, kinds.replicas
    table.instance_first = kinds.instance_first
    table.request_share, table.wake_up = kinds.request_share, kinds.wake_up_s
    table.stall_probability, table.stall = kinds.stall_probability, kinds.stall_s
    return table


def _services(program: Program) -> Any:  # noqa: ANN401
    services = program.services
    table = records(len(services.names), tables.SERVICE)
    table.namespace, table.balancing = services.namespace, services.balancing
    table.pod_first, table.pod_count = services.pod_first, services.pod_count
    table.multiplexed, table.stops = services.multiplexed, services.stops
    table.connection_requests = services.connection_requests
    return table


def _endpoints(program: Program) -> Any:  # noqa: ANN401
    endpoints = program.endpoints
    table = records(len(endpoints.names), tables.ENDPOINT)
    table.service, table.first_op = endpoints.service, endpoints.first_op
    table.error = endpoints.error
    return table


def _ops(program: Program) -> Any:  # noqa: ANN401
    table = records(len(program.steps.op), tables.OP)
    table.op, table.a, table.b = program.steps.op, program.steps.a, program.steps.b
    return table


def _sites(program: Program) -> Any:  # noqa: ANN401
    steps, endpoints, load = program.steps, program.endpoints, program.load
    calls, entries = len(steps.call_endpoint), load.entry_endpoint
    table = records(calls + len(entries), tables.SITE)
    inside, outside = table[:calls], table[calls:]
    inside.endpoint, inside.count = steps.call_endpoint, steps.call_count
    inside.fails, inside.edge = steps.call_fails, steps.call_edge
    inside.policy, inside.probability = steps.call_policy, steps.call_probability
    inside.request_bytes = steps.call_request_bytes
    inside.response_bytes = steps.call_response_bytes
    outside.endpoint, outside.edge = entries, program.entry_edge
    outside.count, outside.probability, outside.policy = 1, 1.0, load.policy
    outside.request_bytes = endpoints.request_bytes[entries]
    outside.response_bytes = endpoints.response_bytes[entries]
    return table


def _segments(program: Program) -> Any:  # noqa: ANN401
    segments = [*program.inside.segments, *program.entry.segments]
    table = records(len(segments), tables.SEGMENT)
    table.hops = [len(segment.hops) for segment in segments]
    table.open_cost = [segment.open_s for segment in segments]
    table.hop_first = np.concatenate([[0], np.cumsum(table.hops)[:-1]])
    table.number = [segment.number for segment in segments]
    table.ends_before_pod = [
        segment.ends_at_proxy and segment.hops[-1].side != Side.CALLEE for segment in segments
    ]
    return table


def _hop_table(segments: list[Any], kinds: int) -> Any:  # noqa: ANN401
    hops = [hop for segment in segments for hop in segment.hops]
    table = records(len(hops), tables.HOP)
    table.side, table.kind = [int(h.side) for h in hops], [h.kind for h in hops]
    table.cost = [h.passes * kinds + h.kind for h in hops]
    table.round_trips, table.open_cost = [h.round_trips for h in hops], [h.open_s for h in hops]
    return table


def _cost_rows(by_passes: FloatArray) -> FloatArray:
    """Costs [passes × kinds × services] with passes and kinds in one dimension."""
    services = by_passes.shape[2]
    return np.ascontiguousarray(by_passes.reshape(-1, services))


def _direct(program: Program) -> tuple[bool, bool]:
    """Whether it makes no difference which connection a call takes, if there is one pod to go to:
    no proxy is on the path, and connections are never closed, so none is opened again.
    """
    patient = len(program.policies.retries) == 0
    lasting = not program.services.connection_requests.any(), program.load.connection_requests == 0
    inside, entry = (_hops(path) == 0 for path in (program.inside, program.entry))
    return patient and lasting[0] and inside, patient and lasting[1] and entry


def _paths(program: Program) -> Any:  # noqa: ANN401
    paths = (program.inside, program.entry)
    table = records(len(paths), tables.PATH)
    table.segments = [len(path.segments) for path in paths]
    table.segment_first = np.concatenate([[0], np.cumsum(table.segments)[:-1]])
    table.picker, table.policy = [p.picker for p in paths], [p.policy for p in paths]
    table.direct = _direct(program)
    return table


def _policies(program: Program) -> Any:  # noqa: ANN401
    policies = program.policies
    table = records(len(policies.retries), tables.POLICY)
    table.retries, table.retry_on = policies.retries, policies.retry_on
    table.timeout, table.per_try_timeout = policies.timeout_s, policies.per_try_timeout_s
    table.backoff_base, table.backoff_max = policies.backoff_base_s, policies.backoff_max_s
    return table


def _deadlines(program: Program) -> Any:  # noqa: ANN401
    table = records(2 * len(program.policies.retries), r.DEADLINES)
    table.head = table.tail = r.NONE
    return table


def _distributions(program: Program) -> Any:  # noqa: ANN401
    rows = program.steps.distributions
    table = records(len(rows.family), tables.DISTRIBUTION)
    table.family, table.first, table.length = rows.family, rows.first, rows.length
    table.p, table.q = rows.p, rows.q
    return table

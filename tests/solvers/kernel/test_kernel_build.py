"""Goal: a world has the program's tables, and its readings stand where the model's do.

Method: a small scenario by hand; the model's recorder.
"""

import builders
import kernel_samples
import numpy as np
import pytest
from kernel_samples import NONE, K

from meshsim.physics.quota import PERIOD_S
from meshsim.solvers.observations import Recorder


def scenario():
    a = builders.service("a", "[{call: b/get, timeout: 5ms}]", replicas=2)
    b = builders.service("b", "[{wait: 2ms}]", resources=builders.cores(0.5), workers=3)
    described = builders.topology(builders.listed(a, b), connections=9)
    return described, builders.sidecars(busy="10us", workers=2)


def test_the_tables_are_those_of_the_program():
    world = kernel_samples.world(*scenario())
    program = builders.program(*scenario())
    assert world.pods.service.tolist() == [0, 0, 1]
    assert world.pods.slots.tolist() == world.pods.slots_free.tolist() == [0, 0, 3]
    assert world.pods.quota[2] == pytest.approx(0.5 * PERIOD_S)
    assert 0.0 < world.pods.period_end[2] <= PERIOD_S
    assert len(world.workers) == program.stations - program.pods == 6
    assert world.workers.instance.tolist() == [0, 0, 1, 1, 2, 2]
    assert world.clock[0].clients == 9
    assert world.policies.timeout.tolist() == [0.005]
    assert len(world.deadlines) == 2
    calls, entries = len(program.steps.call_endpoint), len(program.load.entry_endpoint)
    assert (calls, entries, len(world.sites)) == (1, 1, 2)
    assert world.sites.edge.tolist() == [program.steps.call_edge[0], program.entry_edge[0]]


def test_a_new_world_is_free():
    world = kernel_samples.world(*scenario())
    for first, records in (
        (world.clock[0].frames_free, world.frames),
        (world.clock[0].events_free, world.events),
        (world.clock[0].connections_free, world.connections),
    ):
        assert kernel_samples.line(first, records.next) == list(range(len(records)))
    assert set(world.buckets) == {NONE}
    assert set(world.pods.timer) == {0}
    assert K.calendar.pending(world) == 0


@pytest.mark.parametrize("measured", [0, 1, 2, 49, 50, 51, 99, 100, 101, 5000, 5001])
def test_stations_are_read_where_the_model_reads_them(measured):
    world = kernel_samples.world(measured=measured)
    recorder = Recorder(measured, 1)
    expected = [n for n in range(measured + 1) if recorder.wants_snapshot(n)]
    assert world.snapshot_ordinal.tolist() == expected
    assert world.snapshot_busy.shape == (len(expected), 1)


@pytest.mark.parametrize(
    ("more", "replicas", "told_apart"),
    [({}, 1, False), ({}, 2, True), ({"clients": "timeout: 4ms"}, 1, True)],
)
def test_clients_are_told_apart_where_it_makes_a_difference(more, replicas, told_apart):
    a = builders.service("a", replicas=replicas)
    world = kernel_samples.world(builders.topology(builders.listed(a), connections=9, **more))
    assert world.clock[0].connections == (9 if told_apart else 1)
    assert world.paths.direct.tolist() == [1 if more == {} else 0] * 2


def test_no_path_with_a_proxy_is_direct():
    a = builders.service("a")
    under = builders.sidecars(busy="10us", workers=2)
    world = kernel_samples.world(builders.topology(builders.listed(a), connections=9), under)
    assert world.paths.direct.tolist() == [0, 0]
    assert world.clock[0].connections == 9


def test_without_a_log_there_are_no_rows_for_tries():
    assert len(kernel_samples.world(log_tries=False).try_rows) == 0
    assert len(kernel_samples.world(log_tries=True).try_rows) == K.build.ROWS


def test_keys_are_whole_numbers_of_64_bits():
    described = builders.topology(builders.listed(builders.service("a")))
    world = K.build.build(builders.program(described), 2**64 - 1, 1, False, None)
    assert int(world.clock[0].root_key) == 2**64 - 1
    assert world.clock.dtype["root_key"] == np.uint64

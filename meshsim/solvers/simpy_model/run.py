"""Run a program in the SimPy model: one replication, from empty to the last measured answer.

Arrivals go on while the last measured requests are still inside, so that these meet the same load
as all others; at most as many again as are measured, so that an overloaded system ends too.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from meshsim.lowering.program import Program
from meshsim.solvers.arrivals import arrival_times_s, clients, entries, paced_pause_s
from meshsim.solvers.observations import Observations, Recorder
from meshsim.solvers.sampling import Sampler
from meshsim.solvers.settings import BEYOND, RunSettings
from meshsim.solvers.simpy_model.model import Model
from meshsim.solvers.streams import Purpose, mix, replication_key, uniform


def simulate(program: Program, settings: RunSettings) -> Observations:
    """One replication; the same program and settings give the same observations, bit by bit."""
    key = replication_key(settings.seed, settings.replication)
    env = simpy.Environment()
    closed = program.load.waits_for_answers
    times = [] if closed else _arrival_times(program, key, settings.requests)
    measured = settings.requests if closed else min(settings.requests, len(times))
    recorder = Recorder(measured, program.stations, log_tries=settings.log_tries)
    model = Model(program, env, key, recorder)
    finished = simpy.Event(env)
    if closed:
        _start_users(model, key, finished)
    else:
        env.process(_arrive(model, key, times, finished))
    if measured > 0:  # a schedule may end before its first arrival
        env.run(until=finished)
    if not recorder.saw_all_start:
        recorder.snapshot(env.now, measured, model.busy_s())
    if os.environ.get("MESHSIM_VERIFY") == "1":
        model.verify()
    # Copies: what the run leaves behind unfinished still gives its connections up when it is freed.
    return recorder.observations(
        model.connections.per_instance.copy(), np.array(model.pod_requests, dtype=np.int64)
    )


def _arrival_times(program: Program, key: int, requests: int) -> list[float]:
    times: list[float] = arrival_times_s(program.load, key, requests * BEYOND).tolist()
    return times


def _arrive(
    model: Model, key: int, times: list[float], finished: simpy.Event
) -> Generator[simpy.Event, None, None]:
    """Open load: each request at its time, whatever the system does."""
    program, env, recorder = model.program, model.env, model.recorder
    entry = entries(program.load, key, len(times))
    client = clients(program.load, key, len(times))
    for ordinal, time_s in enumerate(times):
        yield simpy.Timeout(env, max(0.0, time_s - env.now))
        if recorder.wants_snapshot(ordinal):
            recorder.snapshot(env.now, ordinal, model.busy_s())
        env.process(_request(model, ordinal, int(entry[ordinal]), int(client[ordinal]), finished))


def _request(
    model: Model, ordinal: int, entry: int, client: int, finished: simpy.Event
) -> Generator[simpy.Event, Any, None]:
    yield from model.request(ordinal, ordinal, entry, client)
    _finish(model.recorder, finished)


def _start_users(model: Model, key: int, finished: simpy.Event) -> None:
    """Closed load: each user waits for the answer, thinks, and asks again; paced load likewise."""
    load, env, recorder = model.program.load, model.env, model.recorder
    sampler = Sampler(model.program.steps.distributions)
    shares = np.cumsum(load.entry_share)
    started = 0

    def user(number: int) -> Generator[simpy.Event, None, None]:
        nonlocal started
        user_key = mix(mix(key, Purpose.THINK), number)
        round_number = 0
        while True:
            turn_key = mix(user_key, round_number)
            draw = uniform(turn_key, Purpose.THINK)
            if load.process == "paced":
                moment_s = round_number * load.interval_s
                think_s = paced_pause_s(env.now, moment_s, load.jitter, load.tick_s, draw)
            else:
                think_s = sampler.value(load.think, draw)
            yield simpy.Timeout(env, think_s)
            ordinal, started = started, started + 1
            if recorder.wants_snapshot(ordinal):
                recorder.snapshot(env.now, ordinal, model.busy_s())
            draw = uniform(turn_key, Purpose.ENTRY)
            entry = min(int(np.searchsorted(shares, draw, side="right")), len(shares) - 1)
            request_number = number + round_number * load.users
            yield from model.request(ordinal, request_number, entry, number)
            _finish(recorder, finished)
            round_number += 1

    for number in range(load.users):
        env.process(user(number))


def _finish(recorder: Recorder, finished: simpy.Event) -> None:
    if recorder.open == 0 and not finished.triggered:
        finished.succeed()

"""Goal: what holds for any traces. A random system comes back from its traces; the mean latency
stays where times are random and calls overlap as they please; damage never ends in a traceback;
memory does not grow with the file.
Method: random plans of what services do; draws of the imported steps (``unloaded``) against the
plans' own times; values of an export replaced at random; the peak of traced memory.
"""

import json
import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaeger_traces import (
    FRONT,
    MIXED,
    Call,
    Does,
    Parallel,
    Wait,
    duration_of,
    graph,
    imported,
    trace_of,
)
from unloaded import Unloaded

from meshsim.errors import InputError
from meshsim.inputs.jaeger import import_jaeger
from meshsim.model.dump import dump_topology
from meshsim.model.loading import topology_from_text


def nodes_of(value, path=()):
    """The paths of all that is in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes_of(below, (*path, key))


odd_values = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        7,
        1e300,
        float("nan"),
        "",
        "s1",
        "\ud800",
        "ü\n",
        [],
        [[]],
        {},
        {"a": 1},
        "t1",
    ]
)


@settings(max_examples=150)
@given(st.data())
def test_any_damage_gives_a_topology_or_problems(tmp_path_factory, data):
    """Whatever replaces whichever values of an export, nothing but an InputError is raised."""
    whole = {"data": [trace_of(MIXED, 1), trace_of(FRONT, 2, 5_000)]}
    paths = list(nodes_of(whole))
    for _ in range(data.draw(st.integers(1, 4))):
        above, path = whole, data.draw(st.sampled_from(paths[1:]))
        for key in path[:-1]:
            above = above[key] if has(above, key) else {}
        if has(above, path[-1]):
            above[path[-1]] = data.draw(odd_values)
    file = tmp_path_factory.mktemp("damage") / "file.json"
    file.write_text(json.dumps(whole))
    try:
        topology = import_jaeger([file]).topology
    except InputError:
        return
    assert topology_from_text(dump_topology(topology)) == topology


def has(value, key):
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def random_plan(data, depth, names):
    """A plan with distinct services, so that each call of it is another edge."""
    steps = []
    for _ in range(data.draw(st.integers(0, 3))):
        kind = data.draw(st.sampled_from(["work", "wait", "call", "parallel"]))
        if kind == "work":
            steps.append(data.draw(st.integers(1, 500)))
        elif kind == "wait":
            steps.append(Wait(f"db {next(names)}", data.draw(st.integers(1, 500))))
        elif kind == "call" and depth:
            steps.append(random_call(data, depth, names))
        elif kind == "parallel" and depth:
            calls = [random_call(data, depth, names) for _ in range(data.draw(st.integers(2, 3)))]
            steps.append(Parallel(tuple((call,) for call in calls)))
    return Does(f"s{next(names)}", tuple(steps))


def random_call(data, depth, names):
    return Call(random_plan(data, depth - 1, names), data.draw(st.integers(50, 400)))


def calls_of(plan):
    """The edges of a plan of distinct services, and which share a parallel step."""
    edges, together = set(), set()
    steps = [(step, None) for step in plan.steps]
    while steps:
        step, group = steps.pop()
        if isinstance(step, Parallel):
            steps += [(inner, id(step)) for branch in step.branches for inner in branch]
        elif isinstance(step, Call):
            edges.add((f"{plan.service}/get", f"{step.to.service}/get"))
            inner_edges, inner_together = calls_of(step.to)
            edges |= inner_edges
            together |= inner_together
            if group:
                together.add((group, step.to.service))
    return edges, together


@settings(max_examples=60)
@given(st.data())
def test_random_systems_come_back(tmp_path_factory, data):
    plan = random_plan(data, 3, iter(range(10_000)))
    folder = tmp_path_factory.mktemp("random")
    result = imported(folder, plan, plan)
    edges, together = calls_of(plan)
    assert graph(result.topology) == dict.fromkeys(edges, 1)
    assert result.report.unused == ()
    groups = {}
    for group, service in together:
        groups.setdefault(group, set()).add(f"{service}/get")
    assert parallel_groups(result.topology) == sorted(map(sorted, groups.values()))
    assert topology_from_text(dump_topology(result.topology)) == result.topology
    took_s = duration_of(plan.steps) * 1e-6
    mean_s = Unloaded(result.topology, n=2).mean_s()
    assert mean_s == pytest.approx(took_s, rel=0.005, abs=1e-7), "0.5% is the round trip's share"


def parallel_groups(topology):
    """The calls of each parallel step."""
    groups = []
    for service in topology.services:
        for endpoint in service.endpoints:
            for step in endpoint.steps:
                if hasattr(step, "parallel"):
                    branches = [b if isinstance(b, tuple) else (b,) for b in step.parallel]
                    calls = [s.call for branch in branches for s in branch if hasattr(s, "call")]
                    groups.append(sorted(calls))
    return sorted(groups)


def lognormal(generator, mean, cv=0.6):
    sigma2 = 0.307  # ln(1 + cv²) for cv = 0.6
    assert cv == 0.6
    return max(1, round(generator.lognormvariate(0, sigma2**0.5) * mean / 1.166))


def pool_of_three(generator):
    """Ten calls by three workers, each of which takes the next call when it is free."""
    lanes = [[], [], []]
    for _ in range(10):
        lane = min(lanes, key=duration_of)
        lane.append(Call(Does("route", (lognormal(generator, 5000),)), lognormal(generator, 200)))
    return Does("front", (lognormal(generator, 300), Parallel(tuple(map(tuple, lanes)))))


def now_and_then_parallel(generator):
    """Two calls that are made at the same time in half of the requests."""
    calls = [
        Call(Does(name, (lognormal(generator, 3000),)), lognormal(generator, 200)) for name in "ab"
    ]
    together = (Parallel(tuple((call,) for call in calls)),)
    return Does("front", together if generator.random() < 0.5 else (calls[0], 40, calls[1]))


def scatter(generator):
    """Calls to several services at once, one after a delay, then a loop of queries."""
    calls = tuple(
        (lognormal(generator, 400 * n + 1), Call(Does(f"s{n}", (lognormal(generator, 4000),))))
        for n in range(4)
    )
    queries = tuple(Wait("query", lognormal(generator, 300)) for _ in range(generator.randrange(9)))
    return Does("front", (lognormal(generator, 500), Parallel(calls), *queries))


@pytest.mark.parametrize("system", [pool_of_three, now_and_then_parallel, scatter])
def test_the_mean_of_random_times_is_kept(tmp_path, system):
    """5% is the sampling error of both means and what remains of steps drawn independently."""
    generator = random.Random(11)
    plans = [system(generator) for _ in range(500)]
    result = imported(tmp_path, *plans)
    mean_s = sum(duration_of(plan.steps) for plan in plans) / len(plans) * 1e-6
    assert Unloaded(result.topology).mean_s() == pytest.approx(mean_s, rel=0.05)


def test_a_pool_of_workers_is_one_lane_more_than_it_has_workers(tmp_path):
    """Workers share evenly, fixed lanes do not: four lanes take as long as the pool of three."""
    generator = random.Random(2)
    result = imported(tmp_path, *(pool_of_three(generator) for _ in range(50)))
    (front,) = result.topology.service("front").endpoints
    branches = [b if isinstance(b, tuple) else (b,) for b in front.steps[-1].parallel]
    counts = [step.count for branch in branches for step in branch if hasattr(step, "call")]
    assert sorted(counts) == [2, 2, 3, 3]
    assert graph(result.topology) == {("front/get", "route/get"): 10}


def test_calls_that_are_slow_together_are_noted(tmp_path):
    """A block of six calls takes as long as one, but the longest of six draws is longer."""
    generator = random.Random(4)
    plans = []
    for _ in range(100):
        time = generator.choice([10, 10, 10, 1000])
        calls = tuple((Call(Does(f"s{n}", (time,))),) for n in range(6))
        plans.append(Does("front", (Parallel(calls),)))
    result = imported(tmp_path, *plans)
    (note,) = result.report.unused
    assert (note.what, note.count, note.example) == ("parallel block", 1, "front/get")


def test_a_large_export_passes_in_the_memory_of_a_small_one(tmp_path):
    """20 MB; the spans as bulky as in exports that embed the parents."""
    bulk = [{"key": f"tag {n}", "value": "x" * 50} for n in range(20)]
    path = tmp_path / "large.json"
    with path.open("w") as stream:
        stream.write('{"data": [')
        for number in range(1, 4001):
            one = trace_of(FRONT, number, number * 1000)
            for each in one["spans"]:
                each["tags"] += bulk
            stream.write(("," if number > 1 else "") + json.dumps(one))
        stream.write("]}")
    assert path.stat().st_size > 20_000_000
    tracemalloc.start()
    result = import_jaeger([path])
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.report.used["traces"] == 4000
    assert peak_bytes < 10_000_000

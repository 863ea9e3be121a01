"""Goal: a topology imported from traces does what the traces show: the same services and calls, as
many calls per request, and the same mean latency; and whatever cannot be used is told.
Method: exports made from plans of what services do (``jaeger_traces``), so that the right topology
is known; the mean latency of the imported topology by drawing its steps (``unloaded``), which
knows nothing of the importer; a real export where it is present.
"""

import gzip
import json
import random

import pytest
from jaeger_traces import (
    BACK,
    CACHE,
    FRONT,
    MIXED,
    Call,
    Does,
    Parallel,
    duration_of,
    graph,
    imported,
    save,
    span,
    trace,
    trace_of,
)
from shared_data import shared
from unloaded import Unloaded

from meshsim.errors import InputError
from meshsim.inputs.import_options import ImportOptions
from meshsim.inputs.jaeger import import_jaeger
from meshsim.model.dump import dump_topology
from meshsim.model.flows import visits
from meshsim.model.loading import topology_from_text

UNKNOWN = "is unknown without a client span, and stays within the caller's own time"


def refused(*paths, **options):
    with pytest.raises(InputError) as caught:
        import_jaeger(paths, ImportOptions(**options))
    return caught.value.problems


def notes(result):
    return {(item.what, item.why.split(":")[0]): item.count for item in result.report.unused}


def test_a_topology_from_one_trace(tmp_path):
    topology = imported(tmp_path, FRONT, FRONT, name="shop").topology
    assert topology.name == "shop"
    assert [service.name for service in topology.services] == ["back", "front"]
    (front,) = topology.service("front").endpoints
    steps = [step.model_dump(mode="json", exclude_unset=True) for step in front.steps]
    assert [next(iter(step)) for step in steps] == ["compute", "call", "wait"]
    assert steps[0]["compute"]["mean"] == "150us"
    assert steps[1] == {"call": "back/get", "count": 1}
    assert steps[2]["wait"]["mean"] == "400us"
    assert topology.network.same_node == topology.network.between_zones == pytest.approx(100e-6)
    assert [(entry.to, entry.weight) for entry in topology.load.entries] == [("front/get", 2)]
    assert topology.load.arrivals.rate == 1


def test_the_report(tmp_path):
    report = imported(tmp_path, FRONT, FRONT).report
    assert report.used == {
        "spans": 8,
        "traces": 2,
        "services": 2,
        "endpoints": 2,
        "calls between endpoints": 1,
    }
    assert report.unused == ()
    assert report.measured == ("2 requests took 850 µs in the mean, 850 µs at most",)
    text = "\n".join(report.assumptions)
    for word in ("1/s, that of the traces", "100 µs", "1KiB", "CPU time", "HTTP/1.1", "nodes"):
        assert word in text


def test_what_traces_do_not_say(tmp_path):
    options = {"replicas": 3, "rate": "5000/s", "cpu": "1500m"}
    result = imported(tmp_path, FRONT, FRONT, **options)
    for service in result.topology.services:
        assert service.replicas == 3
        assert service.resources.limits.cpu == 1.5
    (pool,) = result.topology.nodes
    assert (pool.cores, pool.count) == (8, 2), "5 pods of 1500m on a node of 8"
    assert result.topology.load.arrivals.rate == 5000
    assert not any("rate" in text for text in result.report.assumptions)


def test_nodes_are_large_enough_for_the_load(tmp_path):
    """350 µs of own time per request at 100,000/s are 35 cores; twice that is 9 nodes of 8."""
    assert imported(tmp_path, FRONT, rate="100000/s").topology.nodes[0].count == 9
    assert imported(tmp_path, FRONT, cpu="20").topology.nodes[0].cores == 20
    assert imported(tmp_path, FRONT, rate="1e12/s").topology.nodes[0].count == 10_000


def test_one_trace_says_nothing_of_the_rate(tmp_path):
    result = imported(tmp_path, FRONT)
    assert result.topology.load.arrivals.rate == 1
    assert "the rate of requests is 1/s, a guess: give the real one" in result.report.assumptions
    same_time = [trace_of(FRONT, 1), trace_of(FRONT, 2)]
    assert import_jaeger([save(tmp_path, *same_time)]).topology.load.arrivals.rate == 1


@pytest.mark.parametrize(
    ("plan", "calls"),
    [
        (FRONT, {("front/get", "back/get"): 1}),
        (
            Does("a", (Call(Does("b", (Call(Does("c", (9,))), 5))), Call(Does("d", (3,))))),
            {("a/get", "b/get"): 1, ("b/get", "c/get"): 1, ("a/get", "d/get"): 1},
        ),
        (
            Does("a", (Parallel(((Call(BACK),), (Call(CACHE),))),)),
            {("a/get", "back/get"): 1, ("a/get", "cache/get"): 1},
        ),
        (Does("a", (Call(BACK), 10) * 7), {("a/get", "back/get"): 7}),
        (Does("a", (Parallel(((Call(BACK),),) * 5),)), {("a/get", "back/get"): 5}),
        (
            MIXED,
            {
                ("front/get", "back/get"): 1,
                ("front/get", "cache/get"): 2,
                ("front/get", "cart/get"): 1,
                ("cart/get", "cache/get"): 3,
            },
        ),
        (
            Does("a", (Call(Does("a", (5, Call(BACK)), "inner")),)),
            {("a/get", "a/inner"): 1, ("a/inner", "back/get"): 1},
        ),
    ],
)
def test_calls_and_time_of_known_systems(tmp_path, plan, calls):
    result = imported(tmp_path, plan, plan)
    assert graph(result.topology) == calls
    assert result.report.unused == ()
    mean_s = Unloaded(result.topology, n=10).mean_s()
    assert mean_s == pytest.approx(duration_of(plan.steps) * 1e-6, abs=1e-6)


def test_counts_that_vary_are_right_in_the_mean(tmp_path):
    plans = [Does("a", (10, *(Call(BACK),) * n)) for n in (0, 1, 4, 2)]
    result = imported(tmp_path, *plans)
    assert graph(result.topology) == {("a/get", "back/get"): pytest.approx(7 / 4)}
    assert visits(result.topology)["back", "get"] == pytest.approx(7 / 4)


def test_several_entry_points_and_files(tmp_path):
    shop, admin = Does("shop", (10, Call(BACK))), Does("admin", (10, Call(BACK)))
    first = save(tmp_path, trace_of(shop, 1), trace_of(shop, 2, 10**6), name="a.json")
    second = tmp_path / "b.json.gz"
    second.write_bytes(gzip.compress(json.dumps(trace_of(admin, 3, 4 * 10**6)).encode()))
    result = import_jaeger([first, second])
    entries = {entry.to: entry.weight for entry in result.topology.load.entries}
    assert entries == {"admin/get": 1, "shop/get": 2}
    assert result.topology.load.arrivals.rate == 0.5
    assert result.topology.sources == (
        "Jaeger traces recorded from 2023-11-14 on: a.json, b.json.gz",
    )


def test_only_some_operations(tmp_path):
    shop, admin = Does("shop", (10,), "GET /"), Does("admin", (10,), "GET /")
    result = imported(tmp_path, shop, shop, admin, keep_operations=("shop/*",))
    assert [service.name for service in result.topology.services] == ["shop"]
    assert notes(result) == {("trace", "does not begin with an operation to keep"): 1}
    path = save(tmp_path, trace_of(shop, 1), trace_of(admin, 2))
    (problem,) = refused(path, keep_operations=("cart/*", "x"))
    assert problem.path == "keep_operations"
    assert problem.value == "cart/*, x"
    assert problem.cure == "there are 'shop/GET /', 'admin/GET /'"


def test_names_in_all_alphabets(tmp_path):
    plan = Does("кошик", (5, Call(Does("Größe 1", (7,), "取る"))), "купить/1")
    result = imported(tmp_path, plan, plan)
    assert graph(result.topology) == {("service/купить/1", "Gro-e-1/取る"): 1}
    assert "the service 'кошик' is called 'service'" in result.report.assumptions
    again = topology_from_text(dump_topology(result.topology, result.report.lines()))
    assert again == result.topology


def test_errors(tmp_path):
    """One in three of the calls fails; half of the callers hide it, and one fails by itself."""

    def one(number, *, call_fails, caller_fails):
        trace_id = f"{number:x}"
        error = {"error": True}
        return trace(
            span("a", "front", 0, 900, trace_id=trace_id, tags=error if caller_fails else {}),
            span(
                "b", "back", 9, 50, parent="a", trace_id=trace_id, tags=error if call_fails else {}
            ),
            trace_id=trace_id,
        )

    cases = [(True, False), (True, False), (True, True)] + [(False, True)] + [(False, False)] * 5
    traces = [
        one(n, call_fails=call, caller_fails=caller) for n, (call, caller) in enumerate(cases, 1)
    ]
    topology = import_jaeger([save(tmp_path, *traces)]).topology
    (back,), (front,) = (topology.service(name).endpoints for name in ("back", "front"))
    assert back.error == pytest.approx(3 / 9)
    assert front.error == pytest.approx(1 / 6)
    assert front.steps[-1].on_error == "ignore"


def test_grpc(tmp_path):
    path = save(
        tmp_path,
        trace(
            span("a", "front", 0, 900, kind="server"),
            span("b", "front", 10, 300, parent="a", kind="client", tags={"rpc.system": "grpc"}),
            span("c", "back", 20, 200, parent="b", kind="server"),
        ),
    )
    topology = import_jaeger([path]).topology
    assert [(s.name, s.protocol) for s in topology.services] == [
        ("back", "grpc"),
        ("front", "http1"),
    ]


def test_traces_with_faults_are_used_as_far_as_they_can(tmp_path):
    path = save(
        tmp_path,
        trace(
            span("a", "front", 0, 1000, kind="server"),
            span("b", "back", -500, 100, parent="a"),
            span("c", "back", 0, 100, parent="gone"),
            span("d", "mail", 900, 9000, parent="a", follows=True),
            None,
            span("a", "front", 0, 1000, kind="server"),
        ),
        trace(span("x", "front", 0, 10, parent="lost", trace_id="t2"), trace_id="t2"),
    )
    result = import_jaeger([path])
    assert graph(result.topology) == {("front/get", "back/get"): 1}
    assert notes(result) == {
        ("span", "must be an object"): 1,
        ("span", "has the id of another span of its trace"): 1,
        ("span", "its parent, or one further up, is missing from the trace"): 1,
        ("span", "is asynchronous (follows from its parent, or consumes a message)"): 1,
        ("start time", "lies outside of its parent, so their clocks differ"): 1,
        (
            "network time",
            "is unknown without a client span, and stays within the caller's own time",
        ): 1,
        ("trace", "has no root span"): 1,
    }
    assert Unloaded(result.topology, n=2).mean_s() == pytest.approx(1e-3)


def test_a_caller_outside_that_sends_no_spans(tmp_path):
    path = save(tmp_path, trace(span("a", "front", 0, 1000, parent="browser")))
    (problem,) = refused(path)
    assert problem.place.file == str(path)
    assert problem.rule.startswith("holds no usable trace: 1 × trace: has no root span (e.g. ")
    assert "accept a missing root" in problem.cure
    result = import_jaeger([path], ImportOptions(accept_missing_root=True))
    assert result.topology.load.entries[0].to == "front/get"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"data": []}', "holds no traces"),
        (
            '{"data": null, "errors": [{"msg": "not found"}]}',
            "holds no usable trace: 1 × trace: must",
        ),
        ('{"resourceSpans": []}', "holds no usable trace: 1 × trace: it is OTLP"),
        ('[{"spans": []}]', "holds no usable trace: 1 × trace: has no usable span"),
        ('[{"spans": [1]}]', "holds no usable trace: 1 × span: must be an object"),
        ("[1, 2", "is cut off"),
        ("", "is empty"),
        ("<html>", "must begin with { or ["),
    ],
)
def test_useless_files(tmp_path, text, rule):
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    good = save(tmp_path, trace_of(FRONT), name="good.json")
    (problem,) = refused(good, bad)
    assert problem.place.file == str(bad)
    assert problem.rule.startswith(rule)
    assert problem.cure


def test_all_useless_files_are_told_at_once(tmp_path):
    paths = [tmp_path / "none.json", tmp_path, save(tmp_path, trace())]
    assert {problem.place.file for problem in refused(*paths)} == {str(path) for path in paths}


def test_the_same_file_twice_is_no_fault(tmp_path):
    path = save(tmp_path, trace_of(FRONT))
    result = import_jaeger([path, path])
    assert result.report.used["traces"] == 1
    assert notes(result) == {("trace", "has the id of an earlier one, and is counted once"): 1}


def test_an_import_is_the_same_whatever_the_order(tmp_path):
    generator = random.Random(3)
    plans = [
        Does("a", (generator.randrange(1, 99), Call(Does("b", (generator.randrange(1, 99),)))))
        for _ in range(700)
    ]
    traces = [trace_of(plan, n, 1000 * n) for n, plan in enumerate(plans)]
    first = import_jaeger([save(tmp_path, *traces)]).topology
    generator.shuffle(traces)
    assert import_jaeger([save(tmp_path, *traces)]).topology == first


def test_a_real_export(tmp_path):
    """DeathStarBench's social network: 20 traces, 660 spans, 12 services, one compose each."""
    path = shared("data/traces/deathstarbench-social-network-jaeger.json")
    result = import_jaeger([path])
    assert result.report.used["traces"] == 20
    assert result.report.used["spans"] == 660
    assert result.report.unused == ()
    exported = json.loads(path.read_text())["data"]
    services = {p["serviceName"] for t in exported for p in t["processes"].values()}
    assert {service.name for service in result.topology.services} == services
    assert graph(result.topology) == dict.fromkeys(_edges_of(exported), 1)
    roots_s = [s["duration"] * 1e-6 for t in exported for s in t["spans"] if not s["references"]]
    mean_s = Unloaded(result.topology, n=20_000).mean_s()
    assert mean_s == pytest.approx(sum(roots_s) / len(roots_s), rel=0.1)
    assert topology_from_text(dump_topology(result.topology)) == result.topology


def _edges_of(exported):
    """Caller and callee endpoints, by going up from each span whose service is new."""
    for one in exported:
        spans = {s["spanID"]: s for s in one["spans"]}
        service = {i: one["processes"][s["processID"]]["serviceName"] for i, s in spans.items()}
        parent = {i: s["references"][0]["spanID"] for i, s in spans.items() if s["references"]}
        for i, above in parent.items():
            if service[i] == service[above]:
                continue
            top = above
            while top in parent and service[parent[top]] == service[top]:
                top = parent[top]
            yield tuple(f"{service[j]}/{spans[j]['operationName']}" for j in (top, i))

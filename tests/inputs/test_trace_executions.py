"""Goal: from spans as real tracers send them to what each endpoint did and waited for.
Method: traces by hand in the export's own form, one for each rule of the module's docstring; times
in the expectations are counted by hand [µs].
"""

import pytest
from jaeger_traces import save, span, trace

from meshsim.inputs.import_report import Tally
from meshsim.inputs.jaeger_spans import read_traces
from meshsim.inputs.trace_executions import Key, executions


def run(folder, *spans, **more):
    """The executions by service, the notes by (what, beginning of why), the tally's counts."""
    tally = Tally()
    found = []
    for one in read_traces([save(folder, trace(*spans))], tally):
        found += list(executions(one, tally, **more))
    notes = {(item.what, item.why.split(" ")[0]): item.count for item in tally.unused}
    return found, notes, tally.used


def activities(execution):
    """(service/operation, start, end, network) in µs."""
    return [
        (f"{a.key.service}/{a.key.operation}", a.start_ns / 1e3, a.end_ns / 1e3, a.network_ns / 1e3)
        for a in execution.activities
    ]


def by_service(found):
    return {execution.service: execution for execution in found}


def test_a_client_and_a_server_span_are_a_call_with_its_network_time(tmp_path):
    found, notes, used = run(
        tmp_path,
        span("a", "front", 0, 1000, kind="server"),
        span("b", "front", 100, 500, parent="a", kind="client", operation="call"),
        span("c", "back", 150, 400, parent="b", kind="server"),
    )
    front, back = found
    assert activities(front) == [("back/get", 100, 600, 100)]
    assert activities(back) == []
    assert (front.is_root, back.is_root) == (True, False)
    assert (front.duration_ns, back.duration_ns) == (1_000_000, 400_000)
    assert not notes
    assert used["spans"] == 3


def test_a_call_without_a_client_span(tmp_path):
    found, notes, _ = run(
        tmp_path, span("a", "front", 0, 1000), span("b", "back", 100, 500, parent="a")
    )
    assert activities(found[0]) == [("back/get", 100, 600, 0)]
    assert notes == {("network time", "is"): 1}


def test_a_client_span_without_a_server_is_a_wait(tmp_path):
    found, notes, _ = run(
        tmp_path,
        span("a", "front", 0, 1000, kind="server"),
        span("b", "front", 100, 500, parent="a", kind="client", operation="SELECT"),
        span("c", "front", 200, 100, parent="b", operation="inner work"),
        span("d", "front", 700, 10, parent="a", kind="producer", operation="publish"),
    )
    (only,) = found
    assert activities(only) == [("/SELECT", 100, 600, 0), ("/publish", 700, 710, 0)]
    assert not only.activities[0].key.is_call
    assert not notes


def test_internal_spans_belong_to_the_endpoint(tmp_path):
    found, _, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "front", 100, 800, parent="a", operation="handler"),
        span("c", "front", 200, 300, parent="b", kind="client"),
        span("d", "back", 250, 200, parent="c", kind="server"),
        span("e", "front", 600, 100, parent="b", kind="internal", operation="render"),
    )
    assert [e.service for e in found] == ["front", "back"]
    assert activities(found[0]) == [("back/get", 200, 500, 100)]


def test_internal_spans_inside_of_a_client_span_are_part_of_it(tmp_path):
    found, _, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "front", 100, 500, parent="a", kind="client"),
        span("c", "front", 150, 400, parent="b", kind="client", operation="http"),
        span("d", "back", 200, 300, parent="c", kind="server"),
    )
    assert activities(found[0]) == [("back/get", 100, 600, 200)]


def test_a_client_span_around_several_calls_is_looked_into(tmp_path):
    found, notes, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "front", 100, 800, parent="a", kind="client"),
        span("c", "front", 150, 200, parent="b", kind="client"),
        span("d", "back", 160, 180, parent="c", kind="server"),
        span("e", "back", 500, 300, parent="b", kind="server"),
    )
    assert activities(found[0]) == [("back/get", 150, 350, 20), ("back/get", 500, 800, 0)]
    assert notes == {("network time", "is"): 1}


@pytest.mark.parametrize(
    ("client", "server", "operation", "is_pair"),
    [
        ("compose_client", {}, "compose_server", True),
        ("ComposeClient", {}, "compose", False),
        ("rpc client", {}, "x", True),
        ("clients", {}, "x", False),
        ("compose", {}, "compose", True),
        ("compose", {"db.system": "redis"}, "x", True),
    ],
)
def test_sides_that_are_not_said(tmp_path, client, server, operation, is_pair):
    found, _, _ = run(
        tmp_path,
        span("a", "front", 0, 1000, operation="in"),
        span("b", "front", 100, 500, parent="a", operation=client, tags=server),
        span("c", "back", 150, 400, parent="b", operation=operation),
    )
    expected = (100, 600, 100) if is_pair else (150, 550, 0)
    assert activities(found[0]) == [(f"back/{operation}", *expected)]


def test_a_service_may_call_itself(tmp_path):
    for kinds in ((("client", "x"), ("server", "x")), ((None, "x_client"), (None, "x_server"))):
        (ckind, cname), (skind, sname) = kinds
        found, _, _ = run(
            tmp_path,
            span("a", "s", 0, 1000, kind="server", operation="in"),
            span("b", "s", 100, 500, parent="a", kind=ckind, operation=cname),
            span("c", "s", 150, 400, parent="b", kind=skind, operation=sname),
        )
        assert [(e.operation, activities(e)) for e in found] == [
            ("in", [(f"s/{sname}", 100, 600, 100)]),
            (sname, []),
        ]


def test_a_server_span_inside_of_a_server_span_is_the_same_execution(tmp_path):
    found, _, _ = run(
        tmp_path,
        span("a", "s", 0, 1000, kind="server"),
        span("b", "s", 100, 800, parent="a", kind="server", operation="controller"),
    )
    assert len(found) == 1


def test_a_root_that_is_a_client(tmp_path):
    found, _, _ = run(
        tmp_path,
        span("a", "gateway", 0, 1000, kind="client"),
        span("b", "front", 200, 600, parent="a", kind="server"),
    )
    assert activities(found[0]) == [("front/get", 0, 1000, 400)]
    assert (found[0].is_client, found[1].is_client) == (True, False)


def test_a_root_client_with_several_calls(tmp_path):
    found, _, _ = run(
        tmp_path,
        span("a", "cron", 0, 1000, kind="client"),
        span("b", "front", 200, 100, parent="a", kind="server"),
        span("c", "front", 400, 100, parent="a", kind="server"),
    )
    assert len(activities(found[0])) == 2


def test_what_is_asynchronous_is_left_out_with_all_below_it(tmp_path):
    found, notes, used = run(
        tmp_path,
        span("a", "front", 0, 1000, kind="server"),
        span("b", "front", 100, 50, parent="a", kind="producer"),
        span("c", "worker", 120, 5000, parent="b", kind="consumer"),
        span("d", "worker", 130, 10, parent="c", follows=True),
        span("e", "audit", 200, 5000, parent="a", follows=True),
        span("f", "audit", 300, 50, parent="e"),
    )
    assert [e.service for e in found] == ["front"]
    assert activities(found[0]) == [("/get", 100, 150, 0)]
    assert notes == {("span", "is"): 4}
    assert used["spans"] == 2


@pytest.mark.parametrize(
    ("start", "duration", "kept"),
    [
        (600, 400, (600, 1000)),
        (800, 300, (800, 1000)),
        (900, 200, (900, 1000)),
        (900, 300, None),
        (1000, 10, None),
        (1000, 0, (1000, 1000)),
        (1500, 0, None),
        (-50, 200, (0, 150)),
        (-500, 200, None),
    ],
)
def test_what_lies_for_more_than_half_outside_of_the_caller(tmp_path, start, duration, kept):
    found, notes, used = run(
        tmp_path,
        span("a", "front", 0, 1000, kind="server"),
        span("b", "front", start, duration, parent="a", kind="client"),
        span("c", "back", start, duration, parent="b", kind="server"),
    )
    assert activities(found[0]) == ([("back/get", *kept, 0)] if kept else [])
    assert len(found) == (2 if kept else 1)
    assert notes == ({} if kept else {("span", "lies"): 2})
    assert used["spans"] == (3 if kept else 1)


@pytest.mark.parametrize(
    ("start", "duration", "shifted"),
    [
        (100, 500, None),
        (-300, 500, (250, 750)),
        (5000, 500, (250, 750)),
        (501, 500, (250, 750)),
        (-300, 1500, (0, 1000)),
        (100, 1100, (100, 1000)),
        (100, 5000, "left out"),
    ],
)
def test_a_span_of_another_host_is_shifted_into_its_parent(tmp_path, start, duration, shifted):
    """The expectations are those of Jaeger's clock skew adjuster, by hand."""
    found, notes, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "back", start, duration, parent="a"),
        span("c", "back", start + 10, 100, parent="b", kind="client", operation="db"),
    )
    if shifted == "left out":
        assert len(found) == 1
        return
    start, end = shifted or (start, start + duration)
    assert activities(found[0]) == [("back/get", start, end, 0)]
    assert activities(found[1]) == [("/db", 10, 110, 0)], "what is below moves along"
    assert notes.get(("start time", "lies"), 0) == (0 if start == 100 else 1)


def test_a_skewed_server_below_a_client_span_changes_nothing_but_is_noted(tmp_path):
    found, notes, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "front", 100, 500, parent="a", kind="client"),
        span("c", "back", 9000, 400, parent="b", kind="server"),
    )
    assert activities(found[0]) == [("back/get", 100, 600, 100)]
    assert notes == {("start time", "lies"): 1}


def test_only_the_host_whose_clock_differs_is_shifted(tmp_path):
    """The clock of ``middle`` is 9000 ahead. Shifted back, it has ``last`` where it really was."""
    found, notes, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "middle", 9200, 600, parent="a"),
        span("c", "last", 300, 100, parent="b"),
        span("d", "middle", 9700, 50, parent="b", kind="client", operation="db"),
    )
    assert activities(found[0]) == [("middle/get", 200, 800, 0)]
    assert activities(found[1]) == [("last/get", 100, 200, 0), ("/db", 500, 550, 0)]
    assert notes["start time", "lies"] == 1


def test_a_server_that_takes_longer_than_its_client(tmp_path):
    found, notes, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "front", 100, 500, parent="a", kind="client", tags={"error": True}),
        span("c", "back", 150, 4000, parent="b", kind="server"),
    )
    assert activities(found[0]) == [("back/get", 100, 600, 0)]
    assert notes == {("network time", "is"): 1}


def test_errors(tmp_path):
    found, _, _ = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "front", 100, 100, parent="a", kind="client", tags={"error": True}),
        span("c", "back", 110, 50, parent="b", kind="server"),
        span("d", "back", 300, 50, parent="a", tags={"http.status_code": 500}),
        span("e", "back", 500, 50, parent="a"),
    )
    assert [a.error for a in found[0].activities] == [True, True, False]
    assert not found[0].error
    assert sorted(e.error for e in found) == [False, False, False, True]


def test_grpc_may_be_said_on_either_side(tmp_path):
    grpc = {"rpc.system": "grpc"}
    for client, server in ((grpc, {}), ({}, grpc)):
        found, _, _ = run(
            tmp_path,
            span("a", "front", 0, 1000),
            span("b", "front", 100, 100, parent="a", kind="client", tags=client),
            span("c", "back", 110, 50, parent="b", kind="server", tags=server),
        )
        assert [e.grpc for e in found] == [False, True]


def test_a_trace_without_root(tmp_path):
    spans = span("b", "front", 0, 1000, parent="gone"), span("c", "back", 1, 5, parent="b")
    found, notes, used = run(tmp_path, *spans)
    assert (found, notes, used["spans"]) == ([], {("trace", "has"): 1}, 0)
    found, notes, _ = run(tmp_path, *spans, accept_missing_root=True)
    assert [(e.service, e.is_root) for e in found] == [("front", True), ("back", False)]
    two = (*spans, span("d", "front", 0, 9, parent="gone as well"))
    assert run(tmp_path, *two, accept_missing_root=True)[0] == []


def test_why_a_trace_has_no_root(tmp_path):
    def why(*spans):
        tally = Tally()
        (one,) = read_traces([save(tmp_path, trace(*spans))])
        assert list(executions(one, tally)) == []
        (note,) = tally.unused
        return note.why

    assert why() == "has no usable span"
    assert why(span("a", "s", 0, 1, parent="x")) == "has no root span"
    circle = span("a", "s", 0, 1, parent="b"), span("b", "s", 0, 1, parent="a")
    assert why(*circle) == "has spans that are each other's parents"
    assert why(span("a", "s", 0, 1, parent="a")) == "has spans that are each other's parents"


def test_lost_parents_cost_what_is_below_them(tmp_path):
    found, notes, used = run(
        tmp_path,
        span("a", "front", 0, 1000),
        span("b", "back", 100, 100, parent="gone"),
        span("c", "back", 110, 10, parent="b", kind="client"),
        span("x", "back", 0, 1, parent="y"),
        span("y", "back", 0, 1, parent="x"),
    )
    assert [e.service for e in found] == ["front"]
    assert notes == {("span", "its"): 4}
    assert used["spans"] == 1


def test_several_roots_are_several_requests(tmp_path):
    found, _, _ = run(tmp_path, span("a", "front", 0, 1000), span("b", "front", 2000, 1000))
    assert [e.is_root for e in found] == [True, True]


def test_roots_that_are_not_wanted(tmp_path):
    spans = (
        span("a", "front", 0, 1000),
        span("b", "admin", 0, 1000),
        span("c", "db", 0, 10, parent="b"),
    )
    found, notes, used = run(tmp_path, *spans, keep=lambda root: root.service == "front")
    assert [e.service for e in found] == ["front"]
    assert notes == {("span", "is"): 2}
    assert used["spans"] == 1
    found, notes, _ = run(tmp_path, *spans, keep=lambda root: False)
    assert (found, notes) == ([], {("trace", "does"): 1})


def test_priorities_differ_and_are_the_same_tomorrow(tmp_path):
    spans = span("a", "front", 0, 1000), span("b", "back", 100, 100, parent="a")
    first = [e.priority for e in run(tmp_path, *spans)[0]]
    assert len(set(first)) == 2
    assert first == [e.priority for e in run(tmp_path, *spans)[0]]
    assert all(0 <= priority < 2**64 for priority in first)


def test_a_very_deep_trace(tmp_path):
    depth = 3000
    spans = [
        span(f"s{i}", f"service {i}", i, 10_000 - 2 * i, parent=f"s{i - 1}" if i else None)
        for i in range(depth)
    ]
    found, _, _ = run(tmp_path, *spans)
    assert len(found) == depth
    assert found[-1].activities == ()
    assert found[0].activities[0].key == Key("service 1", "get")

"""Goal: every form in which Jaeger hands out traces is read, and what is wrong with one span or one
trace costs only that and is noted.
Method: small exports by hand, one for each form and each fault; the samples of Jaeger's own tests
where they are present.
"""

import json

import pytest
from jaeger_traces import START_US, save, span, trace
from shared_data import shared

from meshsim.errors import InputError
from meshsim.inputs.import_report import Tally
from meshsim.inputs.jaeger_spans import read_traces

TIME_RULE = " must be a number of microseconds, zero or more"


def read(*paths, tally=None):
    return list(read_traces(paths, tally))


def read_one(folder, *spans, **more):
    (only,) = read(save(folder, trace(*spans, **more)))
    return only.spans


def saved(folder, text, name="file.json"):
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    return path


def notes(path):
    tally = Tally()
    traces = read(path, tally=tally)
    return traces, {(item.what, item.why): item for item in tally.unused}


def test_a_span(tmp_path):
    (only,) = read_one(tmp_path, span("a", "shop", 5, 30, operation="GET /", kind="server"))
    assert only.span_id == "a"
    assert only.parent_id == ""
    assert (only.service, only.operation, only.kind) == ("shop", "GET /", "server")
    assert only.start_ns == (START_US + 5) * 1000
    assert only.duration_ns == 30_000
    assert only.end_ns == only.start_ns + 30_000
    assert (only.error, only.outside, only.grpc, only.follows_from) == (False,) * 4


def test_the_process_may_be_listed_by_the_trace(tmp_path):
    listed = span("a", "", 0, 1, process=None, processID="p1")
    whole = {**trace(listed), "processes": {"p1": {"serviceName": "shop", "tags": []}}}
    (only,) = read(save(tmp_path, whole))
    assert only.spans[0].service == "shop"


@pytest.mark.parametrize(
    ("tags", "facts"),
    [
        ({"error": True}, "e"),
        ({"error": "true"}, "e"),
        ({"error": False}, ""),
        ({"error": "false"}, ""),
        ({"http.status_code": 503}, "e"),
        ({"http.status_code": "500"}, "e"),
        ({"http.response.status_code": 502}, "e"),
        ({"http.status_code": 404}, ""),
        ({"http.status_code": 5}, ""),
        ({"otel.status_code": "ERROR"}, "e"),
        ({"otel.status_code": "OK"}, ""),
        ({"db.system": "redis"}, "o"),
        ({"peer.service": "cache"}, "o"),
        ({"rpc.system": "grpc"}, "g"),
        ({"component": "gRPC"}, "g"),
        ({"component": "nginx"}, ""),
        ({"span.kind": "SERVER"}, "k"),
        ({"span.kind": "strange"}, ""),
    ],
)
def test_tags(tmp_path, tags, facts):
    (only,) = read_one(tmp_path, span("a", "shop", 0, 1, tags=tags))
    assert only.error == ("e" in facts)
    assert only.outside == ("o" in facts)
    assert only.grpc == ("g" in facts)
    assert only.kind == ("server" if "k" in facts else "")


def test_tags_that_are_none(tmp_path):
    odd = [None, {"key": 5}, {"key": "error"}, {"key": "error", "value": True}]
    (only,) = read_one(tmp_path, span("a", "shop", 0, 1) | {"tags": odd})
    assert not only.error, "the first of equal keys counts"
    (only,) = read_one(tmp_path, span("a", "shop", 0, 1) | {"tags": None})
    assert only.kind == ""


def reference(span_id, kind="CHILD_OF", trace_id="t1"):
    return {"refType": kind, "traceID": trace_id, "spanID": span_id}


@pytest.mark.parametrize(
    ("references", "parent"),
    [
        ([], ("", False)),
        (None, ("", False)),
        ([None, "a"], ("", False)),
        ([reference("a")], ("a", False)),
        ([reference("a", "FOLLOWS_FROM")], ("a", True)),
        ([reference("a", "FOLLOWS_FROM"), reference("b")], ("b", False)),
        ([reference("a"), reference("b")], ("a", False)),
        ([reference("a", trace_id="t2")], ("", False)),
        ([reference("a", trace_id="t2"), reference("b")], ("b", False)),
        ([reference("a", trace_id="000t1")], ("a", False)),
        ([reference("a") | {"span": {"spanID": "inner"}}], ("a", False)),
        ([{"refType": "CHILD_OF", "spanID": "a"}], ("a", False)),
    ],
)
def test_parents(tmp_path, references, parent):
    (only,) = read_one(tmp_path, span("z", "shop", 0, 1) | {"references": references})
    assert (only.parent_id, only.follows_from) == parent


def test_the_parent_of_old_exports(tmp_path):
    (only,) = read_one(tmp_path, span("z", "shop", 0, 1, parentSpanID="a"))
    assert only.parent_id == "a"
    (only,) = read_one(tmp_path, span("z", "shop", 0, 1, parentSpanID=7))
    assert only.parent_id == ""


def test_text_is_cleaned(tmp_path):
    (only,) = read_one(tmp_path, span("a", "sh\u0000op ü", 0, 1, operation=" SELECT\n 1 \ud800"))
    assert only.service == "sh op ü"
    assert only.operation == "SELECT 1"


def test_times_may_be_fractions(tmp_path):
    (only,) = read_one(tmp_path, span("a", "shop", 0, 12.5))
    assert only.duration_ns == 12_500


@pytest.mark.parametrize(
    ("change", "why", "value"),
    [
        ({"startTime": "now"}, "startTime" + TIME_RULE, "'now'"),
        ({"startTime": True}, "startTime" + TIME_RULE, "True"),
        ({"startTime": -1}, "startTime" + TIME_RULE, "-1"),
        ({"duration": -5}, "duration" + TIME_RULE, "-5"),
        ({"duration": None}, "duration" + TIME_RULE, "None"),
        (
            {"duration": 2**60},
            "duration" + TIME_RULE,
            str(2**60),
        ),
        (
            {"duration": float("nan")},
            "duration" + TIME_RULE,
            "nan",
        ),
        ({"spanID": ""}, "spanID must be text that is not empty", ""),
        ({"spanID": 7}, "spanID must be text that is not empty", "7"),
        ({"operationName": None}, "operationName must be text that is not empty", "None"),
        ({"process": None}, "processID must name one of the trace's processes", "None"),
        ({"process": {"serviceName": " "}}, "serviceName must be text that is not empty", ""),
        (
            {"references": [reference(5)]},
            "spanID must be text that is not empty",
            "5",
        ),
    ],
)
def test_a_broken_span_is_noted_and_the_others_are_read(tmp_path, change, why, value):
    good = span("good", "shop", 0, 1)
    (only,), noted = notes(save(tmp_path, trace(span("bad", "shop", 0, 1) | change, good)))
    assert [s.span_id for s in only.spans] == ["good"]
    note = noted["span", why]
    assert note.count == 1
    assert note.example == f"traces.json data[0] trace t1 spans[0]: {value}"


def test_broken_spans_of_a_kind_are_one_note(tmp_path):
    _, noted = notes(save(tmp_path, trace(None, [], "x", span("a", "s", 0, 1))))
    assert noted["span", "must be an object"].count == 3


@pytest.mark.parametrize(
    ("element", "why", "example"),
    [
        (5, "must be an object with the key spans", "5"),
        ({"traceID": "t"}, "must have the key spans", "traceID"),
        ({}, "must have the key spans", "{}"),
        ({"spans": 5}, "spans must be a list", "5"),
        ({"resourceSpans": []}, "it is OTLP, not Jaeger's format; ask", "resourceSpans"),
        ({"localEndpoint": {}}, "it is Zipkin's format; ask", "localEndpoint"),
        ({"callCount": 1}, "it lists dependencies, not traces; ask", "callCount"),
    ],
)
def test_a_broken_trace_is_noted_and_the_others_are_read(tmp_path, element, why, example):
    traces, noted = notes(save(tmp_path, element, trace(span("a", "s", 0, 1))))
    assert len(traces) == 1
    (note,) = noted.values()
    assert note.what == "trace"
    assert note.why.startswith(why)
    assert note.example == f"traces.json data[0]: {example}"


def test_an_error_of_the_server_is_quoted(tmp_path):
    answer = {"data": None, "errors": [{"code": 404, "msg": "trace not found"}]}
    traces, noted = notes(saved(tmp_path, answer))
    assert not traces
    (note,) = noted.values()
    assert "trace not found" in note.example


@pytest.mark.parametrize("form", ["list", "single", "lines", "answers", "spans", "span lines"])
def test_forms(tmp_path, form):
    first = [span("a", "s", 0, 9), span("b", "s", 1, 2, parent="a")]
    second = [span("a", "s", 0, 9, trace_id="t2")]
    traces = [trace(*first), trace(*second, trace_id="t2")]
    text = {
        "list": json.dumps(traces),
        "single": json.dumps(traces[0]) + json.dumps(traces[1]),
        "lines": "\n".join(map(json.dumps, traces)),
        "answers": "\n".join(json.dumps({"data": [t], "errors": None}) for t in traces),
        "spans": json.dumps([*first, *second]),
        "span lines": "\n".join(map(json.dumps, [*first, *second])),
    }[form]
    found = read(saved(tmp_path, text))
    assert [(t.trace_id, len(t.spans)) for t in found] == [("t1", 2), ("t2", 1)]


def test_single_spans_between_traces(tmp_path):
    mixed = [span("a", "s", 0, 9), trace(span("b", "s", 0, 9, trace_id="t2"), trace_id="t2")]
    found = read(saved(tmp_path, mixed))
    assert [(t.trace_id, t.where) for t in found] == [
        ("t1", "file.json [0]"),
        ("t2", "file.json [1]"),
    ]


def test_a_trace_that_comes_again_is_counted_once(tmp_path):
    one = trace(span("a", "s", 0, 9))
    paths = [save(tmp_path, one, one, name="a.json"), save(tmp_path, one, name="b.json")]
    tally = Tally()
    assert len(read(*paths, tally=tally)) == 1
    (note,) = tally.unused
    assert (note.count, note.why) == (2, "has the id of an earlier one, and is counted once")


def test_traces_without_an_id_are_all_read(tmp_path):
    anonymous = trace(span("a", "s", 0, 9)) | {"traceID": None}
    assert len(read(save(tmp_path, anonymous, anonymous))) == 2


def test_all_broken_files_are_reported_after_the_good_ones(tmp_path):
    good = save(tmp_path, trace(span("a", "s", 0, 9)))
    paths = [saved(tmp_path, "[1", "a.json"), good, saved(tmp_path, "x", "b.json"), tmp_path]
    found = []
    with pytest.raises(InputError) as caught:
        found.extend(read_traces(paths))
    assert len(found) == 1
    assert {p.place.file for p in caught.value.problems} == {str(p) for p in paths if p != good}


@pytest.mark.parametrize(
    ("file", "spans"),
    [
        ("otlp2jaeger-out.json", [2]),
        ("trace_success.json", [2]),
        ("ui_01.json", [5]),
        ("otlp2jaeger-in.json", []),
        ("example_trace.json", []),
    ],
)
def test_samples_of_jaegers_own_tests(file, spans):
    found = read(shared(f"data/samples/jaeger/{file}"))
    assert [len(t.spans) for t in found] == spans

"""Reads Jaeger's trace exports into traces, one at a time.

The format is what Jaeger's query service answers at ``/api/traces`` and what its user interface
saves (https://www.jaegertracing.io/docs/latest/architecture/apis/, "Internal HTTP JSON"; the Go
structures are in jaegertracing/jaeger, internal/uimodel/model.go): ``{"data": [trace, ...]}`` with
times in microseconds. Also read are a bare list of traces, one trace, spans one by one as Jaeger
stores them in Elasticsearch (adjacent spans of one trace id make a trace), and lines of any of
these. What is wrong with one span or one trace is noted in the tally and passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from meshsim.errors import InputError, Problem, shorten
from meshsim.inputs.import_report import Tally
from meshsim.inputs.json_stream import Element, elements
from meshsim.inputs.traces import Kind, Span, Trace, fingerprint

SEEN_BEFORE = "has the id of an earlier one, and is counted once"

_TIME_US_MAX = 2**53  # the largest whole number that every JSON reader keeps; the year 2255
_KINDS = frozenset(get_args(Kind))
_STATUS_TAGS = ("http.status_code", "http.response.status_code")
_OUTSIDE_TAGS = ("db.system", "db.system.name", "db.type", "db.instance", "peer.service")
_FOREIGN_KEYS = {
    "resourceSpans": "it is OTLP, not Jaeger's format; ask Jaeger's /api/traces for it",
    "localEndpoint": "it is Zipkin's format; ask Jaeger's /api/traces for it",
    "callCount": "it lists dependencies, not traces; ask Jaeger's /api/traces",
}


class _Broken(Exception):  # noqa: N818 - a reason to pass over a span or a trace
    """A span or a trace that cannot be used: the rule that it breaks, and the value."""

    def __init__(self, rule: str, value: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.value = shorten(_clean(str(value)))


class _Raw(NamedTuple):
    """A trace as the file has it."""

    trace_id: str
    spans: Sequence[object]
    processes: Mapping[str, Any]
    where: str


def read_traces(
    paths: Sequence[Path], tally: Tally | None = None, seen: set[int] | None = None
) -> Iterator[Trace]:
    """The traces of some files, in their order; a trace is in memory only while it is looked at.

    What cannot be used is noted in ``tally``. Traces whose ids have their fingerprints in ``seen``
    are passed over, and new ones are added to it. Raises InputError after the last file, with all
    files that cannot be read or are not JSON.
    """
    tally = Tally() if tally is None else tally
    problems: list[Problem] = []
    seen = set() if seen is None else seen
    for path in paths:
        try:
            for raw in _raw_traces(path, tally):
                if _is_new(raw, seen, tally):
                    yield Trace(raw.trace_id, tuple(_spans(raw, tally)), raw.where)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _is_new(raw: _Raw, seen: set[int], tally: Tally) -> bool:
    if not raw.trace_id:
        return True
    known = len(seen)
    seen.add(fingerprint(raw.trace_id))
    if len(seen) > known:
        return True
    tally.skip("trace", SEEN_BEFORE, _example(raw))
    return False


def _raw_traces(path: Path, tally: Tally) -> Iterator[_Raw]:
    """The traces of one file; adjacent single spans of one trace id are put together."""
    gathered: list[object] = []
    gathered_id, gathered_where = "", ""
    for element in elements(path, under="data"):
        where = f"{path.name} {element.where}"
        single_id = _id_of_single_span(element.value)
        if gathered and single_id != gathered_id:
            yield _Raw(gathered_id, gathered, {}, gathered_where)
            gathered = []
        if single_id:
            gathered_where = gathered_where if gathered else where
            gathered_id = single_id
            gathered.append(element.value)
            continue
        try:
            yield _raw_trace(element, where)
        except _Broken as broken:
            tally.skip("trace", broken.rule, f"{where}: {broken.value}")
    if gathered:
        yield _Raw(gathered_id, gathered, {}, gathered_where)


def _id_of_single_span(value: object) -> str:
    """The trace id of a span that stands without a trace around it; empty for all else."""
    if isinstance(value, dict) and "spanID" in value and isinstance(value.get("traceID"), str):
        return str(value["traceID"])
    return ""


def _raw_trace(element: Element, where: str) -> _Raw:
    value = element.value
    if not isinstance(value, dict):
        raise _Broken("must be an object with the key spans", value)
    if "spans" not in value:
        foreign = [text for key, text in _FOREIGN_KEYS.items() if key in value]
        message = value.get("errors") or ", ".join(value) or "{}"
        raise _Broken((foreign or ["must have the key spans"])[0], message)
    spans, processes = value["spans"], value.get("processes")
    if not isinstance(spans, list):
        raise _Broken("spans must be a list", spans)
    trace_id = value.get("traceID")
    trace_id = trace_id if isinstance(trace_id, str) else ""
    return _Raw(trace_id, spans, processes if isinstance(processes, dict) else {}, where)


def _spans(raw: _Raw, tally: Tally) -> Iterator[Span]:
    for index, value in enumerate(raw.spans):
        try:
            yield _span(value, raw)
        except _Broken as broken:
            example = f"{_example(raw)} spans[{index}]: {broken.value}"
            tally.skip("span", broken.rule, example)


def _span(value: object, raw: _Raw) -> Span:
    """One span. Raises _Broken."""
    if not isinstance(value, dict):
        raise _Broken("must be an object", value)
    span_id = _text(value, "spanID")
    parent_id, follows_from = _parent(value)
    tags = _tags(value.get("tags"))
    kind = str(tags.get("span.kind", "")).lower()
    return Span(
        span_id=span_id,
        parent_id=parent_id,
        follows_from=follows_from,
        service=_service(value, raw.processes),
        operation=_text(value, "operationName"),
        start_ns=_time_ns(value, "startTime"),
        duration_ns=_time_ns(value, "duration"),
        kind=cast(Kind, kind if kind in _KINDS else ""),
        error=_is_error(tags),
        outside=any(key in tags for key in _OUTSIDE_TAGS),
        grpc="grpc" in f"{tags.get('rpc.system', '')} {tags.get('component', '')}".lower(),
    )


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    if not isinstance(text, str) or not _clean(text):
        raise _Broken(f"{key} must be text that is not empty", text)
    return _clean(text)


def _clean(text: str) -> str:
    """Without line breaks, control characters and halves of surrogate pairs."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(visible.split())


def _time_ns(value: Mapping[str, Any], key: str) -> int:
    time_us = value.get(key)
    rule = f"{key} must be a number of microseconds, zero or more"
    if isinstance(time_us, bool) or not isinstance(time_us, int | float):
        raise _Broken(rule, repr(time_us))
    if not math.isfinite(time_us) or not 0 <= time_us <= _TIME_US_MAX:
        raise _Broken(rule, time_us)
    return round(time_us * 1000)


def _service(value: Mapping[str, Any], processes: Mapping[str, Any]) -> str:
    """The service of the span's process, which the trace lists or the span carries itself."""
    process = processes.get(str(value.get("processID"))) or value.get("process")
    if not isinstance(process, dict):
        raise _Broken("processID must name one of the trace's processes", value.get("processID"))
    return _text(process, "serviceName")


def _parent(value: Mapping[str, Any]) -> tuple[str, bool]:
    """Id of the parent, and whether it did not wait: the first CHILD_OF, or else FOLLOWS_FROM.

    References into other traces are links, which say nothing about who waited for whom.
    """
    references = value.get("references")
    listed = references if isinstance(references, list) else []
    own_id = _number(value.get("traceID"))
    own = [r for r in listed if isinstance(r, dict) and _number(r.get("traceID")) in (own_id, "")]
    for kind in ("CHILD_OF", "FOLLOWS_FROM"):
        for reference in own:
            if str(reference.get("refType")).upper() == kind:
                return _text(reference, "spanID"), kind == "FOLLOWS_FROM"
    parent_id = value.get("parentSpanID")
    return (_clean(parent_id) if isinstance(parent_id, str) else ""), False


def _number(trace_id: object) -> str:
    """A trace id without the zeros that some tracers pad it with."""
    return trace_id.lstrip("0") if isinstance(trace_id, str) else ""


def _tags(value: object) -> Mapping[str, object]:
    """The tags by key; the first of equal ones counts."""
    tags: dict[str, object] = {}
    for tag in value if isinstance(value, list) else []:
        if isinstance(tag, dict) and isinstance(tag.get("key"), str):
            tags.setdefault(tag["key"], tag.get("value"))
    return tags


def _is_error(tags: Mapping[str, object]) -> bool:
    if str(tags.get("error", "")).lower() == "true":
        return True
    if str(tags.get("otel.status_code", "")).upper() == "ERROR":
        return True
    statuses = (str(tags.get(key, "")) for key in _STATUS_TAGS)
    return any(len(status) == 3 and status.startswith("5") for status in statuses)


def _example(raw: _Raw) -> str:
    return f"{raw.where} trace {_clean(raw.trace_id) or 'without id'}"

"""Traces for tests: spans by hand, and whole exports made from a plan of what services do.

A plan of an endpoint is a :class:`Does`; its steps are microseconds of own time, a :class:`Call`, a
:class:`Wait`, or a :class:`Parallel` of such lists. From it ``spans_of`` makes the spans that a
well instrumented system would send, with exact times.
"""

import itertools
import json
from dataclasses import dataclass, field

from meshsim.inputs.import_options import ImportOptions
from meshsim.inputs.jaeger import import_jaeger
from meshsim.model.callgraph import call_graph, written

START_US = 1_700_000_000_000_000


def span(
    span_id,
    service,
    start,
    duration,
    *,
    parent=None,
    operation="get",
    kind=None,
    follows=False,
    tags=None,
    trace_id="t1",
    **more,
):
    """One span of an export, its process inside; ``start`` counts from START_US [µs]."""
    listed = {"span.kind": kind} if kind else {}
    reference = {"traceID": trace_id, "spanID": parent}
    reference["refType"] = "FOLLOWS_FROM" if follows else "CHILD_OF"
    whole = {
        "traceID": trace_id,
        "spanID": span_id,
        "operationName": operation,
        "references": [reference] if parent else [],
        "startTime": START_US + start,
        "duration": duration,
        "tags": [{"key": k, "value": v} for k, v in {**listed, **(tags or {})}.items()],
        "process": {"serviceName": service, "tags": []},
    }
    return {**whole, **more}


def trace(*spans, trace_id="t1"):
    return {"traceID": trace_id, "spans": list(spans), "processes": {}}


def save(folder, *traces, name="traces.json"):
    """An export with these traces, as Jaeger answers it."""
    path = folder / name
    text = json.dumps({"data": list(traces), "total": 0, "limit": 0, "errors": None})
    path.write_text(text, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Does:
    """What an endpoint does."""

    service: str
    steps: tuple = ()
    operation: str = "get"


@dataclass(frozen=True)
class Call:
    """A call through a client span that lasts ``network`` µs longer than the server's."""

    to: Does
    network: int = 100


@dataclass(frozen=True)
class Wait:
    """A client span to something without spans of its own."""

    operation: str
    duration: int


@dataclass(frozen=True)
class Parallel:
    """Lists of steps at the same time."""

    branches: tuple


@dataclass
class _Maker:
    trace_id: str
    spans: list = field(default_factory=list)
    ids: itertools.count = field(default_factory=lambda: itertools.count(1))

    def endpoint(self, plan, start, parent):
        """Add the spans of an execution; returns its end."""
        own = f"s{next(self.ids)}"
        end = self.steps(plan, plan.steps, start, own)
        self.add(own, plan, start, end, parent, plan.operation, "server")
        return end

    def steps(self, plan, steps, now, own):
        for step in steps:
            now = self.step(plan, step, now, own)
        return now

    def step(self, plan, step, now, own):
        match step:
            case int():
                return now + step
            case Wait():
                self.add(
                    f"w{next(self.ids)}",
                    plan,
                    now,
                    now + step.duration,
                    own,
                    step.operation,
                    "client",
                )
                return now + step.duration
            case Call():
                client = f"c{next(self.ids)}"
                end = self.endpoint(step.to, now + step.network // 2, client)
                end += step.network - step.network // 2
                self.add(client, plan, now, end, own, f"call {step.to.operation}", "client")
                return end
            case Parallel():
                return max(self.steps(plan, branch, now, own) for branch in step.branches)

    def add(self, span_id, plan, start, end, parent, operation, kind):
        self.spans.append(
            span(
                span_id,
                plan.service,
                start,
                end - start,
                parent=parent,
                operation=operation,
                kind=kind,
                trace_id=self.trace_id,
            )
        )


def trace_of(plan, number=1, start=0):
    """A trace of one request; ``number`` makes its id."""
    trace_id = f"{number:016x}"
    maker = _Maker(trace_id)
    maker.endpoint(plan, start, None)
    return trace(*maker.spans, trace_id=trace_id)


def duration_of(steps):
    """How long steps take [µs]."""
    total = 0
    for step in steps:
        match step:
            case int():
                total += step
            case Wait():
                total += step.duration
            case Call():
                total += step.network + duration_of(step.to.steps)
            case Parallel():
                total += max(duration_of(branch) for branch in step.branches)
    return total


def imported(folder, *plans, **options):
    """Import the traces of plans, one request a second."""
    traces = [trace_of(plan, n, n * 1_000_000) for n, plan in enumerate(plans, start=1)]
    return import_jaeger([save(folder, *traces)], ImportOptions(**options))


def graph(topology):
    """Calls per execution by ``caller`` and ``callee``."""
    calls = call_graph(topology).calls
    return {(written(a), written(b)): calls[a][b] for a in calls for b in calls[a]}


BACK = Does("back", (200,))
CACHE = Does("cache", (30,))
FRONT = Does("front", (100, Call(BACK), 50, Wait("SELECT", 400)))
MIXED = Does(
    "front",
    (
        100,
        Parallel(((Call(BACK, 300), 20, Call(CACHE)), (Wait("SELECT", 900),), (30, Call(CACHE)))),
        70,
        Call(Does("cart", (40, Call(CACHE, 150), Call(CACHE, 150), Call(CACHE, 150)))),
    ),
)

"""A mesh in readable form: the way of a request, every number with its source, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from meshsim.model.mesh import ControlPlaneComponent, Mesh, Proxy, ProxyResources
from meshsim.model.mesh_validation import proxy_chooses
from meshsim.model.sourced import Source
from meshsim.model.topology import ResourceAmounts
from meshsim.reports.assumptions import Assumption, assumptions
from meshsim.reports.phrases import counted
from meshsim.reports.text_tables import heading, one_line, paragraph, point
from meshsim.units import print_duration, print_percentage, show_cpu, show_memory

_SCOPES = {
    "pod": "one in every pod",
    "node": "one on every node",
    "service": "one set per service",
    "namespace": "one set per namespace",
    "cluster": "in the cluster",
}
_STEP = 4


def mesh_parts(mesh: Mesh) -> Iterator[RenderableType]:
    """The parts of the explanation, from what it is to where its numbers come from."""
    yield heading("", f"{mesh.title} ({mesh.name})")
    yield paragraph(f"{mesh.product}, {mesh.version}")
    yield paragraph(f"\n{_flowing(mesh.about)}\n")
    yield from _path(mesh)
    yield from _proxies(mesh)
    yield from _policies(mesh)
    yield from _numbers(mesh)
    if mesh.limits:
        yield heading("not modelled")
        yield from (point(limit) for limit in mesh.limits)
        yield paragraph("")
    yield from _sources(mesh)


def sources_of(mesh: Mesh) -> list[Source]:
    """The sources in the order of the file; their numbers in brackets count from 1."""
    return list(mesh.sources.values())


def source_words(source: Source) -> str:
    """Title, version, machine, date and place of a source."""
    machine = f"measured on: {source.hardware}" if source.hardware else ""
    facts = [source.title, source.version, machine, source.date, source.where]
    return "; ".join(_flowing(fact) for fact in facts if fact)


def path_words(steps: Sequence[str], start: str, end: str) -> str:
    """``caller → sidecar (caller) → sidecar (callee) → callee``."""
    hops = [f"{proxy} ({side})" for side, _, proxy in (step.partition(".") for step in steps)]
    return " → ".join([start, *hops, end])


def policy_words(mesh: Mesh) -> list[str]:
    """What the product does unasked, one fact each."""
    policies = mesh.policies
    facts = [f"mutual TLS: {policies.mtls}", *_call_policy_words(mesh)]
    if policies.connect_timeout is not None:
        facts.append(f"connect timeout: {print_duration(policies.connect_timeout)}")
    for name, number in (
        ("max connections", policies.max_connections),
        ("max pending requests", policies.max_pending_requests),
        ("max requests", policies.max_requests),
    ):
        if number is not None:
            facts.append(f"{name}: {number:,}")
    outliers = policies.outlier_detection
    if outliers is not None and outliers.enabled:
        facts.append(
            f"outlier detection: {outliers.consecutive_5xx} errors in a row eject a host for "
            f"{print_duration(outliers.base_ejection_time)}, at most "
            f"{print_percentage(outliers.max_ejection)} of them"
        )
    elif outliers is not None:
        facts.append("outlier detection: off unless asked for")
    return facts


def _call_policy_words(mesh: Mesh) -> Iterator[str]:
    """Retries and the request's time-out, and whether they are in force."""
    paths = (mesh.path.inside, mesh.path.entry)
    kept = any(proxy_chooses(mesh, path) for path in paths)
    in_force = "in force" if kept else "not in force: no proxy chooses the pod"
    retries, timeout_s = mesh.policies.retries, mesh.policies.request_timeout
    if retries is not None:
        on = ", ".join(retries.retry_on) or "nothing"
        number = counted(retries.attempts, "retry", "retries")
        # A proxy's try ends with an answer or with the whole call: errors alone are tried again.
        happens = retries.attempts > 0 and "5xx" in retries.retry_on
        state = in_force if happens else "never happens here"
        yield f"{number} on {on}, from {print_duration(retries.base_interval)} on ({state})"
    if timeout_s is not None:
        yield f"request timeout: {print_duration(timeout_s)} ({in_force})"


def _path(mesh: Mesh) -> Iterator[RenderableType]:
    yield heading("the way of a request")
    yield paragraph(f"inside the mesh: {path_words(mesh.path.inside, 'caller', 'callee')}")
    yield paragraph(f"from outside:    {path_words(mesh.path.entry, 'clients', 'service')}")
    yield paragraph("")


def _proxies(mesh: Mesh) -> Iterator[RenderableType]:
    for proxy in mesh.proxies:
        yield heading("proxy", proxy.name)
        yield from (point(fact) for fact in _proxy_facts(proxy))
        yield paragraph("")
    for part in mesh.control_plane:
        yield heading("control plane", part.name)
        yield from (point(fact) for fact in _control_plane_facts(part))
        yield paragraph("")


def _proxy_facts(proxy: Proxy) -> Iterator[str]:
    balancing = proxy.load_balancing
    choices = f" of {balancing.choices}" if balancing.policy == "least_request" else ""
    per = "request" if proxy.layer == 7 else "connection"
    yield f"{_SCOPES[proxy.scope]}; layer {proxy.layer}"
    yield f"chooses a pod per {per}: {balancing.policy}{choices}"
    if balancing.note:
        yield _flowing(balancing.note)
    yield f"new connections go to its worker threads: {_BALANCE[proxy.connection_balance]}"
    yield from _resource_facts(proxy.resources)


_BALANCE = {"exact": "in turn", "random": "at random"}


def _control_plane_facts(part: ControlPlaneComponent) -> Iterator[str]:
    replicas = counted(part.replicas, "replica") if part.scope == "cluster" else ""
    yield "; ".join(filter(None, (_SCOPES[part.scope], replicas)))
    yield from _resource_facts(part.resources)


def _resource_facts(resources: ProxyResources) -> Iterator[str]:
    yield f"requests {_amounts(resources.requests)}; limits {_amounts(resources.limits)}"
    if resources.note:
        yield _flowing(resources.note)


def _amounts(amounts: ResourceAmounts) -> str:
    words = []
    if amounts.cpu is not None:
        words.append(f"{show_cpu(amounts.cpu)} CPU")
    if amounts.memory is not None:
        words.append(f"{show_memory(amounts.memory)} memory")
    return " and ".join(words) or "none"


def _policies(mesh: Mesh) -> Iterator[RenderableType]:
    yield heading("what the product does unasked (to read, but for what is in force)")
    yield from (point(fact) for fact in policy_words(mesh))
    if mesh.policies.note:
        yield point(_flowing(mesh.policies.note))
    yield paragraph("")


def _numbers(mesh: Mesh) -> Iterator[RenderableType]:
    """One line for each number, its note below."""
    numbers = assumptions(mesh)
    name_width = max(len(number.name) for number in numbers)
    yield heading("every number it rests on: value, range, origin, source")
    for number in numbers:
        name = number.name.ljust(name_width)
        value, around = number.value.rjust(8), number.range.ljust(22)
        words = f"{name} {value}  {around} {number.origin} {_mark(number, mesh)}".rstrip()
        yield one_line(words)
        if number.note:
            yield Padding(Text(number.note, style="dim"), (0, 0, 0, _STEP))
    yield paragraph("")


def _mark(number: Assumption, mesh: Mesh) -> str:
    if number.source is None:
        return ""
    return f"[{sources_of(mesh).index(number.source) + 1}]"


def _sources(mesh: Mesh) -> Iterator[RenderableType]:
    if not mesh.sources:
        return
    yield heading("sources")
    for position, source in enumerate(sources_of(mesh), start=1):
        yield Text(f"[{position}] {source_words(source)}")


def _flowing(text: str) -> str:
    return " ".join(text.split())

"""A mesh in readable form: the way of a request, every number with its source, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from meshsim.model.control_plane import ControlPlaneScaling
from meshsim.model.mesh import (
    ControlPlaneComponent,
    EncryptionCost,
    FilterCost,
    FittedRange,
    Mesh,
    PassageCost,
    Proxy,
    ProxyResources,
)
from meshsim.model.mesh_validation import proxy_chooses
from meshsim.model.sourced import Source
from meshsim.model.topology import ResourceAmounts
from meshsim.reports.assumptions import Assumption, assumptions
from meshsim.reports.phrases import counted
from meshsim.reports.text_tables import heading, one_line, paragraph, point
from meshsim.units import (
    print_duration,
    print_percentage,
    print_rate,
    print_size,
    show_cpu,
    show_duration,
    show_memory,
)

_SCOPES = {
    "pod": "one in every pod",
    "node": "one on every node",
    "service": "one set per service",
    "namespace": "one set per namespace",
    "cluster": "in the cluster",
}
_STEP = 4
_NAME_WIDTH_MAX = 46


def mesh_parts(mesh: Mesh) -> Iterator[RenderableType]:
    """The parts of the explanation, from what it is to where its numbers come from."""
    yield heading("", f"{mesh.title} ({mesh.name})")
    yield paragraph(f"{mesh.product}, {mesh.version}")
    yield paragraph(f"\n{_flowing(mesh.about)}\n")
    yield from _path(mesh)
    yield from _stalls(mesh)
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


def _stalls(mesh: Mesh) -> Iterator[RenderableType]:
    stalls = mesh.stalls
    if stalls is None:
        return
    chance, length = stalls.probability.value, stalls.length.value
    yield heading("the machine")
    yield point(
        f"holds up {print_percentage(chance)} of the batches of a worker, "
        f"for {show_duration(length)} in the mean"
    )
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
    yield from cost_words(proxy.cost)
    yield from _resource_facts(proxy.resources)


def cost_words(cost: PassageCost) -> Iterator[str]:
    """What a passage costs beyond its protocol, and where the numbers hold; one fact each."""
    if cost.tls is not None:
        yield f"encryption: {_each(cost.tls)} for each encrypted connection of a passage"
    yield from _opening_words(cost)
    on = [feature for feature in cost.filters if feature.enabled]
    off = [feature for feature in cost.filters if not feature.enabled]
    for feature in on:
        about = f"; {_flowing(feature.about)}" if feature.about else ""
        yield f"filter {feature.name}, on: {_each(feature)}{about}"
    if off:
        yield f"filters, off: {', '.join(f'{one.name} {_each(one)}' for one in off)}"
    yield _fitted_words(cost.fitted_range)


def _opening_words(cost: PassageCost) -> Iterator[str]:
    """What a new connection costs each of its ends; nothing if it is free."""
    words = []
    if cost.connect is not None:
        words.append(show_duration(cost.connect.value))
    if cost.handshake is not None:
        words.append(f"{show_duration(cost.handshake.value)} for the handshake of an encrypted one")
    if words:
        yield f"a new connection, at each end: {' and '.join(words)}"


def _each(cost: EncryptionCost | FilterCost) -> str:
    """``2 µs per request and 300 ns per KiB``; a cost per KiB only where there is one."""
    words = f"{show_duration(cost.per_request.value)} per request"
    if cost.per_kib is None:
        return words
    return f"{words} and {show_duration(cost.per_kib.value)} per KiB"


def _fitted_words(fitted: FittedRange | None) -> str:
    if fitted is None:
        return "its costs were not fitted to measurements, or it is not known to which"
    (slow, fast), (small, large) = fitted.requests_per_worker, fitted.body
    return (
        f"its costs were fitted on {print_rate(slow)} to {print_rate(fast)} per worker thread and "
        f"bodies of {print_size(small)} to {print_size(large)}; outside they are extrapolated"
    )


_BALANCE = {"exact": "in turn", "random": "at random"}


def _control_plane_facts(part: ControlPlaneComponent) -> Iterator[str]:
    replicas = counted(part.replicas, "replica") if part.scope == "cluster" else ""
    yield "; ".join(filter(None, (_SCOPES[part.scope], replicas)))
    yield from _resource_facts(part.resources)
    if part.scaling is not None:
        yield from _scaling_facts(part.scaling)


def _scaling_facts(scaling: ControlPlaneScaling) -> Iterator[str]:
    """When it pushes, signs and gets more replicas."""
    push, certificates, replicas = scaling.push, scaling.certificates, scaling.autoscaling
    if push is not None:
        yield (
            f"pushes after {show_duration(push.debounce_after)} of quiet, at the latest after "
            f"{show_duration(push.debounce_max)}; to {push.slots_base} proxies at once and "
            f"{push.slots_per_core} more per core, at most {push.slots_max}; connections are "
            f"renewed after {show_duration(push.connection_age)}"
        )
        if push.note:
            yield _flowing(push.note)
    if certificates is not None:
        yield (
            f"certificates last {show_duration(certificates.lifetime)} and are renewed at "
            f"{print_percentage(certificates.renewed_at)} of that, "
            f"give or take {print_percentage(certificates.jitter)}"
        )
    if replicas is not None:
        yield (
            f"{replicas.replicas_min} to {replicas.replicas_max} replicas, by CPU at "
            f"{print_percentage(replicas.cpu_target)} of the request"
        )


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
    """One line for each number, its note below; a long name has a line of its own."""
    numbers = assumptions(mesh)
    name_width = min(_NAME_WIDTH_MAX, max(len(number.name) for number in numbers))
    yield heading("every number it rests on: value, range, origin, source")
    for number in numbers:
        name = number.name.ljust(name_width)
        if len(name) > name_width:
            yield Text(name)
            name = " " * name_width
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

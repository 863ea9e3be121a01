"""Words and YAML that the reports of a control plane share."""

from __future__ import annotations

from collections.abc import Iterator

from meshsim.capacity.estate import Estate, Scope
from meshsim.model.control_plane import ControlPlaneScaling
from meshsim.model.mesh import ControlPlaneComponent
from meshsim.studies.control_plane import following
from meshsim.studies.control_plane_result import Advice, ControlPlaneResult
from meshsim.units import print_cpu, show_rate

SCOPES: dict[Scope, str] = {
    "none": "everything",
    "namespace": "what its namespace calls",
    "auto": "what its service calls",
}
TOLD: dict[Scope, str] = {"none": "everything", "namespace": "its namespace", "auto": "its callees"}
_MIB = 2**20


def show_rare(per_second: float) -> str:
    """A rate for people, per minute or per hour where seconds are too short: ``1/h``."""
    if 0 < per_second < 1 / 60:
        return f"{per_second * 3600:.3g}/h"
    if 0 < per_second < 1:
        return f"{per_second * 60:.3g}/min"
    return show_rate(per_second)


def to_yaml(result: ControlPlaneResult) -> str:
    """What to paste: requests and autoscaler of the control plane, scopes of the proxies."""
    return "---\n".join(_documents(result))


def _documents(result: ControlPlaneResult) -> Iterator[str]:
    part = following(result.mesh)
    if part is None or result.following is None:
        yield "# the mesh file does not say how its control plane grows\n"
        return
    assert part.scaling is not None
    yield _deployment(part, part.scaling, result.following.advice)
    yield _autoscaler(part, part.scaling, result.following.advice)
    if result.scope != "none":
        yield from _sidecars(result.estate, result.scope, part.scaling.namespace)


def _deployment(part: ControlPlaneComponent, scaling: ControlPlaneScaling, advice: Advice) -> str:
    return f"""\
# requests that hold the upper ends of the 90% ranges of CPU and memory
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {part.name}, namespace: {scaling.namespace}}}
spec:
  template:
    spec:
      containers:
        - name: {scaling.container or part.name}
          resources:
            requests: {{cpu: {print_cpu(advice.cpu_cores)}, memory: {_mebibytes(advice)}}}
"""


def _mebibytes(advice: Advice) -> str:
    return f"{round(advice.memory_bytes / _MIB)}Mi"


def _autoscaler(part: ControlPlaneComponent, scaling: ControlPlaneScaling, advice: Advice) -> str:
    return f"""\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: {part.name}, namespace: {scaling.namespace}}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {part.name}}}
  minReplicas: {advice.replicas_min}
  maxReplicas: {advice.replicas_max}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {{type: Utilization, averageUtilization: {round(advice.cpu_target * 100)}}}
"""


def _sidecars(estate: Estate, scope: Scope, root: str) -> Iterator[str]:
    """Istio's ``Sidecar`` resources, from the call graph: one per namespace, or per service."""
    spaces = {w.name: w.namespace for w in estate.workloads}
    if scope == "auto":
        for name, called in estate.calls.items():
            selector = f"  workloadSelector: {{labels: {{app: {name}}}}}\n"
            yield _sidecar(name, spaces[name], selector, _hosts(called, spaces, root))
        return
    for space in sorted(set(spaces.values())):
        callers = [name for name in estate.calls if spaces[name] == space]
        together = sorted({callee for name in callers for callee in estate.calls[name]})
        if together or callers:
            yield _sidecar("default", space, "", _hosts(together, spaces, root))


def _sidecar(name: str, namespace: str, selector: str, hosts: list[str]) -> str:
    lines = "".join(f'        - "{host}"\n' for host in hosts)
    return (
        "apiVersion: networking.istio.io/v1\n"
        "kind: Sidecar\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec:\n{selector}  egress:\n    - hosts:\n{lines}"
    )


def _hosts(called: tuple[str, ...] | list[str], spaces: dict[str, str], root: str) -> list[str]:
    known = [f"{spaces[name]}/{name}.{spaces[name]}.svc.cluster.local" for name in called]
    return [f"{root}/*", *known]

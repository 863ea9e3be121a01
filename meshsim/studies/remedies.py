"""What to measure so that the range of a parameter shrinks: the advice, as data.

A parameter is looked up by its path; the first pattern that fits counts. Patterns are those of
file names, ``*`` standing for any text.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from meshsim.model.parameters import Parameter


@dataclass(frozen=True)
class Remedy:
    """What to do about the parameters whose paths fit a pattern."""

    pattern: str
    advice: str


_FIT = "then meshsim calibrate"
CHOICE = "it is a choice, not a measure: write the number that you run into the mesh file"
REMEDIES = (
    Remedy(
        "control_plane.*",
        "read CPU and memory of the control plane from your cluster (kubectl top pod, Prometheus), "
        "and write them into the mesh file",
    ),
    Remedy(
        "machine_factor",
        f"meshsim measure --quick on a machine like those of the cluster, {_FIT}",
    ),
    Remedy("stalls.*", f"meshsim measure --full on a machine like those of the cluster, {_FIT}"),
    Remedy("*.cost.filters.*", f"meshsim measure --only filters, {_FIT}"),
    Remedy("*.cost.tls.*", f"meshsim measure --only topologies (plain and mTLS), {_FIT}"),
    Remedy("*.cost.connect", f"meshsim measure --only handshakes, {_FIT}"),
    Remedy("*.cost.handshake", f"meshsim measure --only handshakes (your kind of key), {_FIT}"),
    Remedy("*.cost.*.idle_*", f"meshsim measure --only loads (CPU over a ladder of loads), {_FIT}"),
    Remedy("*.cost.*.busy", f"meshsim measure --quick: CPU at saturation, {_FIT}"),
    Remedy("*.cost.*.per_kib", f"meshsim measure --only topologies (payloads), {_FIT}"),
    Remedy(
        "*.cost.request_share",
        "profile the proxy (perf record) and part its CPU by direction: no load test shows it",
    ),
    Remedy("*.wake_up_delay", f"meshsim measure --only loads (latency at low load), {_FIT}"),
    Remedy("proxies.*.memory.*", f"meshsim measure --only memory, {_FIT}"),
    Remedy("*", f"measure it, {_FIT}"),
)
"""The last one fits whatever a mesh file may have."""


def remedy_of(parameter: Parameter) -> str:
    """What to do so that a parameter is known better."""
    if parameter.is_choice:
        return CHOICE
    return next(each.advice for each in REMEDIES if fnmatchcase(parameter.path, each.pattern))

"""What a control plane costs as the mesh grows: CPU, memory, configuration, pushes, certificates.

CPU of one replica, with rates per second and sizes in KiB:

    base + per_change × changes + per_service × services × pushes of configuration
         + per_push × pushes to proxies
         + full_per_kib × KiB of whole configurations + endpoint_per_kib × KiB of endpoints
         + per_pod_start × pods started + per_certificate × certificates signed

Memory of one replica; services and endpoints are those of the mesh, proxies those connected to it:

    base + per_service × services + per_endpoint × endpoints
         + per_proxy × proxies + per_proxy_service × proxies × services that each sees

Bytes of configuration that a proxy holds (xDS), of what it sees:

    base + per_cluster × service ports + per_route × service ports
         + per_endpoint × endpoints × ports + per_listener × listeners

How the numbers were found is told in docs/sources.md, and can be done again with
``meshsim.calibration.scale_tests``.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from meshsim.model.base import Described
from meshsim.model.fields import Duration, Name, Percentage, PositiveDuration, Whole
from meshsim.model.sourced import (
    SourcedCPUQuantity,
    SourcedDuration,
    SourcedMemoryQuantity,
    SourcedNumber,
)


class ControlPlaneCpu(Described):
    """CPU of one replica of a control plane."""

    base: SourcedCPUQuantity
    """Idle, without proxies."""
    per_change: SourcedDuration
    """One change of an endpoint or of configuration: to hear of it and to keep it in mind."""
    per_service: SourcedDuration
    """Per service of the mesh, for a push of configuration: the context that proxies share."""
    per_push: SourcedDuration
    """A push to one proxy, whatever its size."""
    full_per_kib: SourcedDuration
    """Per KiB of a whole configuration, to make and to send it."""
    endpoint_per_kib: SourcedDuration
    """Per KiB of endpoints alone, which are made once and sent to many."""
    per_pod_start: SourcedDuration
    """A new pod: injection, its connection, its identity; its configuration comes on top."""
    per_certificate: SourcedDuration
    """One certificate to sign."""


class ControlPlaneMemory(Described):
    """Memory of one replica of a control plane."""

    base: SourcedMemoryQuantity
    """Started, in an empty cluster."""
    per_service: SourcedMemoryQuantity | None = None
    """Per service of the mesh, in every replica; unset: not known apart."""
    per_endpoint: SourcedMemoryQuantity | None = None
    """Per pod of the mesh, in every replica; unset: not known apart."""
    per_proxy: SourcedMemoryQuantity
    """Per proxy connected to the replica."""
    per_proxy_service: SourcedMemoryQuantity | None = None
    """Per proxy and service that it sees; unset: not known apart."""


class ConfigurationSizes(Described):
    """Bytes of configuration of one proxy on the wire, as the control plane sends them."""

    base: SourcedMemoryQuantity
    """What every proxy gets: its own ports, the common listeners, the certificates."""
    per_cluster: SourcedMemoryQuantity
    """Per port of a service that it sees."""
    per_endpoint: SourcedMemoryQuantity
    """Per port of a pod of such a service."""
    per_route: SourcedMemoryQuantity
    """Per port of such a service: a virtual host with one route."""
    per_listener: SourcedMemoryQuantity
    """Per port number of HTTP services, and per port of each TCP service."""
    dump_base: SourcedMemoryQuantity
    """The proxy's own dump (``config_dump``, JSON) of a proxy that sees nothing."""
    dump_factor: SourcedNumber
    """Bytes that a dump has more for each byte on the wire beyond ``base``."""


class WorkloadSizes(Described):
    """Bytes of configuration of a layer 4 proxy, which hears of all services and pods."""

    per_service: SourcedMemoryQuantity
    """Per service of the mesh."""
    per_endpoint: SourcedMemoryQuantity
    """Per pod of the mesh."""


class PushPolicy(Described):
    """When changes are pushed, and how many proxies are served at once."""

    debounce_after: Duration
    """Quiet time that a push waits for."""
    debounce_max: PositiveDuration
    """Longest wait of the first change."""
    slots_base: Whole = Field(ge=0, le=10_000)
    """Pushes to proxies that run at once: so many ..."""
    slots_per_core: Whole = Field(ge=0, le=1_000)
    """... and so many more for each core of the replica, ..."""
    slots_max: Whole = Field(ge=1, le=100_000)
    """... but at most so many."""
    connection_age: PositiveDuration
    """After this a proxy's connection is closed; it connects anew and gets all once more."""
    delivery: SourcedDuration
    """From a change in Kubernetes to the control plane, and from there into force in a proxy."""
    source: Name | None = None
    """Where the defaults were read."""
    note: str = ""
    """Remarks."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.debounce_max < self.debounce_after:
            raise ValueError("debounce_max is shorter than debounce_after; make it longer")
        if self.slots_base + self.slots_per_core == 0:
            raise ValueError("no push could ever run; raise slots_base or slots_per_core")
        return self


class CertificatePolicy(Described):
    """How long the proxies' certificates last and when they are renewed."""

    lifetime: PositiveDuration
    """Of a certificate."""
    renewed_at: Percentage
    """Share of its life after which it is renewed."""
    jitter: Percentage
    """Share of its life by which that is moved at random, to either side."""
    source: Name | None = None
    """Where the defaults were read."""
    note: str = ""
    """Remarks."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not 0 < self.jitter < self.renewed_at:
            rule = "jitter must be more than 0% and less than renewed_at"
            raise ValueError(f"{rule}; write e.g. 1% and 50%")
        return self


class Autoscaling(Described):
    """The autoscaler that the product installs for its control plane."""

    replicas_min: Whole = Field(ge=1, le=1_000)
    """Fewest replicas."""
    replicas_max: Whole = Field(ge=1, le=1_000)
    """Most replicas."""
    cpu_target: Percentage
    """Share of the CPU request that it keeps the replicas at."""
    source: Name | None = None
    """Where the defaults were read."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.replicas_max < self.replicas_min:
            raise ValueError("replicas_max is less than replicas_min; raise it")
        if self.cpu_target <= 0:
            raise ValueError("cpu_target must be more than 0%; write e.g. 80%")
        return self


class ControlPlaneScaling(Described):
    """How one part of a control plane grows with the mesh and with the rate of change."""

    namespace: Name = "default"
    """Namespace that it is installed in, for the YAML to paste."""
    container: Name | None = None
    """Its container, for the YAML to paste; unset: called like the part."""
    clients: Literal["proxies", "pods"] = "proxies"
    """Who connects: the proxies of the mesh, or each pod by itself (proxyless gRPC)."""
    scoping: Literal["istio_sidecar"] | None = None
    """How proxies are told less than everything: Istio's ``Sidecar`` resource; unset: they
    cannot."""
    cpu: ControlPlaneCpu | None = None
    """CPU; unset: ``cpu_used`` is all that is known."""
    memory: ControlPlaneMemory | None = None
    """Memory; unset: ``memory_used`` is all that is known."""
    configuration: ConfigurationSizes | None = None
    """Configuration of layer 7 proxies."""
    workloads: WorkloadSizes | None = None
    """Configuration of layer 4 proxies; unset: they get what layer 7 proxies get."""
    push: PushPolicy | None = None
    """The push queue."""
    certificates: CertificatePolicy | None = None
    """Certificates that it signs."""
    autoscaling: Autoscaling | None = None
    """Replicas by CPU; unset: ``replicas`` holds."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.cpu is not None and (self.configuration is None or self.push is None):
            raise ValueError("cpu needs configuration and push; add both keys, or remove cpu")
        return self

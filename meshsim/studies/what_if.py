"""What if there were more load, or other numbers of pods: the change that a slider asks for."""

from __future__ import annotations

from collections.abc import Mapping

from meshsim.model.adjust import with_rate, with_replicas
from meshsim.model.flows import peak_rate
from meshsim.model.load import ClosedArrivals, TraceArrivals
from meshsim.model.topology import Topology


def has_rate(topology: Topology) -> bool:
    """Whether its load has a rate that can be changed: closed load and recordings have none."""
    return not isinstance(topology.load.arrivals, ClosedArrivals | TraceArrivals)


def what_if(topology: Topology, load_factor: float, replicas: Mapping[str, int]) -> Topology:
    """The same system under ``load_factor`` times its load, with other ``replicas`` by service.

    A factor of 1 leaves any load as it is. Raises InputError if the load has no rate to multiply,
    for a service that does not exist and for a number of pods below one.
    """
    assert load_factor > 0, load_factor
    if load_factor != 1.0:
        topology = with_rate(topology, peak_rate(topology) * load_factor)
    return with_replicas(topology, replicas)

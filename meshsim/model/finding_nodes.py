"""Findings MS04: node pools, zones and round trips."""

from __future__ import annotations

from collections.abc import Iterator

from meshsim import units
from meshsim.model.finding_case import Case, Hit, Remark, together
from meshsim.model.flows import node_zones
from meshsim.model.topology import Network


def node_remarks(case: Case) -> Iterator[Remark]:
    """What is unwise about nodes, zones and round trips."""
    for index, pool in enumerate(case.topology.nodes):
        left_out = pool.zones[pool.count :]
        if left_out:
            message = (
                f"{pool.count} nodes for {len(pool.zones)} zones leave none for "
                f"{', '.join(left_out)}; set count to {len(pool.zones)} or more"
            )
            yield Remark("MS0401", ("nodes", index, "count"), pool.name, message)
        if pool.price_per_hour == 0:
            message = "its nodes count as free of charge; set price_per_hour [USD/h]"
            yield Remark("MS0402", ("nodes", index), pool.name, message)
    yield from _uneven_replicas(case)
    yield from _round_trips(case.topology.network)


def _uneven_replicas(case: Case) -> Iterator[Remark]:
    held = dict.fromkeys(zone for pool in case.topology.nodes for zone in node_zones(pool))
    hits = [
        Hit(("services", index, "replicas"), service.name)
        for index, service in enumerate(case.topology.services)
        if service.replicas < len(service.zones or held)
    ]
    message = (
        "there are fewer pods than zones, so calls from the other zones cross zones; "
        "raise replicas, or list the zones that are meant"
    )
    yield from together("MS0403", hits, message)


def _round_trips(network: Network) -> Iterator[Remark]:
    distances = [
        ("same_node", network.same_node, "same_zone", network.same_zone),
        ("same_zone", network.same_zone, "between_zones", network.between_zones),
    ]
    for near, near_s, far, far_s in distances:
        if near_s > far_s:
            shown = f"{units.show_duration(near_s)}, {far} {units.show_duration(far_s)}"
            message = f"{near} is {shown}; were they swapped, or a unit mistaken?"
            yield Remark("MS0404", ("network", near), "network", message)
    for index, pair in enumerate(network.zone_pairs):
        if pair.round_trip < network.same_zone:
            message = (
                f"{' - '.join(pair.zones)} is {units.show_duration(pair.round_trip)}, same_zone "
                f"{units.show_duration(network.same_zone)}; was a unit mistaken?"
            )
            location = ("network", "zone_pairs", index, "round_trip")
            yield Remark("MS0404", location, "network", message)

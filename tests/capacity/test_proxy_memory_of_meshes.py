"""What a proxy holds of a topology, and the memory that the terms of a mesh file give it."""

import builders
import mesh_samples
from mesh_samples import guess, proxy

from meshsim.capacity.proxy_memory import memory_bytes, memory_terms, whole_configuration
from meshsim.physics.memory import Configuration, MemoryTerms

MIB = 1024.0**2


def test_the_configuration_counts_services_pods_routes_and_listeners():
    services = builders.listed(
        builders.service("web", protocol="http1", replicas=3),
        builders.service("api", protocol="grpc", replicas=2),
        builders.service("db", protocol="tcp"),
    )
    held = whole_configuration(builders.topology(services, "web/get"))
    assert held == Configuration(clusters=3, endpoints=6, routes=2, listeners=3)


def test_terms_that_a_proxy_lacks_take_nothing():
    sidecar = mesh_samples.mesh().proxy("sidecar")
    assert memory_terms(sidecar) == MemoryTerms(MIB, MIB, MIB, MIB)
    assert memory_bytes(sidecar, Configuration(2, 3, 4, 5), connections=0.5) == 6.5 * MIB


def test_all_terms_and_both_workers():
    terms = {"base": "1Mi", "per_connection": "2Mi", "per_cluster": "4Mi", "per_endpoint": "8Mi"}
    terms |= {"per_route": "16Mi", "per_listener": "32Mi", "per_cluster_per_worker": "64Mi"}
    memory = {name: guess(value) for name, value in terms.items()}
    sidecar = mesh_samples.mesh([proxy(memory=memory)]).proxy("sidecar")
    assert memory_bytes(sidecar, Configuration(1, 1, 1, 1), connections=1) == 127 * MIB

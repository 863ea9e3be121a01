"""Small topologies and meshes for tests, written as their files write them.

A test says what it is about and gets the rest: one huge node, a network without delay, a mesh
whose proxies cost nothing unless told so.
"""

from meshsim.lowering.lower import lower
from meshsim.model.loading import mesh_from_text, topology_from_text
from meshsim.model.scenario import Scenario
from meshsim.solvers import simpy_model
from meshsim.solvers.settings import RunSettings

NO_DELAY = "{same_node: 0s, same_zone: 0s, between_zones: 0s, client: 0s}"
ONE_NODE = "[{name: node, cores: 1000, memory: 1Ti, count: 1}]"
POISSON = "{{process: poisson, rate: {}/s}}"


def topology(
    services,
    entries="a/get",
    *,
    arrivals="{process: constant, rate: 1/s}",
    connections=64,
    nodes=ONE_NODE,
    network=NO_DELAY,
    clients="",
):
    """The topology of ``services``, the text of a list; ``entries`` are one target or a list.

    ``clients`` are further keys of the load, as text: ``timeout: 5ms``.
    """
    if not entries.startswith("["):
        entries = f"[{{to: {entries}}}]"
    return topology_from_text(f"""
meshsim: 1
name: sample
services: {services}
load: {{arrivals: {arrivals}, entries: {entries}, client_connections: {connections}, {clients}}}
nodes: {nodes}
network: {network}
""")


def service(name="a", steps="[]", **more):
    """One service with the endpoint ``get``; ``more`` are its other keys, as text."""
    endpoint = more.pop("endpoint", "")
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return f"{{name: {name}, endpoints: [{{name: get, steps: {steps}{endpoint}}}]{rest}}}"


def listed(*services):
    """The text of a list."""
    return f"[{', '.join(services)}]"


def cores(number):
    """The value of ``resources`` that gives each pod so many cores."""
    return f"{{limits: {{cpu: '{number}'}}}}"


def proxy(
    name="sidecar",
    *,
    scope="pod",
    layer=7,
    workers=1,
    replicas=None,
    balance="exact",
    policy="random",
    choices=2,
    busy="0s",
    per_kib="0s",
    tcp_busy=None,
    idle_scale="0s",
    idle_exponent=0.5,
    request_share=0.5,
    wake_up="0s",
    tls=None,
    connect=None,
    handshake=None,
):
    """The text of a proxy; HTTP/1.1, HTTP/2 and TCP cost the same unless ``tcp_busy`` says so."""
    idle = f"idle_scale: {_guess(idle_scale)}, idle_exponent: {_guess(idle_exponent)}"
    http = f"{{busy: {_guess(busy)}, per_kib: {_guess(per_kib)}, {idle}}}"
    tcp = f"{{busy: {_guess(tcp_busy or busy)}, per_kib: {_guess(per_kib)}, {idle}}}"
    tls_key = f"tls: {{per_request: {_guess(tls)}, per_kib: {_guess('0s')}}}," if tls else ""
    opening = "".join(
        f"{key}: {_guess(cost)},"
        for key, cost in (("connect", connect), ("handshake", handshake))
        if cost is not None
    )
    replicas_key = "" if replicas is None else f"replicas: {_guess(replicas)},"
    return f"""{{
        name: {name}, scope: {scope}, layer: {layer}, {replicas_key}
        worker_threads: {_guess(workers)}, connection_balance: {balance},
        load_balancing: {{policy: {policy}, choices: {choices}}},
        cost: {{
            http1: {http}, http2: {http}, tcp: {tcp}, {tls_key} {opening}
            request_share: {_guess(request_share)}, wake_up_delay: {_guess(wake_up)},
        }},
        memory: {{
            base: {_guess("10M")}, per_connection: {_guess("10k")},
            per_cluster: {_guess("1k")}, per_endpoint: {_guess("100")},
        }},
    }}"""


def mesh(*proxies, inside="[]", entry="[]", machine_factor=1.0, policies="{}", stalls=None):
    """The mesh of those proxies (texts) with the data paths ``inside`` and ``entry`` (texts)."""
    stalls_key = ""
    if stalls is not None:
        probability, length = stalls
        stalls_key = f"stalls: {{probability: {_guess(probability)}, length: {_guess(length)}}}"
    return mesh_from_text(f"""
meshsim_mesh: 1
name: sample
title: A mesh for tests
product: none
version: none
about: A mesh for tests
machine_factor: {_guess(machine_factor)}
proxies: {listed(*proxies)}
path: {{inside: {inside}, entry: {entry}}}
policies: {policies}
{stalls_key}
""")


def sidecars(policies="{}", stalls=None, **more):
    """The mesh of one sidecar per pod, on both sides of a call."""
    path, entry = "[caller.sidecar, callee.sidecar]", "[callee.sidecar]"
    return mesh(proxy(**more), inside=path, entry=entry, policies=policies, stalls=stalls)


def program(described, under=None):
    """The program of a topology under a mesh, without one if none is given."""
    return lower(Scenario(described, mesh() if under is None else under))


def observe(described, under=None, requests=1, seed=1, replication=0, engine=simpy_model.simulate):
    """The observations of one replication, in the SimPy model unless another engine is given."""
    return engine(program(described, under), RunSettings(requests, seed, replication))


def _guess(value):
    return f"{{value: {value}, range: [{value}, {value}], origin: guess, note: for a test}}"

"""A topology without findings, for tests that change one thing in it.

Two services, ``front`` calling ``back``: 100 requests/s, 4 ms of CPU in two pods of one core each,
then 4 ms of waiting below.
"""

import copy

import topology_samples

from meshsim.model.findings import analyse

RESOURCES = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": 1}}
PODS = {"replicas": 2, "resources": RESOURCES}


def base(steps=None, below=None, *, front=None, back=None, **more):
    """Services ``front`` and ``back``, a call between them, and changes to either."""
    services = {
        "front": {"get": steps or [{"compute": "4ms"}, {"call": "back/read"}]},
        "back": {"read": below or [{"wait": "4ms"}]},
    }
    options = {"front": {**PODS, **(front or {})}, "back": {**PODS, **(back or {})}}
    whole = {"options": options, "slo": {"front/get": ["p(99)<250ms"]}, **more}
    return topology_samples.topology(services, **whole)


def codes(*args, mesh=None, **kwargs):
    return [finding.code for finding in analyse(base(*args, **kwargs), mesh=mesh)]


def only(*args, mesh=None, **kwargs):
    (finding,) = analyse(base(*args, **kwargs), mesh=mesh)
    return finding


def resources(**changes):
    whole = copy.deepcopy(RESOURCES)
    for name, value in changes.items():
        kind, _, resource = name.partition("_")
        whole[kind][resource] = value
    return {"resources": whole}


def load(arrivals, to="front/get"):
    return {"arrivals": arrivals, "entries": [{"to": to}]}


def closed(users, think="1s"):
    return load({"process": "closed", "users": users, "think": think})

"""Small topologies for tests: a dictionary of services to their endpoints' steps, and the rest."""

import copy

from meshsim.model.topology import Topology

NODES = [{"name": "node", "cores": 4, "memory": "16Gi", "count": 3, "price_per_hour": 0.1}]


def data(services, entries=None, *, options=None, rate="100/s", **more):
    """The data of a topology file.

    ``services`` maps a service to its endpoints and these to their steps (or to a mapping with the
    key ``steps``); ``options`` maps a service to its other keys. The first endpoint of the first
    service is the entry unless ``entries`` says otherwise.
    """
    listed = [
        {
            "name": name,
            "endpoints": [
                {"name": endpoint, **(steps if isinstance(steps, dict) else {"steps": steps})}
                for endpoint, steps in endpoints.items()
            ],
            **(options or {}).get(name, {}),
        }
        for name, endpoints in services.items()
    ]
    first = f"{listed[0]['name']}/{listed[0]['endpoints'][0]['name']}"
    whole = {
        "meshsim": 1,
        "name": "sample",
        "services": listed,
        "load": {
            "arrivals": {"process": "poisson", "rate": rate},
            "entries": [{"to": entry} for entry in entries or [first]],
        },
        "nodes": NODES,
        **more,
    }
    return copy.deepcopy(whole)


def topology(*args, **kwargs):
    """The topology that :func:`data` describes."""
    return Topology.model_validate(data(*args, **kwargs))

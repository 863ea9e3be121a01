"""A mesh of one sidecar, in guessed numbers, to be changed by each test."""

import copy

from meshsim.model.mesh import Mesh


def guess(value, low=None, high=None):
    """A sourced number of the origin ``guess``."""
    whole = [value if low is None else low, value if high is None else high]
    return {"value": value, "range": whole, "origin": "guess", "note": "for a test"}


def proxy(name="sidecar", scope="pod", layer=7, **more):
    """The data of a proxy with the costs of all protocols."""
    per_protocol = {
        "busy": guess("30us"),
        "per_kib": guess("1us"),
        "idle_scale": guess("6us"),
        "idle_exponent": guess(0.4, 0, 1),
    }
    return {
        "name": name,
        "scope": scope,
        "layer": layer,
        "worker_threads": guess(2),
        "load_balancing": {"policy": "random"},
        "cost": {
            "http1": per_protocol,
            "http2": per_protocol,
            "tcp": per_protocol,
            "request_share": guess(0.5, 0, 1),
            "wake_up_delay": guess("20us"),
        },
        "memory": {
            name: guess("1Mi") for name in ("base", "per_connection", "per_cluster", "per_endpoint")
        },
        **({"replicas": guess(2)} if scope in ("service", "namespace") else {}),
        **more,
    }


def data(proxies=None, inside=None, entry=None, **more):
    """The data of a mesh file; without arguments, of a sidecar at both ends of each call."""
    proxies = [proxy()] if proxies is None else proxies
    whole = {
        "meshsim_mesh": 1,
        "name": "sample",
        "title": "A sample",
        "product": "none",
        "version": "0",
        "about": "For tests.",
        "machine_factor": guess(1.0),
        "proxies": proxies,
        "path": {
            "inside": ["caller.sidecar", "callee.sidecar"] if inside is None else inside,
            "entry": ["callee.sidecar"] if entry is None else entry,
        },
        **more,
    }
    return copy.deepcopy(whole)


def mesh(*args, **kwargs):
    """The mesh that :func:`data` describes."""
    return Mesh.model_validate(data(*args, **kwargs))

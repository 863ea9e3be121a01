"""A mesh whose control plane costs literal amounts, and small estates, for tests."""

import copy

from meshsim.model.mesh import Mesh


def number(value, low=None, high=None):
    ends = [value if low is None else low, value if high is None else high]
    return {"value": value, "range": ends, "origin": "guess", "note": "for a test"}


SCALING = {
    "namespace": "mesh-system",
    "container": "brain",
    "scoping": "istio_sidecar",
    "cpu": {
        "base": number("100m", "50m", "200m"),
        "per_change": number("1ms"),
        "per_service": number("1ms"),
        "per_push": number("1ms"),
        "full_per_kib": number("1ms", "0.5ms", "2ms"),
        "endpoint_per_kib": number("1ms"),
        "per_pod_start": number("100ms"),
        "per_certificate": number("1s"),
    },
    "memory": {
        "base": number("100M", "80M", "120M"),
        "per_service": number("1M"),
        "per_endpoint": number("100k"),
        "per_proxy": number("1M"),
        "per_proxy_service": number("1k"),
    },
    "configuration": {
        "base": number("1Ki"),
        "per_cluster": number("1Ki"),
        "per_endpoint": number("0.5Ki"),
        "per_route": number("1Ki"),
        "per_listener": number("2Ki"),
        "dump_base": number("100Ki"),
        "dump_factor": number(4.0),
    },
    "push": {
        "debounce_after": "100ms",
        "debounce_max": "10s",
        "slots_base": 15,
        "slots_per_core": 5,
        "slots_max": 100,
        "connection_age": "1000s",
        "delivery": number("200ms", "100ms", "400ms"),
    },
    "certificates": {"lifetime": "24h", "renewed_at": "50%", "jitter": "1%"},
    "autoscaling": {"replicas_min": 1, "replicas_max": 5, "cpu_target": "80%"},
}

PROXY = {
    "name": "sidecar",
    "scope": "pod",
    "layer": 7,
    "worker_threads": number(2),
    "load_balancing": {"policy": "random"},
    "cost": {
        **{
            protocol: {
                "busy": number("30us"),
                "per_kib": number("1us"),
                "idle_scale": number("6us"),
                "idle_exponent": number(0.4),
            }
            for protocol in ("http1", "http2", "tcp")
        },
        "request_share": number(0.5),
        "wake_up_delay": number("20us"),
    },
    "memory": {
        "base": number("50M", "40M", "60M"),
        "per_connection": number("1k"),
        "per_cluster": number("10k"),
        "per_endpoint": number("1k"),
        "per_route": number("5k"),
        "per_listener": number("20k"),
        "per_cluster_per_worker": number("2k"),
    },
}


def part(**changes):
    """The data of a part of the control plane that follows the mesh."""
    whole = {
        "name": "brain",
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}},
        "scaling": copy.deepcopy(SCALING),
    }
    whole.update(changes)
    return {key: value for key, value in whole.items() if value is not None}


def scaling(**parts):
    """The data of a scaling with some parts replaced; None takes one out."""
    whole = {**copy.deepcopy(SCALING), **parts}
    return {key: value for key, value in whole.items() if value is not None}


def mesh(parts=None, proxies=None, inside=("caller.sidecar", "callee.sidecar")):
    """A mesh with these parts of a control plane; by default the one that follows it."""
    return Mesh.model_validate(
        copy.deepcopy(
            {
                "meshsim_mesh": 1,
                "name": "sample",
                "title": "A sample",
                "product": "none",
                "version": "0",
                "about": "For tests.",
                "machine_factor": number(1.0),
                "proxies": [PROXY] if proxies is None else proxies,
                "path": {"inside": list(inside), "entry": []},
                "control_plane": [part()] if parts is None else parts,
            }
        )
    )


def proxy(**changes):
    """The data of a proxy with some keys replaced."""
    return {**copy.deepcopy(PROXY), **changes}

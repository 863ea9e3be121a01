"""meshsim: what a service mesh costs and what it does to tail latency, with evidence.

    import meshsim as ms

    comparison = ms.compare("online-boutique", ["none", "istio-sidecar", "istio-ambient"])
    print(ms.to_text(comparison))
    ms.write_html(comparison, "report.html")

Names are shipped topologies and meshes, or paths of YAML files. Everything is imported when it is
first used, so that ``import meshsim`` costs nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

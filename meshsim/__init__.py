"""meshsim: what a service mesh costs and what it does to tail latency, with evidence."""

from __future__ import annotations

__version__ = "0.1.0"

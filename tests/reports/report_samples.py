"""Results to report on: one small comparison, simulated once, and ways to bend its numbers."""

import functools
from dataclasses import replace

import builders

from meshsim.model.loading import topology_from_text
from meshsim.stats import Interval, NotEnough
from meshsim.studies.plan import RunPlan, Target
from meshsim.studies.result import Comparison, Precision
from meshsim.studies.study import prepare

MISSING = NotEnough(1000, 12, "observations")

SHOP = """
meshsim: 1
name: shop
title: A shop <b>&amp; more</b>
look_at: What <script>alert(1)</script> does.
sources: ["Our own guess <i>"]
services:
  - name: web
    replicas: 2
    resources: {requests: {cpu: 500m, memory: 64Mi}, limits: {cpu: "1", memory: 128Mi}}
    endpoints:
      - name: home
        steps:
          - compute: {distribution: empirical, values: [1ms, 2ms, 4ms]}
          - call: stock/get
      - name: "a<b>"
        error: 10%
        steps: [{compute: 1ms}]
  - name: stock
    working_set: 40Mi
    resources: {requests: {cpu: 250m, memory: 64Mi}}
    endpoints:
      - name: get
        steps: [{compute: {distribution: empirical, values: [0.5ms, 1ms]}}, {wait: 1ms}]
load:
  arrivals: {process: constant, rate: 100/s}
  entries: [{to: web/home, weight: 3}, {to: "web/a<b>", weight: 1}]
  client_connections: 8
nodes:
  - {name: small, cores: 2, memory: 4Gi, count: 2, price_per_hour: 0.1}
  - {name: large, cores: 8, memory: 16Gi, count: 1, price_per_hour: 0.4}
network: {same_node: 60us, same_zone: 250us, client: 1ms}
slo:
  web/home: ["p(50)<1s", "avg<1ms", "p(99.9)<1s"]
  "web/a<b>": ["error_rate<0.1%"]
"""


@functools.cache
def comparison():
    """Two meshes and the baseline on the shop; p99 has too few data."""
    plan = RunPlan(requests=120, replications=4)
    meshes = ["none", "istio-sidecar", "linkerd"]
    return prepare(topology_from_text(SHOP), meshes, plan).compare()


@functools.cache
def result():
    """The second scenario of the comparison alone."""
    return comparison().results[1]


@functools.cache
def bare():
    """One service without objectives, prices, title or sources, run twice: no interval at all."""
    described = builders.topology(builders.listed(builders.service()), "a/get")
    return prepare(described, ["none"], RunPlan(requests=5, replications=2)).run()


def interval(estimate, half_width, observations=100):
    return Interval(estimate, estimate - half_width, estimate + half_width, 0.95, observations)


def with_differences(difference, relative=None):
    """The comparison, every latency difference replaced."""
    rows = tuple(
        replace(row, difference=difference, relative=relative or row.relative)
        for row in comparison().latency
    )
    return replace(comparison(), latency=rows)


def alone(found):
    """A result as a comparison without others."""
    return Comparison((found,), (), ())


def precision(half_width=0.041, asked=0.02, replications=100, needed=421, target=None):
    """What came of a precision: ± 4.1% of the change of p99 under linkerd, 2% asked for."""
    value = MISSING if half_width is None else interval(0.5, half_width)
    target = target or Target("p99", difference=True)
    return Precision(target, asked, "linkerd", value, half_width, replications, needed)

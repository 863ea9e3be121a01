"""The time of requests to a topology without load and without a mesh, by drawing every step.

Written from the meaning of the steps in ``meshsim.model.topology`` alone; nothing of the importer
or of a solver is used. Parallel branches make a closed form impossible, hence the draws.
"""

import numpy as np

from meshsim.model.topology import CallStep, ComputeStep, ParallelStep, WaitStep

DEPTH_MAX = 60  # of calls in a circle, which die out


class Unloaded:
    """Draws ``n`` times of each endpoint, independent of each other."""

    def __init__(self, topology, n=4_000, seed=1):
        self.topology, self.n = topology, n
        self.random = np.random.default_rng(seed)
        self.round_trip_s = topology.network.same_node
        self.endpoints = {
            f"{service.name}/{endpoint.name}": endpoint
            for service in topology.services
            for endpoint in service.endpoints
        }

    def mean_s(self):
        """Mean over the entry points, by weight [s]."""
        entries = self.topology.load.entries
        weights = sum(entry.weight for entry in entries)
        return sum(e.weight * self.endpoint(e.to).mean() for e in entries) / weights

    def endpoint(self, name, depth=0):
        """Times of an endpoint, shape (n,) [s]."""
        return self.steps(self.endpoints[name].steps, depth)

    def steps(self, steps, depth):
        return sum((self.step(step, depth) for step in steps), np.zeros(self.n))

    def step(self, step, depth):
        match step:
            case ComputeStep():
                return self.draw(step.compute)
            case WaitStep():
                return self.draw(step.wait)
            case ParallelStep():
                branches = [b if isinstance(b, tuple) else (b,) for b in step.parallel]
                return np.max([self.steps(branch, depth) for branch in branches], axis=0)
            case CallStep():
                return sum((self.call(step, depth) for _ in range(step.count)), np.zeros(self.n))

    def call(self, step, depth):
        made = self.random.random(self.n) < step.probability
        if depth > DEPTH_MAX or not made.any():
            return np.zeros(self.n)
        return made * (self.round_trip_s + self.endpoint(step.call, depth + 1))

    def draw(self, distribution):
        values = getattr(distribution, "values", None)
        if values is None:
            assert distribution.distribution == "constant"
            return np.full(self.n, distribution.mean)
        return self.random.choice(np.array(values), self.n)

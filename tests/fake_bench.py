"""A bench that answers at once with literal costs, and has a clock of its own."""

import itertools

from meshsim.calibration.measuring.load import Slice


def slice_of(requests=100, errors=0, seconds=1.0, **cpu_us):
    cpu_s = {name: 1e-6 * us * requests for name, us in cpu_us.items()}
    return Slice(requests, seconds, errors, cpu_s, 0.1, (0.001,) * 3, (0.0001,) * 3)


class Bench:
    """Costs of the reference come from a list; a slice takes as long as it says, and ``slowness``
    times as long. The time is over, whatever it was, after so many ``pairs``.
    """

    def __init__(self, costs_us=None, pairs=10**9, slowness=1.0, **fails):
        self.walked, self.fails, self.now_s = [], fails, 0.0
        self._pairs, self._slowness = pairs, slowness
        self._costs_us = iter(costs_us or itertools.repeat(30.0))

    def now(self):
        subjects = [name for name in self.walked if name != "reference"]
        return self.now_s if len(subjects) < self._pairs else 1e12

    def closed(self, target, warm_s, seconds):
        self.now_s += 0.33 * self._slowness
        self.walked.append(target.process)
        if target.process == "reference":
            return slice_of(reference=next(self._costs_us), errors=self.fails.get("reference", 0))
        return self._answer(target)

    def open_loop(self, target, rate_per_s, warm_s, seconds, key):
        self.now_s += (0.08 + seconds) * self._slowness
        self.walked.append(f"open {rate_per_s} {seconds}")
        return self._answer(target)

    def _answer(self, target):
        failure = self.fails.get(target.listener)
        if isinstance(failure, Exception):
            raise failure
        return failure or slice_of(client=90.0, server=60.0)

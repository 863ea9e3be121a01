"""Run one random system by both engines and show where their logs part.

    python tests/engines/replay.py SEED [--requests 100] [--ties]

With ``MESHSIM_NO_JIT=1`` the kernel is run by Python, and can be stepped through.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1]), str(HERE.parent)]

import agreement  # noqa: E402
import builders  # noqa: E402
import numpy as np  # noqa: E402
import swarm  # noqa: E402

from meshsim.solvers import kernel, simpy_model  # noqa: E402
from meshsim.solvers.settings import RunSettings  # noqa: E402


def main(seed, requests, ties):
    program = builders.program(swarm.random_topology(seed, ties), swarm.random_mesh(seed, ties))
    settings = RunSettings(requests, seed, log_tries=True)
    model, other = simpy_model.simulate(program, settings), kernel.simulate(program, settings)
    found = agreement.compare(model, other)
    print(f"seed {seed}, {requests} requests, {found.retried} calls retried or given up")
    print(f"{found.identical} of {found.floats} floats are equal to the last bit")
    print(found.first_difference or "no difference")
    if found.first_difference:
        print_tries_around_the_first_difference(program, model.tries, other.tries)
    return bool(found.first_difference)


def print_tries_around_the_first_difference(program, one, two):
    first = first_row_that_differs(one, two)
    print(f"the logs of tries part at row {first}:")
    for row in range(max(0, first - 2), first + 3):
        for name, log in (("model", one), ("other", two)):
            if row < len(log.key):
                print(f"{name} {row:6} {told(program, log, row)}")


def first_row_that_differs(one, two):
    shared = min(len(one.key), len(two.key))
    same = (one.key[:shared] == two.key[:shared]) & np.isclose(
        one.end_s[:shared], two.end_s[:shared], rtol=agreement.RELATIVE, atol=0.0
    )
    return int(np.argmin(np.append(same, False)))


def told(program, log, row):
    return (
        f"request {log.request[row]} {program.edge_name(log.edge[row])}"
        f" key {log.key[row]:016x} from {log.start_s[row]!r} to {log.end_s[row]!r}"
        f" outcome {log.outcome[row]} pod {log.pod[row]} worker {log.worker[row]}"
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("seed", type=int)
    arguments.add_argument("--requests", type=int, default=100)
    arguments.add_argument("--ties", action="store_true")
    sys.exit(main(**vars(arguments.parse_args())))

"""Goal: what is measured in other processes runs there. Method: the scripts are run, tiny; the
ratio of shortest times in numbers.
"""

from benchmarks import probes
from benchmarks.measure import Spread


def test_the_shortest_times_are_compared():
    assert probes._of_shortest([4.0, 6.0], [3.0, 2.0]) == Spread(2.0, 4.0 / 3.0, 3.0)


def test_the_starting_script_runs():
    assert probes._run(probes._START.format(solver="simpy_model")).returncode == 0


def test_the_memory_script_prints_its_peak():
    found = probes._run(probes._MEMORY.format(requests=10))
    assert float(found.stdout) > 1_000

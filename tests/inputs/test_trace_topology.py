"""Goal: the parts of a topology that traces only hint at: the common round trip, the size of lists.
Method: times and weights by hand with the excess counted by hand; a file of few values in all.
(What is known from traces is tested from end to end in ``test_jaeger``.)
"""

import pytest

from meshsim.inputs import trace_topology
from meshsim.inputs.import_options import ImportOptions
from meshsim.inputs.import_report import Tally
from meshsim.inputs.trace_executions import Execution
from meshsim.inputs.trace_topology import Recording, common_time, topology_of


@pytest.mark.parametrize(
    ("times", "bound", "common"),
    [
        ([], 10, 0),
        ([(7, 3)], 0, 7),
        ([(7, 3), (7, 1)], 0, 7),
        ([(7, 3), (8, 1)], 2.9, 7),
        ([(7, 3), (8, 1)], 3, 8),
        ([(7, 3), (8, 1), (9, 5)], 7, 9),
        ([(7, 3), (8, 1), (9, 5)], 6.9, 8),
        ([(0, 1), (100, 99)], 100, 100),
        ([(0, 2), (100, 99)], 100, 0),
    ],
)
def test_the_common_time(times, bound, common):
    assert common_time(times, bound) == common


def test_many_endpoints_keep_fewer_values_each(monkeypatch):
    """5 endpoints with one distribution each may list 20 values of 100 in all."""
    monkeypatch.setattr(trace_topology, "VALUES_IN_ALL", 100)
    recording = Recording()
    for number in range(5 * 30):
        recording.add(
            Execution(
                service=f"s{number % 5}",
                operation="get",
                is_root=True,
                start_ns=number,
                duration_ns=1000 * (number // 5 + 1),
                error=False,
                is_client=False,
                grpc=False,
                activities=(),
                priority=number,
            )
        )
    tally = Tally()
    topology = topology_of(recording, ImportOptions(), ["here"], tally)
    lengths = {len(s.endpoints[0].steps[0].compute.values) for s in topology.services}
    assert lengths == {20}
    assert "more than 20 times of a kind are condensed to 20 means" in tally.report().assumptions

"""Goal: cells and reference take turns, and each pair has its two neighbours.

Method: a bench that answers at once with literal costs, and a clock that counts.
"""

import pytest
from fake_bench import Bench, slice_of

from meshsim.calibration.measuring.bench import Target
from meshsim.calibration.measuring.cells import Cell, null_cell
from meshsim.calibration.measuring.load import Failed, Slice
from meshsim.calibration.measuring.rounds import (
    CellRecord,
    fitting,
    measure_cells,
    pair_seconds,
    slice_seconds,
)
from meshsim.calibration.measuring.topologies import ROLES_OF_A_PAIR

PLAIN = Cell("topo", "proxy", Target("client", "proxy"), "h1", tls=False)
PAIR = Cell("topo", "pair", Target("client", "pair"), "h2", tls=True, roles=ROLES_OF_A_PAIR)
OPEN = Cell("load", "proxy@100", Target("client", "proxy"), "h1", tls=False, rate_per_s=100)


def test_a_slice_is_compared_with_its_neighbours():
    bench = Bench([10.0, 20.0, 40.0], pairs=2)
    seen = measure_cells(bench, [PLAIN, PAIR], 1e9, clock=bench.now)
    assert bench.walked == ["reference", "client"] * 2 + ["reference"]
    plain, pair = seen.records
    assert plain.ratios("proxy") == [pytest.approx(90 / 15)]
    assert pair.ratios("client_sidecar") == [pytest.approx(90 / 30)]
    assert pair.ratios("server_sidecar") == [pytest.approx(60 / 30)]
    assert [one.cpu_per_request_s("reference") for one in seen.references] == [
        pytest.approx(1e-6 * us) for us in (10, 20, 40)
    ]


def test_it_ends_when_all_is_settled():
    told, bench = [], Bench()
    seen = measure_cells(bench, [PLAIN, PAIR], 1e9, clock=bench.now, tell=lambda: told.append(1))
    assert [record.count for record in seen.records] == [8, 8]
    assert len(told) == 16
    assert all(record.is_finished for record in seen.records)


def test_the_order_changes_from_round_to_round():
    names = [f"cell {i}" for i in range(6)]
    cells = [Cell("topo", name, Target(name, "x"), "h1", tls=False) for name in names]
    bench = Bench(pairs=12)
    bench._answer = lambda target: slice_of(**{target.process: 90.0})
    for cell in cells:
        cell.roles["proxy"] = cell.target.process
    measure_cells(bench, cells, 1e9, clock=bench.now)
    subjects = [name for name in bench.walked if name != "reference"]
    assert subjects[:6] == names
    assert sorted(subjects[6:12]) == names
    assert subjects[6:12] != names


def test_open_load_keeps_latencies():
    bench = Bench(pairs=1)
    seen = measure_cells(bench, [OPEN], 1e9, clock=bench.now)
    (record,) = seen.records
    assert record.latencies_s == [0.001] * 3
    assert record.lags_s == [0.0001] * 3


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (Failed("it answered 503"), "it answered 503"),
        (slice_of(client=1.0, errors=3), "3 of 103 requests failed"),
        (slice_of(client=1.0, seconds=2.0), "only 50 of 100 requests/s were reached"),
        (Slice(0, 1.0, 0, {"client": 0.0}, 0.0), "0 of 0 requests failed"),
    ],
)
def test_a_cell_that_fails_thrice_is_left(failure, reason):
    bench = Bench(proxy=failure)
    seen = measure_cells(bench, [OPEN], 1e9, clock=bench.now)
    (record,) = seen.records
    assert record.failures == [reason] * 3
    assert record.count == 0
    assert record.is_finished


def test_without_a_reference_there_is_nothing():
    with pytest.raises(Failed, match="the reference proxy"):
        measure_cells(Bench(reference=1), [PLAIN], 1e9)


def test_the_null_cell_is_the_reference():
    bench = Bench()
    seen = measure_cells(bench, [null_cell()], 1e9, clock=bench.now)
    assert set(bench.walked) == {"reference"}
    assert seen.records[0].ratios("proxy") == [1.0] * 8


def test_only_cells_that_can_have_six_pairs_are_begun():
    records = [CellRecord(cell) for cell in (PLAIN, PAIR, OPEN)]
    assert pair_seconds(PLAIN) == pytest.approx(0.66)
    assert pair_seconds(OPEN) == pytest.approx(1.21)
    assert fitting(records, 6 * (0.66 + 0.66 + 1.21) + 0.01) == records
    assert fitting(records, 6 * (0.66 + 0.66) + 0.01) == records[:2]
    assert fitting(records, 0.0) == records[:1]
    records[0].count = 9
    assert fitting(records, (1 + 6) * 0.66 + 0.01) == records[:2]


@pytest.mark.parametrize(("slowness", "counts"), [(1.0, [8, 8, 8]), (2.0, [8, 8, 4])])
def test_a_slow_machine_leaves_the_last_cells_for_the_end(slowness, counts):
    """In 30 s eight pairs of all cells fit; if all takes twice as long, the last has the rest."""
    bench = Bench(slowness=slowness)
    seen = measure_cells(bench, [PLAIN, PAIR, OPEN], 30.0, clock=bench.now)
    assert [record.count for record in seen.records] == counts


@pytest.mark.parametrize(("rate", "seconds"), [(10, 1.0), (100, 0.8), (1000, 0.25)])
def test_slow_load_has_long_slices(rate, seconds):
    assert slice_seconds(rate) == seconds

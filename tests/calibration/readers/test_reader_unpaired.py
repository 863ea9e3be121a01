"""Unpaired runs: CPU by role, latencies with and without proxies, what is left out."""

from pathlib import Path

import measurement_files
import pytest

from meshsim.calibration.readers.tables import read_table
from meshsim.calibration.readers.unpaired import read_unpaired
from meshsim.errors import InputError

FILE = Path("unpaired.csv")


def read(text=measurement_files.UNPAIRED):
    return read_unpaired(FILE, read_table(FILE, text))


def by_test(reading):
    return {(cell.test, cell.role): cell for cell in reading.cpu}


def test_runs_of_one_setting_are_one_cell():
    cell = by_test(read())["one", "proxy"]
    assert cell.cpu_s == pytest.approx((100e-6 * 120e-6) ** 0.5)
    assert (cell.rate_per_s, cell.count, cell.arrivals) == (500.0, 2, "open")
    assert not cell.is_paired


def test_roles_of_a_pair_and_arrivals():
    cells = by_test(read())
    assert cells["pair", "client_sidecar"].arrivals == "saturated"
    assert cells["pair", "server_sidecar"].cpu_s == pytest.approx(50e-6)
    assert cells["seq", "client_sidecar"].arrivals == "sequential"
    assert cells["e_filter:acc_log", "proxy"].filters == ("acc-log",)
    assert ("few", "client_sidecar") not in cells


def test_what_is_left_out_is_listed():
    whys = {item.why: item.count for item in read().tally.unused}
    assert whys["other programs took processors"] == 1
    assert whys["a closed loop of 2 to 7 connections leaves gaps that are not known"] == 1
    assert whys["CPU burnt in Lua is no cost of a proxy"] == 1


def test_latencies_know_how_many_proxies_were_on_the_way():
    cells = {cell.test: cell for cell in read().latencies}
    assert (cells["direct"].proxies, cells["one"].proxies, cells["pair"].proxies) == (0, 1, 2)
    assert cells["one"].latency_s == pytest.approx(0.45e-3)
    assert cells["one"].cpu_s == pytest.approx(110e-6)
    assert cells["pair"].cpu_s == pytest.approx(45e-6)
    assert (cells["direct"].statistic, cells["direct"].arrivals) == ("p50", "open")
    assert cells["pair"].arrivals == "closed"


@pytest.mark.parametrize(
    ("old", "new"), [(",h2,1,", ",spdy,1,"), (",closed,", ",sometimes,"), (",9000,40", ",x,40")]
)
def test_wrong_words(old, new):
    with pytest.raises(InputError, match=r"unpaired\.csv:\d+: "):
        read(measurement_files.UNPAIRED.replace(old, new, 1))

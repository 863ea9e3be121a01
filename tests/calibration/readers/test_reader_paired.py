"""Paired slices: median ratio times the level of the reference."""

import math
from pathlib import Path

import measurement_files
import pytest

from meshsim.calibration.readers.paired import filters_of, read_paired
from meshsim.calibration.readers.tables import read_table
from meshsim.errors import InputError

FILE = Path("paired.csv")


def read(text=measurement_files.PAIRED, reference_s=None):
    return read_paired(FILE, read_table(FILE, text), reference_s)


def test_cells_are_medians_of_ratios_at_the_reference():
    reading = read(reference_s=10e-6)
    client = reading.cpu[0]
    assert client.cpu_s == pytest.approx(30e-6)
    assert client.error == pytest.approx(1.2533 * 1.4826 * math.log(4 / 3) / math.sqrt(3))
    assert (client.role, client.protocol, client.passes) == ("client_sidecar", "http2", 1)
    assert (client.body_bytes, client.rate_per_s, client.count) == (1536.0, 9100.0, 3)
    assert (client.arrivals, client.is_paired, client.place.line) == ("saturated", True, 2)


def test_the_level_is_the_lower_quartile_of_the_file():
    """References 20, 20, 21, 22, 22, 22, 23: the lower quartile is 20.5."""
    assert read().cpu[0].cpu_s == pytest.approx(3 * 20.5e-6)
    assert read("\n".join(measurement_files.PAIRED.splitlines()[:2])).cpu[0].cpu_s == (
        pytest.approx(44e-6)
    )


def test_both_sidecars_of_a_pair_are_one_sitting():
    client, server, one, *_ = read().cpu
    assert client.sitting == server.sitting != one.sitting


def test_open_load_and_filters():
    *_, one, log, none = read().cpu
    assert (one.arrivals, one.rate_per_s, one.filters) == ("open", 101.0, ())
    assert log.filters == ("acc-log",)
    assert none.filters == ()
    assert math.isnan(one.error)


def test_names_of_filters():
    assert filters_of("istio_like(a+b)") == ("istio-like",)
    assert filters_of("none") == ()


def test_workers_share_the_rate():
    text = "test,protocol,mode,rps,cpu_us,ref_cpu_us,workers\na,h1,open,100,50,20,4\n"
    assert read(text).cpu[0].rate_per_s == 25.0


def test_slices_without_a_reference_are_listed():
    text = "test,protocol,mode,rps,cpu_us,ref_cpu_us\na,h1,open,100,50,\n"
    reading = read(text)
    assert not reading.cpu
    assert reading.tally.unused[0].example == "paired.csv:2"


def test_words_that_mean_nothing_are_said_together():
    text = "test,protocol,mode,rps,cpu_us,ref_cpu_us\na,h9,open,1,5,5\nb,h1,ajar,1,5,5\n"
    with pytest.raises(InputError) as caught:
        read(text)
    assert [problem.value for problem in caught.value.problems] == ["h9", "ajar"]


def test_a_rate_that_is_no_number():
    text = "test,protocol,mode,rps,cpu_us,ref_cpu_us\na,h1,open,x,5,5\n"
    with pytest.raises(InputError, match=r"paired.csv:2: column 'rps'"):
        read(text)


CLIENT, SERVER = "client_sidecar", "server_sidecar"


def closed(rps, cpu_us, role="proxy"):
    return f"topo,slow,{role},h1,0,0,0,closed,{rps},0,{cpu_us},20\n"


SHORT = "block,test,role,protocol,tls,payload_bytes,req_bytes,mode,rps,pair,cpu_us,ref_cpu_us\n"


@pytest.mark.parametrize(
    ("rows", "arrivals"),
    [
        ([closed(5_000, 100)], {"open"}),
        ([closed(7_000, 100)], {"saturated"}),
        (
            [closed(5_000, 100, CLIENT), closed(5_000, 50, SERVER)],
            {"saturated"},
        ),
        ([closed(3_000, 100, CLIENT), closed(3_000, 50, SERVER)], {"open"}),
    ],
)
def test_a_closed_loop_saturates_only_if_the_generator_is_fast(rows, arrivals):
    """0.5, 0.7, 0.75 and 0.45 cores."""
    reading = read(SHORT + "".join(rows))
    assert {cell.arrivals for cell in reading.cpu} == arrivals
    said = any("left their workers idle" in text for text in reading.tally.report().assumptions)
    assert said == (arrivals == {"open"})


@pytest.mark.parametrize(
    ("foreign", "arrivals"), [(0.0, "open"), (-0.07, "open"), (1.6, "saturated")]
)
def test_a_core_that_others_use_saturates_earlier(foreign, arrivals):
    """0.3 cores of one that is left whole, and of one of which 0.2 are left."""
    text = SHORT.replace("ref_cpu_us", "ref_cpu_us,foreign_cpu")
    reading = read(text + closed(3_000, 100).replace("\n", f",{foreign}\n"))
    assert [cell.arrivals for cell in reading.cpu] == [arrivals]

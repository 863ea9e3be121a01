"""Goal: what is printed, recorded and shown is what was measured. Method: made-up reports, and the
page that is kept against the one that the history gives.
"""

import pytest

from benchmarks import history, ratios, table
from benchmarks.__main__ import main
from benchmarks.history import Entry
from benchmarks.measure import Spread, Timed
from benchmarks.ratios import Aim, Effort, Report
from benchmarks.systems import SYSTEMS

ENTRY = Entry(
    "2026-01-31",
    "abcdef123",
    {"cpu": "Some CPU", "python": "3.12.1", "numba": "0.99"},
    {
        "speed/mesh-chain/kernel/simpy": Spread(61.0, 50.0, 70.0),
        "speed/mm1/kernel/bare": Spread(0.4, 0.3, 0.45),
        "speed/fan-out-4/kernel/simpy": Spread(1234.0, 1000.0, 2000.0),
        "memory": Spread(1.0, 1.0, 1.0),
    },
    {"mesh-chain": {"kernel": 1000.0, "simpy": 61234.0}},
)


def test_the_page_is_made_from_the_history():
    assert table.PAGE.read_text("utf-8") == table.page(history.read())


def test_a_page_says_which_aims_are_met():
    page = table.page([ENTRY])
    assert (
        "| Chain of three, istio-sidecar: kernel over SimPy model | 61 (50 to 70) "
        "| at least 60 | met |" in page
    )
    assert (
        "| M/M/1: kernel over bare loop | 0.4 (0.3 to 0.45) | at least 0.5 | **missed** |" in page
    )
    assert "| Fan-out to four: kernel over SimPy model | 1,230 (1,000 to 2,000) |  |  |" in page
    assert "| 1 | at most 1.1 | met |" in page
    assert "| Chain of three, istio-sidecar | 1,000 |  | 61,200 |  |  |" in page
    assert "2026-01-31, commit `abcdef123`; Some CPU, Python 3.12.1, numba 0.99." in page


def test_the_history_keeps_what_it_is_given(tmp_path):
    path = tmp_path / "history.json"
    assert history.read(path) == []
    history.append(ENTRY, path)
    history.append(ENTRY, path)
    assert history.read(path) == [ENTRY, ENTRY]


def test_an_entry_is_rounded_and_names_the_machine():
    report = Report({"memory": Spread(1.23456, 1.0, 2.0)}, {"mm1": {"kernel": 100.0}})
    entry = history.entry_of(report)
    assert entry.ratios == {"memory": Spread(1.23, 1.0, 2.0)}
    assert entry.hop_ns == report.hop_ns
    assert {"cpu", "python", "numba", "ciw"} <= set(entry.machine)


def test_every_ratio_has_a_title_and_an_aim():
    for key in (*ratios.OTHER_AIMS, *ENTRY.ratios):
        assert ratios.title_of(key)
        assert isinstance(ratios.aim_of(key), Aim)
    assert ratios.aim_of("speed/mm1/tallies/ciw") == Aim(at_least=80)
    assert ratios.aim_of("speed/fan-out-4/kernel/simpy") == Aim()


@pytest.mark.parametrize(
    ("aim", "good", "bad"), [(Aim(at_least=2), 2.0, 1.9), (Aim(at_most=2), 2.0, 2.1)]
)
def test_aims(aim, good, bad):
    assert aim.met(good)
    assert not aim.met(bad)


def test_speed_is_how_many_times_the_time_of_the_other():
    timed = Timed(SYSTEMS["mm1"], {"kernel": [1.0, 2.0], "ciw": [80.0, 100.0]}, {})
    assert ratios.speeds(timed) == {"speed/mm1/kernel/ciw": Spread(65.0, 50.0, 80.0)}


def test_the_command_prints_and_records_the_cases_asked_for(monkeypatch, tmp_path, capsys):
    asked = []

    def run_case(case, engines, effort, report):
        asked.append((case, engines, effort))
        report.ratios["memory" if case == "memory" else f"speed/{case}/kernel/ciw"] = Spread(
            3, 2, 4
        )

    monkeypatch.setattr("benchmarks.__main__.run_case", run_case)
    monkeypatch.setattr(history, "HISTORY", tmp_path / "history.json")
    monkeypatch.setattr(history.append, "__defaults__", (tmp_path / "history.json",))
    main(["--case", "mm1", "--case", "memory", "--engine", "kernel", "--quick", "--record"])
    assert asked == [("mm1", ["kernel"], ratios.QUICK), ("memory", ["kernel"], ratios.QUICK)]
    printed = capsys.readouterr().out
    assert "M/M/1: kernel over Ciw" in printed
    assert "at least 80: MISSED" in printed
    assert len(history.read(tmp_path / "history.json")) == 1


def test_a_case_of_queues_and_the_sizes_are_measured(monkeypatch):
    monkeypatch.setattr(
        "benchmarks.measure.cpu_of", lambda run, requests, seed: (1.0, run(requests, seed))
    )
    report, effort = Report(), Effort(rounds=1, share=0.01)
    ratios.run_case("mm1", ["kernel", "bare"], effort, report)
    assert list(report.ratios) == ["speed/mm1/kernel/bare"]
    assert list(report.hop_ns["mm1"]) == ["kernel", "bare"]
    ratios.run_case("size", [], effort, report)
    assert {"size/tree-111", "size/tree-1000"} <= set(report.ratios)

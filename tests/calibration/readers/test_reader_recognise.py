"""Files are told apart by what they hold."""

import json

import measurement_files
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measurement_files import cpu, matrix, requests

from meshsim.calibration.readers.recognise import ReadOptions, read_measurements
from meshsim.errors import InputError


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


COUNTS = {
    "PAIRED": (5, 0, 0, 0),
    "UNPAIRED": (5, 0, 0, 4),
    "MEMORY": (0, 6, 0, 0),
    "HANDSHAKE": (0, 0, 3, 0),
    "QUEUE": (0, 0, 0, 2),
    "FORTIO": (0, 0, 0, 3),
    "K6": (0, 0, 0, 3),
    "K6_POINTS": (0, 0, 0, 5),
    "NIGHTHAWK": (0, 0, 0, 4),
    "WRK2": (0, 0, 0, 5),
}


@pytest.mark.parametrize("kind", COUNTS)
def test_each_kind_by_its_content(kind, written):
    path = written("whatever.dat", getattr(measurement_files, kind))
    reading = read_measurements([path], ReadOptions())
    found = (reading.cpu, reading.memory, reading.connections)
    counts = tuple(map(len, found))
    assert counts == COUNTS[kind][:3]
    assert len(reading.latencies) >= COUNTS[kind][3]


def test_a_mark_of_utf_8_is_no_content(written):
    path = written("a.csv", b"\xef\xbb\xbf" + measurement_files.MEMORY.encode())
    assert len(read_measurements([path], ReadOptions()).memory) == 6


def test_counters_may_stand_in_two_files(written):
    steps = [3.0 * i for i in range(5)]
    one = written("a.json", json.dumps(matrix(cpu("p", steps))))
    two = written("b.json", json.dumps(matrix(requests("p", [5_000 * s for s in steps]))))
    (cell,) = read_measurements([one, two], ReadOptions()).cpu
    assert cell.cpu_s == pytest.approx(200e-6)


def test_baselines_have_no_proxy_and_others_as_many_as_is_said(written):
    path = written("a.json", measurement_files.FORTIO)
    reading = read_measurements([path], ReadOptions(baseline=(path,), proxies=3))
    assert {cell.proxies for cell in reading.latencies} == {0, 3}


def test_the_reference_may_be_given(written):
    path = written("a.csv", measurement_files.PAIRED)
    reading = read_measurements([path], ReadOptions(reference_s=10e-6))
    assert reading.cpu[0].cpu_s == pytest.approx(30e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("x,y\n1,2\n", "a.dat:1: no table of measurements has these columns, not 'x,y'"),
        ("{}", "no known tool writes JSON with these keys, not 'dict'"),
        ("[1]", "no known tool writes JSON with these keys, not 'list'"),
        ('{"a": 1}', "not 'a'"),
        (b"\xff\xfe\x00", "is no text in UTF-8"),
    ],
)
def test_what_nobody_knows_is_refused_with_what_is_known(text, message, written):
    with pytest.raises(InputError) as caught:
        read_measurements([written("a.dat", text)], ReadOptions())
    assert message in str(caught.value)
    assert "Nighthawk" in str(caught.value)


def test_problems_of_all_files_come_together(written, tmp_path):
    paths = [written("a.csv", ""), tmp_path / "absent.csv"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        read_measurements(paths, ReadOptions(baseline=(tmp_path / "empty",)))
    assert len(caught.value.problems) == 3


MACHINE = {
    "cpu_model": "A processor",
    "cores": 2,
    "kernel": "6.18",
    "reference": {"slices": 9},
    "doubts": ["the null test failed"],
}


def test_a_folder_is_read_whole_with_its_machine(written, tmp_path):
    written("paired.csv", measurement_files.PAIRED)
    written("machine.json", json.dumps(MACHINE))
    written("notes.md", "nothing to read")
    reading = read_measurements([tmp_path], ReadOptions())
    assert len(reading.cpu) == 5
    assert reading.machines == ["A processor, 2 cores, kernel 6.18"]
    assert "although: the null test failed" in reading.tally.report().assumptions[0]


HEADER = (
    "scenario,concurrency,protocol,tls,connections,arrivals,target_rps,achieved_rps,"
    "cpu_us_proxy,note\n"
)
BY_RATIO = (
    "b_one_proxy,{workers},h1,0,16,poisson,{rate},{rate},"
    "300,5 slices; cpu_us by ratio to the reference\n"
)


def test_what_a_paired_file_has_slice_by_slice_does_not_count_twice(written):
    paired = written("paired.csv", measurement_files.PAIRED)
    settings = ((1, 101), (1, 5000), (2, 202))
    rows = [BY_RATIO.format(workers=workers, rate=rate) for workers, rate in settings]
    unpaired = written("unpaired.csv", HEADER + "".join(rows))
    together = read_measurements([paired, unpaired], ReadOptions())
    assert len(together.cpu) == 5 + 2
    assert together.tally.unused[0].why == "a paired file has its slices"
    alone = read_measurements([unpaired], ReadOptions()).cpu
    assert len(alone) == 3
    assert all(cell.is_paired for cell in alone)


def test_a_file_too_large_to_be_a_summary(written, monkeypatch):
    monkeypatch.setattr("meshsim.calibration.readers.recognise._BYTES_MAX", 10)
    with pytest.raises(InputError, match="larger than"):
        read_measurements([written("a.csv", "x" * 11)], ReadOptions())


@given(st.text(max_size=300))
def test_text_that_is_no_measurement_is_refused_with_a_cure(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "a.txt"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(InputError) as caught:
        read_measurements([path], ReadOptions())
    assert all(problem.cure for problem in caught.value.problems)

"""Files are told by their columns, folders are looked through, and what is neither is refused."""

import csv

import pytest
from test_accuracy_our_files import FULL, PAIR
from test_accuracy_published import ROW

from meshsim.calibration.accuracy.recognised import SHIPPED, read_all
from meshsim.errors import InputError


def write(path, *rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_files_of_two_layouts_and_repeats(tmp_path):
    one = write(tmp_path / "figures.csv", ROW, {**ROW, "value": "1"}, {**ROW, "value": "x"})
    two = write(tmp_path / "pairs.csv", PAIR)
    found = read_all([one, two])
    assert [(cell.source, cell.repeats) for cell in found.cells] == [
        ("lab", 2),
        (f"{tmp_path.name}/pairs", 1),
    ]
    assert found.cells[0].place == "figures.csv:2"
    assert found.unread == {"not a number": 1}


def test_rows_that_give_nothing_are_counted_by_layout(tmp_path):
    path = write(tmp_path / "a.csv", {**PAIR, "ratio": ""})
    (reason,) = read_all([path]).unread
    assert reason.startswith("paired: ")


def test_a_folder_is_looked_through(tmp_path):
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep" / "m.csv", FULL)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text("")
    assert [cell.metric for cell in read_all([tmp_path]).cells] == ["memory_mb"]


def test_what_cannot_be_read_is_told_together(tmp_path):
    odd, bits = tmp_path / "odd.csv", tmp_path / "bits.csv"
    odd.write_text("a,b\n")
    bits.write_bytes(b"\xff\xfe\x00\xff")
    (tmp_path / "bare").mkdir()
    with pytest.raises(InputError) as caught:
        read_all([odd, bits, tmp_path / "none.csv", tmp_path / "bare"])
    rules = [problem.rule for problem in caught.value.problems]
    assert len(rules) == 4
    assert any("none of the known layouts" in rule for rule in rules)
    assert any("holds no CSV file" in rule for rule in rules)
    assert sum("cannot be read" in rule for rule in rules) == 2


def test_the_shipped_catalogue_is_read_whole():
    found = read_all([SHIPPED])
    assert found.unread == {}
    assert 100 <= len(found.cells) <= 350
    assert len({cell.source for cell in found.cells}) >= 8

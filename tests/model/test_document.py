"""Any file at all is read into data with positions, or refused with place, rule and cure.

Method: one small shop whose positions are counted by hand, and tables of nasty inputs, each with
the place and the words of rule and cure that the user must see. Generated inputs are in
``test_document_generated.py``.
"""

from __future__ import annotations

import errno
import math
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from meshsim.errors import InputError, Place
from meshsim.model.document import Document, read_bytes, read_document, read_text

SHOP = """\
# a comment
name: shop
services:
  - name: "front"
    cpu: 2
    version: 1.10
    calls: [{to: back, timeout: 25ms}]
  - name: back
    cpu:
"""


def test_data_is_plain() -> None:
    assert read_text(SHOP, "shop.yaml").data == {
        "name": "shop",
        "services": [
            {
                "name": "front",
                "cpu": 2,
                "version": 1.1,
                "calls": [{"to": "back", "timeout": "25ms"}],
            },
            {"name": "back", "cpu": None},
        ],
    }


@pytest.mark.parametrize(
    ("location", "place", "key_place"),
    [
        ((), "2:1", "2:1"),
        (("name",), "2:7", "2:1"),
        (("services",), "4:3", "3:1"),
        (("services", 0), "4:5", "4:5"),
        (("services", 0, "name"), "4:11", "4:5"),
        (("services", 0, "calls", 0, "timeout"), "7:33", "7:24"),
        (("services", 1, "cpu"), "9:9", "9:5"),
        (("services", 0, "calls", 0, "retries"), "7:13", "7:13"),
        (("services", 0, "calls", 3, "timeout"), "7:12", "7:12"),
        (("nothing", 7), "2:1", "2:1"),
        (("services", "0"), "4:3", "4:3"),
    ],
)
def test_a_location_has_the_nearest_place(
    location: tuple[str | int, ...], place: str, key_place: str
) -> None:
    document = read_text(SHOP, "shop.yaml")
    assert str(document.place(location)) == f"shop.yaml:{place}"
    assert str(document.place(list(location))) == f"shop.yaml:{place}"
    assert str(document.key_place(location)) == f"shop.yaml:{key_place}"


def test_the_maps_hold_each_node_that_they_speak_of() -> None:
    document = read_text("a: 1.10\nb: [x, '']\n", "a.yaml")
    assert dict(document.places) == {
        (): Place("a.yaml", 1, 1),
        ("a",): Place("a.yaml", 1, 4),
        ("b",): Place("a.yaml", 2, 4),
        ("b", 0): Place("a.yaml", 2, 5),
        ("b", 1): Place("a.yaml", 2, 8),
    }
    assert dict(document.key_places) == {
        ("a",): Place("a.yaml", 1, 1),
        ("b",): Place("a.yaml", 2, 1),
    }
    assert dict(document.texts) == {("a",): "1.10", ("b", 0): "x", ("b", 1): ""}
    assert len(document.places) == 5
    assert ("b", 2) not in document.places
    assert ("b",) not in document.texts
    assert () not in document.key_places


def test_a_document_made_by_hand_falls_back_to_its_file() -> None:
    assert Document("a.json", {"a": 1}, {}, {}, {}).place(("a",)) == Place("a.json")


def test_the_text_of_a_number_is_what_was_written() -> None:
    texts = read_text("a: 1e3\nb: 0.50\nc: '5'\nd: +7\ne: &x 010m\nf: *x\n", "a.yaml").texts
    assert [texts[key,] for key in "abcdef"] == ["1e3", "0.50", "5", "+7", "010m", "010m"]


def test_aliases_bring_values_of_their_own() -> None:
    data = read_text("a: &x {b: [1]}\nc: *x\n", "a.yaml").data
    data["a"]["b"].append(2)
    assert data["c"] == {"b": [1]}


def test_a_document_goes_to_another_process() -> None:
    document = pickle.loads(pickle.dumps(read_text(SHOP, "shop.yaml")))
    assert document.place(("services", 0, "cpu")) == Place("shop.yaml", 5, 10)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfa: 1\n",
        b"a: 1\r\n",
        b"a: 1\r",
        b"a: 1",
        b"%YAML 1.2\n---\na: 1\n...\n",
        b'{"a": 1}',
        b'{\n\t"a":\n\t1}',
    ],
)
def test_ways_to_write_the_same(data: bytes) -> None:
    assert read_bytes(data, "a.yaml").data == {"a": 1}


def test_a_byte_order_mark_moves_no_column() -> None:
    document = read_bytes(b"\xef\xbb\xbfa: 1\n", "a.yaml")
    assert document.place(("a",)) == Place("a.yaml", 1, 4)


def test_not_a_number_and_infinity_are_read_and_left_to_the_schema() -> None:
    data = read_text("a: .nan\nb: -.inf\n", "a.yaml").data
    assert math.isnan(data["a"])
    assert data["b"] == -math.inf


def laughs() -> bytes:
    lines = [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)
    ]
    return "\n".join(["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]", *lines]).encode()


NASTY_BYTES: list[tuple[str, bytes, str, str, str]] = [
    ("nothing", b"", "1:1", "must not be empty", "key: value"),
    ("only comments", b"# a\n\n# b\n", "1:1", "must not be empty", "key: value"),
    ("only a marker", b"---\n", "1:1", "must not be empty", "key: value"),
    ("only null", b"null\n", "1:1", "must not be empty", "key: value"),
    ("zero and one", b"\x00\x01", "", "byte 0 is zero", "YAML file"),
    ("an image", b"\x89PNG\r\n\x1a\n\x00\x00", "", "byte 8 is zero", "YAML file"),
    ("UTF-16", "a: 1\n".encode("utf-16"), "1:1", "UTF-16", "save it as UTF-8"),
    ("latin-1", "a: 1\nname: café\n".encode("latin-1"), "2:10", "byte 14", "save it as UTF-8"),
    ("UTF-8 cut short", "name: é".encode()[:-1], "1:7", "UTF-8 text", "save it as UTF-8"),
    ("surrogate in bytes", b"a: \xed\xa0\x80\n", "1:4", "UTF-8 text", "save it as UTF-8"),
    ("escape sequence", b"a: 1\nb: \x1b[31m\n", "2:4", "invisible characters", "remove it"),
    ("form feed", b"a: 1\n\x0cb: 1\n", "2:1", "invisible characters", "remove it"),
    ("second BOM", b"a: 1\n\xef\xbb\xbfb: 2\n", "2:1", "invisible characters", "remove it"),
    ("a list", b"- a\n- b\n", "1:1", "must be a mapping", "list below its key"),
    ("a word", b"hello\n", "1:1", "must be a mapping", "key: value"),
    ("a number", b"12\n", "1:1", "must be a mapping", "key: value"),
    ("two documents", b"a: 1\n---\nb: 2\n", "2:1", "one YAML document", "two files"),
    ("duplicate key", b"a: 1\nb: 2\na: 3\n", "3:1", "already at FILE:1:1", "remove one of the two"),
    ("duplicate key below", b"a: {b: 1, 'b': 2}\n", "1:11", "already at FILE:1:5", "rename it"),
    ("number as key", b"1: 2\n", "1:1", "key must be text", 'write "1" in quotes'),
    ("switch as key", b"on: 2\n", "1:1", "key must be text", 'write "on" in quotes'),
    ("list as key", b"? [a]\n: 2\n", "1:3", "key must be text", "before the colon"),
    ("template", b"a: {{ .Values.x }}\n", "1:5", "key must be text", "template in quotes"),
    ("python tag", b"a: !!python/object/apply:os.system [ls]\n", "1:4", "no tag", "remove it"),
    ("custom tag", b"a: !Ref x\n", "1:4", "no tag", "remove it"),
    ("tabs", b"a:\n\tb: 1\n", "2:1", "valid YAML", "indent with spaces"),
    ("unclosed quote", b"a: 1\nb: \"x\nc: 2\n", "2:4", "valid YAML", "end the text with the quote"),
    ("unclosed bracket", b"a: [1, 2\n", "1:4", "valid YAML", "close the bracket"),
    ("two colons", b"a: b: c\n", "1:5", "valid YAML", "in quotes"),
    ("only a directive", b"%YAML 1.1\n", "1:10", "valid YAML", "begin with %"),
    ("future YAML", b"%YAML 3.0\n---\na: 1\n", "1:1", "valid YAML", "begin with %"),
    ("unknown anchor", b"a: *b\n", "1:4", "anchor that stands further up", "put &b before"),
    ("recursive alias", b"a: &a [*a]\n", "1:8", "must not contain itself", "write out"),
    ("recursive mapping", b"a: &a\n  b: *a\n", "2:6", "must not contain itself", "write out"),
    ("billion laughs", laughs(), "5:45", "100000 values by aliases", "write out"),
    ("deep list", b"[" * 100_000, "1:65", "deeper than 64", "brackets"),
    ("deep mapping", b"{a: " * 100_000, "1:257", "deeper than 64", "brackets"),
    ("deep dashes", b"- " * 100_000, "1:129", "deeper than 64", "brackets"),
    ("huge number", b"a: 1" + b"0" * 400, "1:4", "18 digits", "smaller number"),
    ("number of 5000 digits", b"a: 1" + b"0" * 5000, "1:4", "18 digits", "smaller number"),
    ("float too large", b"a: 1e999\n", "1:4", "1e308", "write a number that exists"),
    ("yes", b"a: yes\n", "1:4", "true, false or a text", 'write true, or "yes"'),
    ("Norway", b"country: NO\n", "1:10", "true, false or a text", 'write false, or "NO"'),
    ("octal", b"a: 010\n", "1:4", "begin with a zero", 'write 10, or "010"'),
    ("hexadecimal", b"a: 0x1F\n", "1:4", "decimal", "write 31"),
    ("sexagesimal", b"timeout: 1:30\n", "1:10", "colon", "write 1m30s"),
    ("underscore", b"a: 1_000\n", "1:4", "underscores", "write 1000"),
    ("half an escape", b'a: "\\ud800"\n', "1:7", "valid YAML", "backslash"),
    ("HTML", b"<!DOCTYPE html>\n<a href='x'>: 1</a>\n", "2:13", "valid YAML", "quotes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "place", "rule", "cure"),
    [pytest.param(*row[1:], id=row[0]) for row in NASTY_BYTES],
)
def test_nasty_bytes_are_refused_with_place_rule_and_cure(
    data: bytes, place: str, rule: str, cure: str, tmp_path: Path
) -> None:
    path = tmp_path / "nasty.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_document(path)
    (problem,) = caught.value.problems
    assert str(problem.place) == (f"{path}:{place}" if place else str(path))
    assert rule.replace("FILE", str(path)) in problem.rule
    assert cure in problem.cure
    assert len(str(problem)) < 500 + 2 * len(str(path))


def sparse(folder: Path) -> Path:
    path = folder / "sparse.yaml"
    path.touch()
    os.truncate(path, 100 * 2**20)
    return path


def pipe(folder: Path) -> Path:
    path = folder / "pipe.yaml"
    os.mkfifo(path)
    return path


def link_to(target: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "link.yaml"
        path.symlink_to(target)
        return path

    return make


def folder_of_files(folder: Path) -> Path:
    for name in ("b.yaml", "a.yml", "notes.txt"):
        (folder / name).touch()
    return folder


def misspelt(folder: Path) -> Path:
    (folder / "bookinfo.yaml").touch()
    return folder / "bokinfo.yaml"


@pytest.mark.parametrize(
    ("make", "rule", "cure"),
    [
        (sparse, "no larger than 8388608 bytes", "split it"),
        (pipe, "regular file", "save the text in a file"),
        (lambda _: Path("/dev/zero"), "regular file", "save the text in a file"),
        (lambda folder: folder, "not a directory", "give the path of a YAML file"),
        (folder_of_files, "not a directory", "give one of its files: a.yml, b.yaml"),
        (misspelt, "no such file", "did you mean 'bookinfo.yaml'?"),
        (lambda folder: folder / "a.yaml", "no such file", "check the path"),
        (lambda folder: folder / "x" / "a.yaml", "no such file", "its directory does not exist"),
        (link_to("nowhere.yaml"), "no such file", "let the link point to a file"),
        (link_to("link.yaml"), "must be readable (Too many", "let the link point to a file"),
        (lambda folder: folder / ("x" * 5000), "must be readable (File name", "a shorter path"),
        (lambda folder: folder / "a\x00b", "must be readable (it is no path)", "check the path"),
        (lambda folder: folder / "a\ud800b", "must be readable (it is no path)", "check the path"),
        (lambda _: Path("/dev/null/a.yaml"), "must be readable (Not a dir", "check the path"),
    ],
)
def test_paths_that_lead_to_no_text(
    make: Callable[[Path], Path], rule: str, cure: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError) as caught:
        read_document(path)
    (problem,) = caught.value.problems
    assert problem.place.line == 0
    assert problem.place.file.encode("utf-8") == str(path).encode("utf-8", "backslashreplace")
    assert rule in problem.rule
    assert cure in problem.cure


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    path.chmod(0)
    with pytest.raises(InputError, match=r"must be readable \(Permission denied\)"):
        read_document(path)


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"must be readable \(Permission denied\); ask its owner"):
        read_document(path)


def test_neighbours_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="no such file; check the path"):
        read_document(tmp_path / "a.yaml")


def test_the_limit_of_size_is_the_last_size_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n")
    assert read_document(path, size_bytes_max=5).data == {"a": 1}
    with pytest.raises(InputError, match="no larger than 4 bytes, not '5 bytes or more'"):
        read_document(path, size_bytes_max=4)


def test_a_file_that_lies_about_its_size_is_measured_again() -> None:
    path = Path("/proc/self/environ")
    if not path.exists():
        pytest.skip("needs the proc file system")
    assert path.stat().st_size == 0
    with pytest.raises(InputError, match="no larger than 1 bytes"):
        read_document(path, size_bytes_max=1)


def test_a_lone_surrogate_in_a_text() -> None:
    with pytest.raises(InputError, match=r"^a.yaml:2:4: .*'U\+D800'"):
        read_text("a: 1\nb: \ud800\n", "a.yaml")


def test_all_problems_are_told_at_once_up_to_the_broken_line() -> None:
    with pytest.raises(InputError) as caught:
        read_text("a: yes\nb: 010\na: 1\nc: [\n", "a.yaml")
    places = [(problem.place.line, problem.place.column) for problem in caught.value.problems]
    assert places == [(1, 4), (2, 4), (3, 1), (4, 5)]


def test_a_mesh_of_two_thousand_services_is_read_to_its_last_line() -> None:
    service = """\
  - name: service-{0}
    replicas: 3
    resources:
      requests: {{cpu: 100m, memory: 128Mi}}
    endpoints:
      - name: get
        steps:
          - compute: 1ms
          - call: service-{1}/get
            probability: 10%
"""
    text = "services:\n" + "".join(service.format(n, (n + 1) % 2000) for n in range(2000))
    assert text.count("\n") == 20_001
    document = read_text(text, "large.yaml")
    assert document.place(("services", 1999, "endpoints", 0, "steps", 1, "probability")).line == (
        20_001
    )

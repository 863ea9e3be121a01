"""Goal: any JSON file gives the same elements as json.loads, whatever its size and shape, and any
other file gives one problem with its place.
Method: shapes by hand; random JSON read in chunks of a few bytes, so that each border falls in the
middle of something; broken files whose line and column are counted by hand; and the peak of memory
while many elements pass.
"""

import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshsim.errors import InputError
from meshsim.inputs import json_stream
from meshsim.inputs.json_stream import elements


def read(path, **more):
    return [(element.where, element.value) for element in elements(path, "data", **more)]


def saved(folder, content):
    path = folder / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problem(path, **more):
    with pytest.raises(InputError) as caught:
        read(path, **more)
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"data": [1, {"a": 2}], "total": 2}', [("data[0]", 1), ("data[1]", {"a": 2})]),
        ('{"total": 0, "data": []}', []),
        ("[]", []),
        ('[{"a": 1}, {"b": 2}]', [("[0]", {"a": 1}), ("[1]", {"b": 2})]),
        ('{"a": {"data": [1]}}', [("line 1", {"a": {"data": [1]}})]),
        ('{"data": null, "errors": [1]}', [("line 1", {"data": None, "errors": [1]})]),
        ("{}", [("line 1", {})]),
        ('{"a": 1}\n\n{"a": 2}\n', [("line 1", {"a": 1}), ("line 3", {"a": 2})]),
        ('{"data": [1]}\n{"data": [2]}', [("data[0]", 1), ("data[0]", 2)]),
        ("\ufeff [1]", [("[0]", 1)]),
        ('["\\"]}\\\\", "\\ud83d\\ude00"]', [("[0]", '"]}\\'), ("[1]", "😀")]),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 3, 1000])
def test_shapes(tmp_path, text, expected, chunk_bytes):
    assert read(saved(tmp_path, text), chunk_bytes=chunk_bytes) == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(
    data=st.lists(values, max_size=6),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 0, 2]),
    chunk_bytes=st.integers(1, 40),
)
def test_elements_are_those_of_json_loads(tmp_path_factory, data, ascii_only, indent, chunk_bytes):
    path = tmp_path_factory.mktemp("random") / "file.json"
    text = json.dumps({"first": data, "data": data}, ensure_ascii=ascii_only, indent=indent)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    expected = json.loads(text)["data"]
    assert [value for _, value in read(path, chunk_bytes=chunk_bytes)] == expected


def test_numbers_that_are_none_are_left_to_the_reader(tmp_path):
    ((_, infinite), (_, not_a_number)) = read(saved(tmp_path, "[-Infinity, NaN]"), chunk_bytes=2)
    assert infinite == -float("inf")
    assert not_a_number != not_a_number


def test_gzip_is_found_by_its_content(tmp_path):
    path = saved(tmp_path, gzip.compress(b'{"data": [1, 2]}'))
    assert read(path) == [("data[0]", 1), ("data[1]", 2)]


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("", "0:0", "is empty"),
        (" \n ", "2:2", "is empty"),
        ("hello", "1:1", "must begin with { or [, as JSON does"),
        ("[1,\n 2", "2:3", "is cut off: the text ends in the middle"),
        ('{"data": [{"a": "b', "1:17", "is cut off: the text ends in the middle"),
        ('{"data": [1], "to', "1:15", "is cut off: the text ends in the middle"),
        ("[1 2]                                 ", "1:4", "is not JSON: here should be ','"),
        ("{a: 1}                                ", "1:2", "is not JSON: here should be a key"),
        ('{"a" 1}                               ', "1:6", "is not JSON: here should be ':'"),
        ('[{"a": 1 "b": 2}                      ]', "1:10", "is not JSON: expecting ','"),
        ("[1,\n\n  tru]                           ", "3:3", "is not JSON: expecting value"),
        ("[1]\n}", "2:1", "must begin with { or [, as JSON does"),
        ("[" * 100_000, "1:2", "is not JSON: cannot be parsed"),
        ("[" + "9" * 5000 + "]", "1:2", "is not JSON: cannot be parsed"),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [7, 2**20])
def test_broken_text_is_placed(tmp_path, text, place, rule, chunk_bytes):
    found = problem(saved(tmp_path, text), chunk_bytes=chunk_bytes)
    line, column = (int(number) for number in place.split(":"))
    assert found.rule.startswith(rule)
    assert found.cure
    if text:
        assert (found.place.line, found.place.column) == (line, column)


def test_a_broken_place_far_into_the_file_is_counted_across_chunks(tmp_path):
    text = '[\n  {"a": "é"},\n' + '  {"a": 1},\n' * 500 + '  {"a": ?}\n' + "]" + " " * 50
    found = problem(saved(tmp_path, text), chunk_bytes=11)
    assert (found.place.line, found.place.column) == (503, 9)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"[1, \xff\xfe]", "must be UTF-8 text, which byte 4 is not"),
        ("[1]".encode("utf-16"), "must be UTF-8 text, not UTF-16"),
        (b"\x89PNG\r\n\x1a\n", "must be UTF-8 text, which byte 0 is not"),
        (b"\x00\x00", "must begin with { or [, as JSON does"),
        (gzip.compress(b"[1, 2, 3]" * 99, mtime=0)[:-12], "is cut off: the compressed data end"),
        (gzip.compress(b"[1]", mtime=0)[:10] + b"\xff" * 40, "cannot be read: "),
    ],
)
def test_bytes_that_are_no_text(tmp_path, content, rule):
    assert problem(saved(tmp_path, content)).rule.startswith(rule)


def test_bytes_of_a_character_cut_by_a_chunk_are_counted(tmp_path):
    path = saved(tmp_path, '["é"'.encode() + b"\xc3]")
    assert problem(path, chunk_bytes=6).rule == "must be UTF-8 text, which byte 5 is not"


def test_what_is_no_file(tmp_path):
    assert problem(tmp_path).rule == "must be a file, not a directory"
    assert problem(tmp_path / "none").rule == "cannot be read: no such file or directory"
    assert problem(Path("a\0b")).rule.startswith("cannot be read: ")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert problem(pipe).rule == "must be a regular file"


def test_one_element_may_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(json_stream, "ELEMENT_CHARACTERS_MAX", 1000)
    path = saved(tmp_path, '[1, "' + "a" * 5000 + '"]')
    assert problem(path, chunk_bytes=100).rule.startswith("one element must be shorter than")


def test_elements_pass_without_gathering(tmp_path):
    element = json.dumps({"a": ["text"] * 1000})
    path = tmp_path / "large.json"
    with path.open("w") as stream:
        stream.write('{"data": [')
        stream.write(",".join([element] * 2_000))
        stream.write("]}")
    assert path.stat().st_size > 15_000_000
    tracemalloc.start()
    assert sum(1 for _ in elements(path, "data")) == 2_000
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 6_000_000

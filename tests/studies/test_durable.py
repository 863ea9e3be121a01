"""Goal: whatever stops a write, what was there is there, and nothing half. Method: writes that fail
at each of their steps."""

import os

import pytest

from meshsim.studies import durable


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced(tmp_path):
    durable.write_file(tmp_path / "a", b"one")
    durable.write_file(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"two"
    assert names(tmp_path) == ["a"]


def test_a_folder_is_written_with_all_its_files(tmp_path):
    durable.write_folder(tmp_path / "f", {"a": b"one", "b": b""})
    assert names(tmp_path) == ["f"]
    assert names(tmp_path / "f") == ["a", "b"]
    assert (tmp_path / "f" / "a").read_bytes() == b"one"


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    durable.write_file(tmp_path / "a", b"one")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        durable.write_folder(tmp_path / "f", {"a": b"one"})
    with pytest.raises(OSError, match="No space left"):
        durable.write_file(tmp_path / "a", b"two")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"one"


def test_a_folder_is_not_written_over_another(tmp_path):
    durable.write_folder(tmp_path / "f", {"a": b"one"})
    with pytest.raises(OSError, match="not empty"):
        durable.write_folder(tmp_path / "f", {"a": b"two"})
    assert (tmp_path / "f" / "a").read_bytes() == b"one"
    assert names(tmp_path) == ["f"]


def test_a_folder_is_deleted(tmp_path):
    durable.write_folder(tmp_path / "f", {"a": b"one"})
    durable.delete_folder(tmp_path / "f")
    assert names(tmp_path) == []


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    durable.write_folder(tmp_path / "f", {"a": b"one"})
    (tmp_path / ".new-g-0123").mkdir()
    (tmp_path / ".new-g-0123" / "a").write_bytes(b"half")
    (tmp_path / ".new-manifest.json-0123").write_bytes(b"half")
    durable.sweep(tmp_path)
    assert names(tmp_path) == ["f"]


def test_systems_that_cannot_open_folders_do_without(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_DIRECTORY")
    durable.write_file(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"

"""Goal: a file is written whole or not at all. Method: real files in a temporary folder, and a disk
that fails at each step."""

import os
import stat
from pathlib import Path

import pytest

from meshsim.errors import InputError
from meshsim.reports.files import check_writable, write_text


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".meshsim")]


def test_a_new_file_has_the_rights_of_new_files(tmp_path):
    old = os.umask(0o027)
    try:
        path = write_text(tmp_path / "deep" / "r.txt", "± 5\n")
    finally:
        os.umask(old)
    assert path.read_bytes() == "± 5\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_an_old_file_is_replaced_and_keeps_its_rights(tmp_path):
    path = tmp_path / "r.txt"
    path.write_text("old")
    path.chmod(0o600)
    write_text(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert leftovers(tmp_path) == []


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to("real.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


@pytest.mark.parametrize("step", ["fsync", "write", "replace"])
def test_a_failure_leaves_the_old_file(step, tmp_path, monkeypatch):
    path = tmp_path / "r.txt"
    path.write_text("old")

    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    if step == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    elif step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(os, "fdopen", fail)
    with pytest.raises(InputError, match="must be writable \\(No space left on device\\)"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert leftovers(tmp_path) == []


def test_a_check_makes_folders_and_leaves_nothing_else(tmp_path):
    check_writable(tmp_path / "a" / "b.txt")
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, rule in (
        (tmp_path, "must be a file, and this is a directory"),
        (tmp_path / "pipe", "must be a regular file"),
        (Path("/dev/null"), "must be a regular file"),
        (tmp_path / "a\0b", "must be writable"),
        (tmp_path / ("x" * 300), "must be writable"),
        (Path("/proc/nothing/here.txt"), "must be writable"),
    ):
        with pytest.raises(InputError, match=rule):
            check_writable(path)


def test_a_loop_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(InputError, match="must be"):
        check_writable(tmp_path / "a" / "c.txt")


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "r.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="it is read-only"):
        write_text(path, "new")
    assert path.read_text() == "old"

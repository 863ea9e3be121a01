"""Files and folders that are on the disk whole, or not at all, whenever the machine stops.

New content is written beside its place, flushed, and moved there by one rename; then the folder
that holds it is flushed, since the rename is a change of that folder.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

_NEW = ".new-"
"""Begins the names of what is being written, or being deleted."""


def write_file(path: Path, content: bytes) -> None:
    """Write a file, or put it in the place of another."""
    new = _beside(path)
    try:
        _write(new, content)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files, where there is none."""
    new = _beside(path)
    new.mkdir()
    try:
        for name, content in files.items():
            _write(new / name, content)
        _flush_folder(new)
        new.rename(path)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    _flush_folder(path.parent)


def delete_folder(path: Path) -> None:
    """Delete a folder that is seen whole, or not at all."""
    doomed = _beside(path)
    path.rename(doomed)
    shutil.rmtree(doomed)


def sweep(folder: Path) -> None:
    """Delete what a process left that was ended while it wrote into this folder."""
    for path in folder.glob(f"{_NEW}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f"{_NEW}{path.name}-{secrets.token_hex(4)}")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _flush_folder(path: Path) -> None:
    """Flush the names in a folder; systems that cannot open one keep them by themselves."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

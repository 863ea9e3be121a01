"""Writes a file whole or not at all: beside its place first, then moved there in one step.

A reader sees the old file or the new one, and a failure leaves the old one as it was.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from meshsim.errors import InputError, Place, Problem

_CURE = "give another path, or ask for the right to write there"


def check_writable(path: Path) -> None:
    """Make the folder and try to write in it. Raises InputError if the file could not be there."""
    target = _target(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        trial = _temporary(target)
        os.close(os.open(trial, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        trial.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None


def write_text(path: Path, text: str) -> Path:
    """Write a text as UTF-8. Raises InputError if it cannot be written; returns the path."""
    target = _target(path)
    temporary = _temporary(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(temporary, target, text.encode("utf-8"))
            temporary.replace(target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None
    return path


def _write(temporary: Path, target: Path, data: bytes) -> None:
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if target.exists():
        temporary.chmod(target.stat().st_mode & 0o777)


def _target(path: Path) -> Path:
    """Where the path leads. Raises InputError for what is no file that may be replaced."""
    try:
        target = path.resolve()
        exists, is_file, is_folder = target.exists(), target.is_file(), target.is_dir()
    except (OSError, ValueError, RuntimeError) as error:
        raise _unwritable(path, error) from None
    if is_folder:
        rule = "must be a file, and this is a directory"
        raise InputError([Problem(Place(_shown(path)), "", rule, "", "give the path of a file")])
    if exists and not is_file:
        rule = "must be a regular file, not a pipe, a device or a socket"
        raise InputError([Problem(Place(_shown(path)), "", rule, "", "give the path of a file")])
    if exists and not os.access(target, os.W_OK):
        raise _unwritable(path, PermissionError(13, "it is read-only"))
    return target


def _temporary(target: Path) -> Path:
    return target.with_name(f".meshsim-{secrets.token_hex(8)}.tmp")


def _unwritable(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or "it is no path"
    place = Place(_shown(path))
    return InputError([Problem(place, "", f"must be writable ({reason})", "", _CURE)])


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()

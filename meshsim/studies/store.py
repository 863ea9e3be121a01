"""A study folder: every finished task at once on disk, so that nothing is simulated twice.

=================  =============================================================================
``manifest.json``  what the study is, which tasks belong to it, how to go on
``tasks/ID/``      one finished task: ``task.json`` and a Parquet file for each of its tables
``runs.parquet``   one row per finished task: names, seed, replication, mean, p50, p99
``lock``           who is writing
=================  =============================================================================

A task is written beside its place and moved there by one rename, so a kill at any moment leaves a
whole task or none. ``task.json`` holds a SHA-256 of each file and of itself: what was cut or
changed later is seen, and that task is run again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meshsim import __version__
from meshsim.errors import InputError, Place, Problem
from meshsim.studies import durable
from meshsim.studies.lock import FILE, Lock
from meshsim.studies.tables import from_tables, layout_of, parquet_of, table_of, to_tables

FORMAT = 1
MANIFEST, RUNS, TASKS, TASK = "manifest.json", "runs.parquet", "tasks", "task.json"

Row = Mapping[str, int | float | str]


class Store:
    """A study folder that this process writes; made by :func:`open_store`."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.damaged = 0
        """Tasks that were not there as they had been written, and so count as not finished."""
        self._manifest = manifest
        self._tasks = folder / TASKS

    @property
    def planned(self) -> int:
        """Tasks that belong to the study, as far as is known."""
        return len(self._manifest["tasks"])

    @property
    def finished(self) -> int:
        """Tasks that are kept."""
        return len(_kept(self.folder))

    def plan(self, rows: Mapping[str, Row]) -> None:
        """Add tasks by id to the study, each with what tells it from others."""
        known = self._manifest["tasks"]
        if rows.keys() <= known.keys():
            return
        known.update({task_id: dict(row) for task_id, row in rows.items()})
        with _told(self.folder):
            durable.write_file(self.folder / MANIFEST, _json(self._manifest))

    def save(self, task_id: str, result: object) -> None:
        """Keep the result of a task. Raises InputError if it cannot be written."""
        layout = layout_of(result)
        header, tables = to_tables(result, layout)
        files = {f"{name}.parquet": parquet_of(table) for name, table in tables.items()}
        about = {
            "id": task_id,
            "finished": _now(),
            "summary": dict(layout.summary(result)),
            "header": header,
            "files": {name: _sha256(content) for name, content in files.items()},
        }
        signed = {**about, "sha256": _sha256(_json(about))}
        with _told(self.folder):
            durable.write_folder(self._tasks / task_id, {**files, TASK: _json(signed)})

    def load(self, task_id: str) -> Any:  # noqa: ANN401 - of whatever type was saved
        """The result of a task; None if it is not kept, or not as it was written."""
        folder = self._tasks / task_id
        if not folder.is_dir():
            return None
        with _told(self.folder):
            try:
                about = _about(folder)
                return from_tables(
                    about["header"],
                    lambda name: table_of(_checked(folder, f"{name}.parquet", about)),
                )
            except (FileNotFoundError, ValueError, KeyError, TypeError):
                self.damaged += 1
                durable.delete_folder(folder)
                return None

    def write_runs(self) -> None:
        """Write the table of all finished tasks."""
        import pyarrow as pa

        rows = list(self._rows())
        names = dict.fromkeys(name for row in rows for name in row)
        table = pa.table({name: [row.get(name) for row in rows] for name in names})
        with _told(self.folder):
            durable.write_file(self.folder / RUNS, parquet_of(table))

    def _rows(self) -> Iterator[Row]:
        kept = _kept(self.folder)
        for task_id, row in self._manifest["tasks"].items():
            if task_id in kept:
                try:
                    about = _about(self._tasks / task_id)
                except (FileNotFoundError, ValueError):
                    continue  # damaged: seen and mended when the task is asked for
                yield {"task": task_id, **row, **about["summary"], "finished": about["finished"]}


@contextmanager
def open_store(
    folder: Path, study: Mapping[str, str], command: str = "", *, resume: bool = False
) -> Iterator[Store]:
    """A study folder, made if it is not there, and locked until the end.

    ``study`` describes the study in words, which must be the same when it is gone on with;
    ``command`` is what to type to go on. Without ``resume`` the folder must not hold a finished
    task. Raises InputError if it does, if it holds something else, or another study, if another
    process writes it, or if it cannot be written.
    """
    with _told(folder):
        _check_ours(folder)
        (folder / TASKS).mkdir(parents=True, exist_ok=True)
        lock = Lock(folder)
    try:
        with _told(folder):
            durable.sweep(folder)
            durable.sweep(folder / TASKS)
            manifest = _begun(folder, {"meshsim": __version__, **study}, resume)
            manifest["command"] = command
            durable.write_file(folder / MANIFEST, _json(manifest))
        store = Store(folder, manifest)
        try:
            yield store
        finally:
            store.write_runs()
    finally:
        lock.release()


def _check_ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise _wrong(folder, "must be a folder", "give the path of a folder")
    if not folder.is_dir() or (folder / MANIFEST).exists():
        return
    if {path.name for path in folder.iterdir()} - {TASKS, FILE}:
        raise _wrong(folder, "is not empty and holds no study", "give the path of a new folder")


def _begun(folder: Path, study: dict[str, str], resume: bool) -> dict[str, Any]:
    """The manifest of the study in the folder; a new one if no task has finished there."""
    kept = len(_kept(folder))
    if kept == 0:
        return {"format": FORMAT, "begun": _now(), "study": study, "tasks": {}}
    manifest = _manifest(folder / MANIFEST)
    if not resume:
        rule = f"holds a study of which {kept} of {len(manifest['tasks'])} tasks are finished"
        cure = "go on with it by --resume (resume=True in Python), or give a new folder"
        raise _wrong(folder, rule, cure)
    differences = list(_differences(folder, manifest["study"], study))
    if differences:
        raise InputError(differences)
    return manifest


def _manifest(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
        if found["format"] == FORMAT and {"study", "tasks"} <= found.keys():
            return dict(found)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    rule = f"must be the manifest of a study folder in format {FORMAT}"
    raise _wrong(path, rule, "give a new folder, or delete this one")


def _differences(
    folder: Path, kept: Mapping[str, str], asked: Mapping[str, str]
) -> Iterator[Problem]:
    for name in {**kept, **asked}:
        before, now = kept.get(name, ""), asked.get(name, "")
        if before != now:
            rule = f"must be {before or 'left out'}, as when this study was begun"
            cure = "go on with the same options, or give a new folder"
            yield Problem(Place(str(folder)), name, rule, now, cure)


def _kept(folder: Path) -> set[str]:
    return {path.name for path in (folder / TASKS).iterdir() if not path.name.startswith(".")}


def _about(folder: Path) -> dict[str, Any]:
    """What ``task.json`` says. Raises ValueError if it is not what was written."""
    signed = json.loads((folder / TASK).read_bytes())
    about = {name: value for name, value in dict(signed).items() if name != "sha256"}
    if signed.get("sha256") != _sha256(_json(about)) or about.get("id") != folder.name:
        raise ValueError("damaged")
    return about


def _checked(folder: Path, name: str, about: Mapping[str, Any]) -> bytes:
    content = (folder / name).read_bytes()
    if _sha256(content) != about["files"][name]:
        raise ValueError("damaged")
    return content


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _wrong(place: Path, rule: str, cure: str) -> InputError:
    return InputError([Problem(Place(str(place)), "", rule, "", cure)])


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the disk refuses is told to the user."""
    try:
        yield
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or "it is no path"
        cure = "make room, give another path, or ask for the right to write there"
        raise _wrong(folder, f"must be writable ({reason})", cure) from None

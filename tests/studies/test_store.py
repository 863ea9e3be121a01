"""Goal: a study folder holds whole tasks or none, belongs to one study, and says what is wrong.

Method: real observations saved and loaded; files cut, changed and deleted in between; folders of
other studies and of no study.
"""

import dataclasses
import json

import builders
import numpy as np
import pandas as pd
import pytest

from meshsim import __version__
from meshsim.errors import InputError
from meshsim.solvers.simpy_model import RunSettings
from meshsim.studies import durable
from meshsim.studies.store import MANIFEST, RUNS, TASK, TASKS, open_store
from meshsim.studies.task import Task, run_task, task_ids

PROGRAM = builders.program(builders.topology(builders.listed(builders.service())))
JOBS = [
    Task(PROGRAM, RunSettings(5, replication=number), topology="shop", mesh="none")
    for number in range(2)
]
IDS = task_ids(JOBS)
RESULTS = [run_task(task) for task in JOBS]
ROWS = dict(zip(IDS, (task.row() for task in JOBS), strict=True))
STUDY = {"requests": "5", "meshes": "none"}


def open_again(folder, **changes):
    return open_store(folder, {**STUDY, **changes}, "meshsim run", resume=True)


def refused(folder, rule):
    with pytest.raises(InputError, match=rule), open_again(folder):
        pass


@pytest.fixture
def folder(tmp_path):
    """A study of two tasks, of which the first is finished."""
    path = tmp_path / "study"
    with open_store(path, STUDY, "meshsim run") as store:
        store.plan(ROWS)
        store.save(IDS[0], RESULTS[0])
    return path


def same(one, other):
    names = [field.name for field in dataclasses.fields(one)]
    pairs = ((getattr(one, name), getattr(other, name)) for name in names)
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


def test_what_was_saved_is_loaded(folder):
    with open_again(folder) as store:
        assert same(store.load(IDS[0]), RESULTS[0])
        assert store.load(IDS[1]) is None
        assert (store.finished, store.planned, store.damaged) == (1, 2, 0)


def test_the_folder_is_what_the_guide_says(folder):
    assert {path.name for path in folder.iterdir()} == {MANIFEST, RUNS, TASKS, "lock"}
    assert [path.name for path in (folder / TASKS).iterdir()] == [IDS[0]]
    files = {path.name for path in (folder / TASKS / IDS[0]).iterdir()}
    tables = ("requests", "calls", "snapshots", "stations", "proxies", "pods")
    assert files >= {TASK, *(f"{name}.parquet" for name in tables)}


def test_the_manifest_says_what_the_study_is(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["format"] == 1
    assert manifest["study"] == {"meshsim": __version__, **STUDY}
    assert manifest["command"] == "meshsim run"
    assert manifest["tasks"] == ROWS


def test_the_table_of_runs_has_the_finished_tasks(folder):
    with open_again(folder) as store:
        store.save(IDS[1], RESULTS[1])
    runs = pd.read_parquet(folder / RUNS)
    assert list(runs.task) == IDS
    assert list(runs.replication) == [0, 1]
    assert set(runs.mesh) == {"none"}
    assert runs.latency_s_mean[0] == RESULTS[0].latency_s.mean()
    assert set(runs.measured_requests) == {5}


def test_a_study_without_a_task_has_an_empty_table(tmp_path):
    with open_store(tmp_path / "study", STUDY):
        pass
    assert len(pd.read_parquet(tmp_path / "study" / RUNS)) == 0


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def change(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [cut, change, lambda path: path.unlink()])
@pytest.mark.parametrize("name", ["requests.parquet", "pods.parquet", TASK])
def test_a_damaged_task_is_as_if_it_had_not_finished(damage, name, folder):
    damage(folder / TASKS / IDS[0] / name)
    with open_again(folder) as store:
        assert store.load(IDS[0]) is None
        assert (store.finished, store.damaged) == (0, 1)
        store.save(IDS[0], RESULTS[0])
        assert same(store.load(IDS[0]), RESULTS[0])


def test_a_damaged_task_is_left_out_of_the_table(folder):
    cut(folder / TASKS / IDS[0] / TASK)
    with open_again(folder):
        pass
    assert len(pd.read_parquet(folder / RUNS)) == 0


def test_a_task_under_another_name_is_no_task(folder):
    (folder / TASKS / IDS[0]).rename(folder / TASKS / IDS[1])
    with open_again(folder) as store:
        assert store.load(IDS[1]) is None


def test_what_a_killed_process_left_does_not_count(folder):
    half = folder / TASKS / f".new-{IDS[1]}-0123"
    half.mkdir()
    (half / TASK).write_text("{")
    with open_again(folder) as store:
        assert store.finished == 1
        assert not half.exists()


def test_a_finished_task_is_not_lost_by_accident(folder):
    with pytest.raises(InputError) as caught, open_store(folder, STUDY):
        pass
    assert str(caught.value) == (
        f"{folder}: holds a study of which 1 of 2 tasks are finished; go on with it by --resume "
        "(resume=True in Python), or give a new folder"
    )


def test_a_study_without_a_finished_task_may_be_begun_anew(tmp_path):
    with open_store(tmp_path, STUDY) as store:
        store.plan(ROWS)
    with open_store(tmp_path, {"requests": "6"}) as store:
        assert store.planned == 0


def test_a_study_of_other_words_is_refused_with_the_differences(folder):
    with pytest.raises(InputError) as caught, open_again(folder, requests="9", rate="30/s"):
        pass
    cure = "go on with the same options, or give a new folder"
    assert str(caught.value).splitlines() == [
        f"{folder}: rate: must be left out, as when this study was begun, not '30/s'; {cure}",
        f"{folder}: requests: must be 5, as when this study was begun, not '9'; {cure}",
    ]


def test_to_resume_what_is_not_there_begins_it(tmp_path):
    with open_again(tmp_path / "deep" / "study") as store:
        assert (store.finished, store.planned) == (0, 0)


def test_the_command_is_that_of_the_last_time(folder):
    with open_store(folder, STUDY, "meshsim run --resume", resume=True):
        pass
    assert json.loads((folder / MANIFEST).read_text())["command"] == "meshsim run --resume"


def test_to_plan_what_is_planned_writes_nothing(folder, monkeypatch):
    with open_again(folder) as store:
        monkeypatch.setattr(durable, "write_file", None)
        store.plan(ROWS)
        monkeypatch.undo()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 2}', '{"format": 1}'])
def test_a_manifest_of_something_else_is_told(text, folder):
    (folder / MANIFEST).write_text(text)
    refused(folder, "must be the manifest of a study folder in format 1")


def test_a_lost_manifest_is_told(folder):
    (folder / MANIFEST).unlink()
    (folder / RUNS).unlink()
    refused(folder, "must be the manifest of a study folder")


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "photo.png").touch()
    refused(tmp_path, "is not empty and holds no study; give the path of a new")
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    refused(tmp_path / "file", "must be a folder; give the path of a folder")


@pytest.mark.parametrize("name", ["x" * 5_000, "a\0b", "/proc/nothing/study"])
def test_what_cannot_be_a_folder_is_told(name, tmp_path):
    refused(tmp_path / name, r"must be writable \(.*\); make room, give another path")


def test_one_process_at_a_time(folder):
    with open_again(folder):
        refused(folder, "is being written by process")
    with open_again(folder):
        pass


def test_a_full_disk_is_told_and_keeps_what_is_there(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with open_again(folder) as store:
        with monkeypatch.context() as patch:
            patch.setattr(durable, "write_folder", full)
            with pytest.raises(InputError, match=r"must be writable \(No space left on device\)"):
                store.save(IDS[1], RESULTS[1])
        assert store.finished == 1

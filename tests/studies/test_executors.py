"""Goal: an executor is named by a text, and decides how long tasks take but nothing else.

Method: squares of small numbers on each of them; texts that are right and wrong. Processes and
clusters have tests of their own.
"""

import threading

import jobs
import pytest

from meshsim.errors import InputError
from meshsim.studies import cluster, executors
from meshsim.studies.executors import Here, Threads, check_executor, open_executor, running_on


@pytest.mark.parametrize("text", ["here", "threads:1", "threads:3", "threads"])
def test_every_task_comes_back_with_its_number(text):
    with running_on(text) as where:
        assert sorted(where.finished(jobs.square, range(7))) == [(n, n * n) for n in range(7)]
        assert list(where.finished(jobs.square, [])) == []
        assert sorted(where.finished(jobs.square, [5])) == [(0, 25)]


@pytest.mark.parametrize("text", ["here", "threads:2"])
def test_what_a_task_raises_is_raised(text):
    with running_on(text) as where, pytest.raises(ValueError, match="three is not liked"):
        list(where.finished(jobs.fail_at_three, range(6)))


def test_here_is_this_thread():
    (only,) = Here().finished(lambda _: threading.current_thread(), [0])
    assert only == (0, threading.current_thread())


def test_threads_run_at_once():
    meeting = threading.Barrier(3)
    places = [place for _, place in Threads(3).finished(lambda _: meeting.wait(30), range(3))]
    assert sorted(places) == [0, 1, 2]


def test_threads_begin_nothing_more_once_nobody_waits():
    first, go_on, begun = threading.Event(), threading.Event(), []

    def task(number):
        begun.append(number)
        if number:
            first.set()
            go_on.wait(30)

    finished = Threads(1).finished(task, range(5))
    next(finished)
    first.wait(30)
    finished.close()
    go_on.set()
    assert begun == [0, 1]


def test_names_are_the_texts():
    assert Here().name == "here"
    assert open_executor("threads:3").name == "threads:3"
    assert open_executor("processes:2").name == "processes:2"


@pytest.mark.parametrize("processors", [1, 6])
def test_without_a_number_there_are_as_many_as_processors(processors, monkeypatch):
    monkeypatch.setattr(executors, "default_processes", lambda: processors)
    assert open_executor("threads").name == f"threads:{processors}"
    assert open_executor("processes").name == f"processes:{processors}"


def test_the_processors_are_those_that_may_be_used(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {2, 5, 7}, raising=False)
    assert executors.default_processes() == 3
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert executors.default_processes() == 4
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert executors.default_processes() == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "node-1.example.org", "[::1]"])
def test_a_cluster_has_a_host_and_a_port(host, monkeypatch):
    monkeypatch.setattr(cluster, "Cluster", lambda address: address)
    assert open_executor(f"dask://{host}:8786") == f"{host}:8786"


HOW_MANY = "must have a whole number from 1 to 1024 behind the colon"
ADDRESS = "must have the host and the port of a Dask scheduler"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "must name where to run"),
        ("here:1", "must name where to run"),
        ("thread:2", "must name where to run"),
        ("Threads", "must name where to run"),
        ("threads:", HOW_MANY),
        ("threads:0", HOW_MANY),
        ("threads:1025", HOW_MANY),
        ("threads:" + "9" * 5000, HOW_MANY),
        ("processes:two", HOW_MANY),
        ("processes:-1", HOW_MANY),
        ("processes:²", HOW_MANY),
        ("dask", ADDRESS),
        ("dask:", ADDRESS),
        ("dask://", ADDRESS),
        ("dask://host", ADDRESS),
        ("dask://host:", ADDRESS),
        ("dask://host:0", ADDRESS),
        ("dask://host:65536", ADDRESS),
        ("dask://a b:80", ADDRESS),
        ("dask:127.0.0.1:8786", ADDRESS),
    ],
)
def test_other_texts_are_refused_with_the_cure(text, rule):
    with pytest.raises(InputError) as caught:
        check_executor(text)
    assert str(caught.value).startswith(f"--executor: {rule}")
    assert "; write here, threads:4, processes:4 or dask://127.0.0.1:8786" in str(caught.value)


@pytest.mark.parametrize("text", ["here", "threads:1024", "processes", "dask://127.0.0.1:8786"])
def test_to_check_a_text_starts_nothing(text):
    before = threading.active_count()
    check_executor(text)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("processes", "name"), [(0, "here"), (1, "here"), (2, "processes:2"), (5, "processes:5")]
)
def test_without_an_executor_a_number_of_processes_decides(processes, name):
    with running_on(None, processes) as where:
        assert where.name == name


class Given(Here):
    closed = False

    def close(self):
        self.closed = True


def test_who_opens_an_executor_closes_it(monkeypatch):
    given, opened = Given(), Given()
    monkeypatch.setattr(executors, "open_executor", lambda _: opened)
    with running_on(given) as where:
        assert where is given
    with running_on("here"):
        assert not opened.closed
    assert (given.closed, opened.closed) == (False, True)


def test_two_answers_to_one_question_are_refused():
    rule = "given together with a number of processes"
    with pytest.raises(InputError, match=rule), running_on("threads:2", processes=2):
        pass


def test_the_default_follows_from_what_the_solver_does_with_the_lock():
    assert executors.default_executor("simpy") == "processes"
    assert executors.default_executor("kernel") == "threads"

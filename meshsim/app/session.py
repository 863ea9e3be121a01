"""What a visitor's session remembers: the question, the last answer, and whether something runs.

Answers are kept for all sessions together, by the key of their question, so that neither a change
of page nor a second visitor with the same link simulates again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar, cast

import streamlit as st

from meshsim.app.question import Question, short_digest
from meshsim.reports.phrases import time_left
from meshsim.solvers.choice import KERNEL, available_solver
from meshsim.studies.compare import compare
from meshsim.studies.curve import curve_rates
from meshsim.studies.progress import Pace, Progress
from meshsim.studies.result import Comparison
from meshsim.studies.subject import subject_of
from meshsim.studies.sweep import SweepPoint, sweep_rate
from meshsim.studies.tornado import Tornado
from meshsim.studies.tornado import tornado as tornado_of

T = TypeVar("T")
Job = Literal["comparison", "curve", "tornado"]

ANSWERS_KEPT = 32
CURVE_POINTS = 6


class Shelf(Generic[T]):
    """The last so many values by key; used by the threads of all sessions."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        """The value, which is then the last to go; None if it is not there."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: str, value: T) -> None:
        """Keep a value; the one unused for longest goes if there are too many."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)


@dataclass(frozen=True)
class Answer:
    """A question with its comparison."""

    question: Question
    comparison: Comparison


@st.cache_resource
def _comparisons() -> Shelf[Comparison]:
    return Shelf(ANSWERS_KEPT)


@st.cache_resource
def _curves() -> Shelf[tuple[SweepPoint, ...]]:
    return Shelf(ANSWERS_KEPT)


@st.cache_resource
def _tornadoes() -> Shelf[Tornado]:
    return Shelf(ANSWERS_KEPT)


def ask(question: Question) -> None:
    """Make ``question`` the one that the pages speak of; a kept answer comes with it."""
    st.session_state["question"] = question
    known = _comparisons().get(question.key)
    if known is not None:
        st.session_state["answer"] = Answer(question, known)


def question() -> Question:
    """The question of this moment."""
    return cast(Question, st.session_state["question"])


def answer() -> Answer | None:
    """The last answer of this session, to this question or to an earlier one."""
    return cast(Answer | None, st.session_state.get("answer"))


def is_answered() -> bool:
    """Whether the last answer is to the question of this moment."""
    last = answer()
    return last is not None and last.question.key == question().key


def curve() -> tuple[SweepPoint, ...] | None:
    """The latency curve of the question of this moment, if it was drawn."""
    return _curves().get(question().key)


def tornado(mesh: str, of: str) -> Tornado | None:
    """What each assumption of a mesh does to one number, if it was asked for."""
    return _tornadoes().get(_tornado_key(mesh, of))


def _tornado_key(mesh: str, of: str) -> str:
    return short_digest(question().key, mesh, of)


def start(job: Job) -> None:
    """Called when a button is pressed: the run that follows does the job."""
    st.session_state["next job"] = job


def begin() -> None:
    """Take up the job that a button asked for; called once, when a run of the script begins.

    A job is taken at the start, not given back at the end: whatever interrupts a run (the Stop
    button, another page) starts the next one before this one knows, and nothing may run twice.
    """
    st.session_state["job"] = st.session_state.pop("next job", None)


def running() -> Job | None:
    """What is being simulated in this run of the script."""
    return cast(Job | None, st.session_state["job"])


def compare_now() -> None:
    """Simulate the question with a progress bar, and show the pages again with the answer."""
    asked = question()

    def work(progress: Progress) -> Comparison:
        return compare(asked.topology, asked.meshes, asked.plan, progress=progress)

    _comparisons().put(asked.key, _watched("Simulating", work))
    st.rerun()


def draw_curve_now() -> None:
    """Simulate the latency curve of the question, and show the page again with it."""
    asked = question()

    def work(progress: Progress) -> tuple[SweepPoint, ...]:
        rates = curve_rates(asked.topology, CURVE_POINTS)
        return sweep_rate(asked.topology, asked.meshes, rates, asked.plan, progress=progress)

    _curves().put(asked.key, _watched("Simulating the curve", work))
    st.rerun()


def draw_tornado_now(mesh: str, of: str) -> None:
    """Simulate both ends of each parameter of a mesh, and show the page again with the bars."""
    asked = question()
    subject = subject_of(of, [entry.to for entry in asked.topology.load.entries])
    chosen = next(each for each in asked.meshes if each.name == mesh)
    plan = replace(asked.plan, draws=0)

    def work(progress: Progress) -> Tornado:
        return tornado_of(asked.topology, [chosen], subject, plan, progress=progress)

    _tornadoes().put(_tornado_key(mesh, of), _watched("Simulating both ends", work))
    st.rerun()


def _watched(title: str, work: Callable[[Progress], T]) -> T:
    """Do the work under a progress bar. Any button interrupts it, at the next step of the bar."""
    bar = st.progress(0.0, text=text_before(title))
    st.button("Stop", icon=":material/stop:")
    pace = Pace()

    def progress(done: int, total: int) -> None:
        remaining_s = pace.remaining_s(done, total)
        bar.progress(done / total, text=f"{title}: {progress_text(done, total, remaining_s)}")

    return work(progress)


def text_before(title: str) -> str:
    """What stands beside the bar until something is finished; to compile takes a while."""
    if available_solver() == KERNEL:
        from meshsim.solvers.kernel import is_compiled

        if not is_compiled():
            return f"{title}: compiling once for this machine, about 20 s …"
    return f"{title} …"


def progress_text(done: int, total: int, remaining_s: float | None) -> str:
    """How far it is and how long it will take, if that can be told yet."""
    return ", ".join(filter(None, (f"{done} of {total} runs", time_left(remaining_s))))

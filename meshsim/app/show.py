"""How the pages show a chart, its numbers and a text that a user wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from meshsim.app import session
from meshsim.app.charts import Drawn
from meshsim.app.frames import Table
from meshsim.app.question import Question
from meshsim.errors import Problem
from meshsim.reports.phrases import listed, load_of, title_of
from meshsim.units import NOT_A_NUMBER

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Markdown that shows ``text`` letter by letter, on one line."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def problems(found: Sequence[Problem]) -> None:
    """All that is wrong with an uploaded file, one line each: place, rule, value, cure."""
    noun = "problem" if len(found) == 1 else "problems"
    lines = "\n".join(f"- {plain(str(problem))}" for problem in found)
    st.error(f"This topology cannot be used: {len(found)} {noun}.\n\n{lines}")


def heading(title: str, question: Question) -> None:
    """The title of a page, and what it is about."""
    st.title(title)
    topology = question.topology
    st.caption(f"{plain(title_of(topology))} · {plain(load_of(topology))}")


def answer_or_invitation() -> session.Answer | None:
    """The last answer; instead of none, an invitation to run; a note if it is an old one."""
    last = session.answer()
    if last is None:
        st.info("Nothing is simulated yet.", icon=":material/play_circle:")
        run_button("run-from-page")
        return None
    if not session.is_answered():
        st.warning(
            "These numbers are of the settings before your last change.",
            icon=":material/history:",
        )
        run_button("run-again")
    return last


def run_button(key: str) -> None:
    """Simulates the question of this moment."""
    st.button(
        "Run",
        key=key,
        type="primary",
        icon=":material/play_arrow:",
        on_click=session.start,
        args=("comparison",),
        disabled=session.running() is not None,
    )


def chart(drawn: Drawn, table: Table, alt_text: str) -> None:
    """A chart and, folded under it, its numbers."""
    st.altair_chart(drawn, width="stretch", key=f"chart-{table.name}", alt=alt_text)
    folded(table)


def folded(table: Table, label: str = "The numbers of this chart") -> None:
    """A table behind a heading to open."""
    with st.expander(label, icon=":material/table:"):
        numbers(table)


def numbers(table: Table, **options: Any) -> None:  # noqa: ANN401
    """A table, and its numbers to download."""
    st.dataframe(
        table.styled(), hide_index=True, width="stretch", placeholder=NOT_A_NUMBER, **options
    )
    st.download_button(
        "CSV, in seconds, cores and bytes",
        table.csv(),
        file_name=f"{table.name}.csv",
        mime="text/csv",
        key=f"csv-{table.name}",
        icon=":material/download:",
        on_click="ignore",
    )


def missing(metrics: Sequence[str]) -> None:
    """Which metrics there is no number for, if some."""
    if metrics:
        st.caption(f"Not enough data for {plain(listed(list(metrics)))}: choose a larger size.")

"""The app: settings on the left, pages over one comparison. Start it with ``meshsim app``."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from meshsim.app import session, show
from meshsim.app.sidebar import settings

_VIEWS = Path(__file__).resolve().parent / "views"


def main() -> None:
    """One run of the script: read the settings, simulate if asked to, show the chosen page."""
    st.set_page_config(page_title="meshsim", page_icon=":material/hub:", layout="wide")
    session.begin()
    page = st.navigation(_pages(), position="top")
    with st.sidebar:
        chosen = settings()
    if chosen.problems:
        show.problems(chosen.problems)
    if chosen.question is None:
        if chosen.advice:
            st.info(chosen.advice)
        return
    session.ask(chosen.question)
    if session.running() == "comparison":
        session.compare_now()
    page.run()


def _pages() -> list[st.Page]:
    return [
        st.Page(_VIEWS / "overview.py", title="Overview", icon=":material/summarize:"),
        st.Page(_VIEWS / "topology.py", title="Topology", icon=":material/account_tree:"),
        st.Page(_VIEWS / "latency.py", title="Latency", icon=":material/timer:"),
        st.Page(
            _VIEWS / "time_spent.py",
            title="Where the time goes",
            icon=":material/bar_chart:",
        ),
        st.Page(_VIEWS / "resources.py", title="Resources", icon=":material/memory:"),
        st.Page(_VIEWS / "assumptions.py", title="Assumptions", icon=":material/fact_check:"),
    ]


if __name__ == "__main__":
    main()

"""The answer: a sentence for each mesh, the main numbers, objectives and warnings."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.result_tables import objective_table, outcome_table
from meshsim.app.tiles import Tile, tiles
from meshsim.app.uncertainty_tables import doubt_table
from meshsim.reports.summary import baseline_sentence, mesh_sentences
from meshsim.studies.result import Comparison, Result


def page() -> None:
    """Show the page."""
    question = session.question()
    show.heading("What does the mesh cost?", question)
    answer = show.answer_or_invitation()
    if answer is None:
        look_at()
        return
    comparison = answer.comparison
    sentences(comparison)
    for result in comparison.results:
        numbers(comparison, result)
    objectives(comparison)
    doubt(comparison)
    st.subheader("Answers")
    show.numbers(outcome_table(comparison))
    look_at()


def sentences(comparison: Comparison) -> None:
    """What came out, in words."""
    st.markdown(show.plain(baseline_sentence(comparison.baseline)))
    st.markdown("\n".join(f"- {show.plain(text)}" for text in mesh_sentences(comparison)))


def numbers(comparison: Comparison, result: Result) -> None:
    """One row of tiles."""
    st.subheader(show.plain(result.mesh_title), divider="gray")
    with st.grid(5, min_column_width=140):
        for tile in tiles(comparison, result):
            tile_of(tile)
    for warning in result.warnings:
        st.warning(show.plain(warning), icon=":material/warning:")


def tile_of(tile: Tile) -> None:
    """One tile; the range is small print, as the value is large."""
    with st.container(border=True, gap=None, height="stretch"):
        st.metric(
            tile.label,
            tile.value,
            tile.change or None,
            delta_color=tile.colour,
            delta_arrow="off",
            help=show.plain(tile.help) or None,
        )
        st.caption(show.plain(tile.range))
        if tile.change_range:
            st.caption(f"change: {show.plain(tile.change_range)}")


def objectives(comparison: Comparison) -> None:
    """Which objectives were kept."""
    table = objective_table(comparison)
    if table.rows:
        st.subheader("Objectives")
        show.numbers(table)


def doubt(comparison: Comparison) -> None:
    """Where the doubt comes from, if parameters were drawn."""
    table = doubt_table(comparison)
    if table.rows:
        st.subheader("Where the doubt comes from")
        st.caption("Which assumption matters most: see the page Assumptions.")
        show.numbers(table)


def look_at() -> None:
    """What the author of the topology says to look at."""
    text = session.question().topology.look_at
    if text:
        st.subheader("What to look at")
        st.markdown(show.plain(text))


if __name__ == "__main__":
    page()

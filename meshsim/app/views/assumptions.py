"""What the numbers rest on: each mesh's parameters with range, origin and source."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.assumption_tables import assumption_table, source_table
from meshsim.app.charts import tornado_chart
from meshsim.app.uncertainty_tables import tornado_table
from meshsim.model.mesh import Mesh
from meshsim.reports.tornado import answer_words, heading_words, left_out, verdict_words

OF = ("mean", "p50", "p90", "p99", "cpu", "memory")
"""Numbers that a tornado can be about."""


def page() -> None:
    """Show the page."""
    question = session.question()
    show.heading("Assumptions", question)
    st.caption(
        "Every number of a mesh, as its file writes it: measured by us, published by others, "
        "derived from such, or a guess with a range."
    )
    tornado([mesh.name for mesh in question.meshes])
    for mesh in question.meshes:
        about(mesh)
    st.subheader("Sources of the meshes")
    show.numbers(source_table(question.meshes))
    if question.topology.sources:
        st.subheader("Sources of the topology")
        st.markdown("\n".join(f"- {show.plain(text)}" for text in question.topology.sources))


def tornado(meshes: list[str]) -> None:
    """Which assumption matters most to one number, simulated when asked for."""
    st.subheader("Which of them matters most")
    mesh = st.selectbox("Mesh", meshes, index=len(meshes) - 1, key="tornado-mesh")
    of = st.segmented_control("Answer", OF, default="p90", required=True, key="tornado-of")
    if session.running() == "tornado":
        session.draw_tornado_now(mesh, of)
    found = session.tornado(mesh, of)
    if found is None:
        st.caption("Each number is set to both ends of its range and simulated again.")
        st.button(
            "Try both ends of each",
            icon=":material/tornado:",
            on_click=session.start,
            args=("tornado",),
            disabled=session.running() is not None,
        )
        return
    st.markdown(show.plain(f"{heading_words(found)}: {answer_words(found)}."))
    st.markdown(show.plain(f"{verdict_words(found)}."))
    table = tornado_table(found)
    if table.rows:
        show.chart(tornado_chart(table), table, "What both ends of each range do to the answer")
    for why, paths in left_out(found):
        st.caption(show.plain(f"{why}: {', '.join(paths)}"))


def about(mesh: Mesh) -> None:
    """One mesh."""
    st.subheader(show.plain(mesh.title), divider="gray")
    st.markdown(show.plain(mesh.about))
    if mesh.limits:
        st.markdown("Not in the description:")
        st.markdown("\n".join(f"- {show.plain(text)}" for text in mesh.limits))
    show.numbers(assumption_table(mesh))


if __name__ == "__main__":
    page()

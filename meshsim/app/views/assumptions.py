"""What the numbers rest on: each mesh's parameters with range, origin and source."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.assumption_tables import assumption_table, source_table
from meshsim.model.mesh import Mesh


def page() -> None:
    """Show the page."""
    question = session.question()
    show.heading("Assumptions", question)
    st.caption(
        "Every number of a mesh, as its file writes it: measured by us, published by others, "
        "derived from such, or a guess with a range."
    )
    for mesh in question.meshes:
        about(mesh)
    st.subheader("Sources of the meshes")
    show.numbers(source_table(question.meshes))
    if question.topology.sources:
        st.subheader("Sources of the topology")
        st.markdown("\n".join(f"- {show.plain(text)}" for text in question.topology.sources))


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

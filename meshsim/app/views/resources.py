"""CPU, memory, nodes and money of each mesh: used and set aside."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.charts import owner_chart
from meshsim.app.result_tables import money_table, owner_table, usage_table


def page() -> None:
    """Show the page."""
    show.heading("Resources", session.question())
    answer = show.answer_or_invitation()
    if answer is None:
        return
    comparison = answer.comparison
    meshes = [result.mesh for result in comparison.results]
    owners = owner_table(comparison)
    st.caption(
        "Full colour: used. Pale: requested, which is what is set aside and what the bill follows."
    )
    with st.grid(2, min_column_width=320):
        for quantity in ("CPU", "memory"):
            st.altair_chart(
                owner_chart(owners, meshes, quantity),
                key=f"owners-{quantity}",
                alt=f"{quantity} used and requested by applications, proxies and control plane",
            )
    show.folded(owners, "The numbers of these charts")
    st.subheader("Nodes and money")
    st.caption(
        "Whole nodes move in steps; the share of a node that all requests fill moves with each "
        "of them, and so does its price."
    )
    show.numbers(money_table(comparison))
    st.subheader("Each kind of container")
    show.numbers(usage_table(comparison))


if __name__ == "__main__":
    page()

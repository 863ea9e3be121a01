"""Where the time of a request goes: the parts of the mean latency."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.charts import breakdown_chart
from meshsim.app.result_tables import breakdown_table, entry_names


def page() -> None:
    """Show the page."""
    show.heading("Where the time goes", session.question())
    answer = show.answer_or_invitation()
    if answer is None:
        return
    comparison = answer.comparison
    name = st.selectbox("Requests", entry_names(comparison), key="entry")
    table = breakdown_table(comparison)
    drawn = breakdown_chart(table, [result.mesh for result in comparison.results], name)
    show.chart(drawn, table, "Mean time of a request by part, one bar for each mesh")
    st.caption(
        "Of calls made in parallel, the branch that finished last counts: it is the one that the "
        "caller waited for. App work is CPU time at the speed of a whole core; what a CPU limit "
        "adds to it stands under app queue."
    )


if __name__ == "__main__":
    page()

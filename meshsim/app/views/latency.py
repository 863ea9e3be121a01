"""Latency of each mesh, what it adds to the baseline, and how it rises with the load."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.charts import curve_chart, difference_chart, latency_chart
from meshsim.app.result_tables import (
    curve_table,
    difference_table,
    entry_names,
    latency_table,
    missing_metrics,
)
from meshsim.model.flows import peak_rate
from meshsim.reports.phrases import METRICS
from meshsim.studies.result import Comparison
from meshsim.studies.what_if import has_rate


def page() -> None:
    """Show the page."""
    show.heading("Latency", session.question())
    answer = show.answer_or_invitation()
    if answer is None:
        return
    distribution(answer.comparison)
    st.subheader("Latency over load")
    curve()


def distribution(comparison: Comparison) -> None:
    """Mean and quantiles, and their differences to the baseline."""
    meshes = [result.mesh for result in comparison.results]
    name = st.selectbox("Requests", entry_names(comparison), key="entry")
    table = latency_table(comparison, name)
    show.chart(latency_chart(table, meshes), table, "Latency quantiles of each mesh")
    show.missing(missing_metrics(comparison, name))
    if len(meshes) > 1:
        st.subheader(f"Added to {meshes[0]}")
        differences = difference_table(comparison, name)
        drawn = difference_chart(differences, meshes)
        show.chart(drawn, differences, "Latency added by each mesh")


def curve() -> None:
    """The latency curve, drawn when asked for."""
    question = session.question()
    if not has_rate(question.topology):
        st.info("Closed load and recorded arrivals have no rate to change, so there is no curve.")
        return
    if session.running() == "curve":
        session.draw_curve_now()
    points = session.curve()
    if points is None:
        st.caption(
            f"{session.CURVE_POINTS} comparisons, from 10% to 95% of the rate that the "
            "application can bear; each takes as long as the run above."
        )
        st.button(
            "Draw the curve",
            icon=":material/show_chart:",
            on_click=session.start,
            args=("curve",),
            disabled=session.running() is not None,
        )
        return
    metric = st.segmented_control("Metric", METRICS, default="p90", required=True, key="metric")
    table = curve_table(points)
    meshes = [mesh.name for mesh in question.meshes]
    drawn = curve_chart(table, meshes, metric, peak_rate(question.topology))
    show.chart(drawn, table, "Latency over load for each mesh")


if __name__ == "__main__":
    page()

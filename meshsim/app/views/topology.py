"""The drawing: services coloured by utilisation, calls with their rate and latency."""

import streamlit as st

from meshsim.app import session, show
from meshsim.app.drawing import (
    EDGE_LABELS,
    SERVICES_MAX,
    EdgeLabel,
    Picture,
    height,
    option,
    picture,
    selected,
)
from meshsim.app.drawing_tables import call_table, service_table
from meshsim.studies.result import Result


def page() -> None:
    """Show the page."""
    question = session.question()
    show.heading("Topology", question)
    result, label = controls()
    drawn = picture(question.topology, result)
    st.caption(legend(result))
    service = None
    if len(drawn.nodes) > SERVICES_MAX:
        st.info(f"More than {SERVICES_MAX} services make no picture; the tables have them all.")
    else:
        service = drawing(drawn, label)
    st.subheader("Services")
    show.numbers(service_table(drawn))
    st.subheader(f"Calls of {show.plain(service)}" if service else "Calls")
    if not service:
        st.caption("Click a service in the drawing to see its calls alone.")
    show.numbers(call_table(drawn, service))


def controls() -> tuple[Result | None, EdgeLabel]:
    """Which mesh is shown, if the question of this moment is answered, and what on the arrows."""
    answer = session.answer()
    if answer is None or not session.is_answered():
        show.run_button("run-from-topology")
        return None, "rate"
    results = {result.mesh: result for result in answer.comparison.results}
    with st.container(horizontal=True):
        mesh = st.segmented_control(
            "Measured under", list(results), default=next(iter(results)), required=True
        )
        label = st.segmented_control("On the arrows", EDGE_LABELS, default="p50", required=True)
    return results[mesh], label


def legend(result: Result | None) -> str:
    """What the colours mean."""
    colours = (
        ":green-badge[below 70%] :orange-badge[70% to 90%] :red-badge[90% and more] "
        ":gray-badge[not known] "
    )
    if result is None:
        return colours + "CPU that the load asks for, over the CPU that the pods may use."
    return colours + "CPU used by the busiest pod, over the CPU that it may use."


def drawing(drawn: Picture, label: EdgeLabel) -> str | None:
    """Draw, and tell which service was clicked."""
    event = st.echarts_chart(
        option(drawn, label, dark=st.context.theme.type == "dark"),
        height=height(drawn),
        key="drawing",
        on_select="rerun",
        alt="Services from callers on the left to callees on the right",
    )
    return selected(drawn, event.selection.selected)


if __name__ == "__main__":
    page()

"""The settings: topology, meshes, load, replicas, size. What they are goes into the link.

Nothing is simulated when a setting moves; what the mean flows tell (utilisation, rates) follows at
once, and the Run button starts the simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pandas as pd
import streamlit as st

from meshsim.app import session
from meshsim.app.question import (
    DEFAULT_MESHES,
    DEFAULT_TOPOLOGY,
    SIZES,
    TEMPLATE,
    Question,
    link_of_replicas,
    replicas_in_link,
    shipped_text,
    short_digest,
    uploaded_topology,
)
from meshsim.app.show import plain, run_button
from meshsim.errors import InputError, Problem
from meshsim.model import catalogue
from meshsim.model.loading import load_mesh, topology_from_text
from meshsim.model.mesh import Mesh
from meshsim.model.topology import Topology
from meshsim.reports.phrases import load_of
from meshsim.studies.draws import DRAWS
from meshsim.studies.what_if import has_rate, what_if

OWN_FILE = "own file"
UPLOAD_MEBIBYTES_MAX = 2
_SIZE_WORDS = {
    "quick": "A quick look: p50 and p90",
    "p99": "Enough for p99; about 3 times as long as quick",
    "report": "For a report: narrow intervals; about 17 times as long as quick",
}


@dataclass(frozen=True)
class Settings:
    """What the sidebar says: a question, or why there is none."""

    question: Question | None
    problems: tuple[Problem, ...] = ()
    advice: str = ""
    """What to do next if there is neither a question nor a problem."""


def settings() -> Settings:
    """Show the settings and read them."""
    st.header("Settings", anchor=False)
    try:
        original = _topology()
    except InputError as error:
        return Settings(None, error.problems)
    if original is None:
        return Settings(None, advice="Choose a YAML file in the sidebar, or a shipped topology.")
    meshes = _meshes()
    loaded = what_if(original, _load(original), {})
    st.caption(plain(load_of(loaded)))
    changed = what_if(loaded, 1.0, _replicas(loaded))
    plan = SIZES[_size()]
    seed = st.number_input(
        "Seed", min_value=1, value=1, step=1, key="seed", bind="query-params", disabled=_locked(),
        help="The same seed gives the same numbers; another one shows how much is chance.",
    )  # fmt: skip
    draws = DRAWS if _both_causes() else 0
    if not meshes:
        return Settings(None, advice="Choose at least one mesh in the sidebar.")
    run_button("run")
    return Settings(Question(changed, meshes, replace(plan, seed=int(seed), draws=draws)))


def _both_causes() -> bool:
    """Whether the parameters of the meshes are drawn, too."""
    return st.toggle(
        "Draw the meshes' parameters",
        key="doubt",
        bind="query-params",
        disabled=_locked(),
        help="Intervals then hold both causes of doubt, simulation and calibration. It takes "
        "several times as long.",
    )


def _locked() -> bool:
    """Settings stand still while something runs: a change would stop it."""
    return session.running() is not None


def _topology() -> Topology | None:
    names = catalogue.names("topologies")
    name = st.selectbox(
        "Topology",
        [*names, OWN_FILE],
        index=names.index(DEFAULT_TOPOLOGY),
        key="topology",
        bind="query-params",
        disabled=_locked(),
    )
    if name != OWN_FILE:
        return _shipped(shipped_text(name), name)
    file = st.file_uploader(
        "Topology as YAML",
        type=["yaml", "yml"],
        max_upload_size=UPLOAD_MEBIBYTES_MAX,
        key="file",
        disabled=_locked(),
        help="Stays on the server that runs this app; links do not carry it.",
    )
    st.download_button(
        "A template to start from",
        shipped_text(TEMPLATE),
        file_name=f"{TEMPLATE}.yaml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
    )
    return None if file is None else uploaded_topology(file.getvalue(), file.name)


def _meshes() -> tuple[Mesh, ...]:
    names = st.multiselect(
        "Meshes, the baseline first",
        catalogue.names("models"),
        default=list(DEFAULT_MESHES),
        key="mesh",
        bind="query-params",
        disabled=_locked(),
        help="All others are compared with the first, on the same requests.",
    )
    return tuple(_mesh(name) for name in names)


def _load(topology: Topology) -> float:
    """The factor on the load of the topology."""
    open_load = has_rate(topology)
    factor = st.slider(
        "Load, as a multiple of the topology's own",
        min_value=0.1,
        max_value=4.0,
        value=1.0,
        step=0.05,
        key="load",
        bind="query-params",
        disabled=_locked() or not open_load,
        help=None if open_load else "Closed load and recorded arrivals have no rate to change.",
    )
    return float(factor) if open_load else 1.0


def _replicas(topology: Topology) -> dict[str, int]:
    """Services with other numbers of pods than the topology has."""
    own = {service.name: service.replicas for service in topology.services}
    linked = _linked_replicas(topology.name)
    start = {name: linked.get(name, count) for name, count in own.items()}
    with st.expander("Replicas", icon=":material/dynamic_feed:"):
        edited = st.data_editor(
            pd.DataFrame({"service": list(start), "pods": list(start.values())}),
            column_config=_replica_columns(),
            hide_index=True,
            disabled=True if _locked() else ["service"],
            key=f"pods-{short_digest(topology.name, own)}",
            width="stretch",
        )
    known = edited.dropna()
    pods = zip(known["service"], known["pods"].astype(int).tolist(), strict=True)
    changed = {name: count for name, count in pods if count != own[name]}
    _keep_in_link(link_of_replicas(changed))
    return changed


def _linked_replicas(name: str) -> dict[str, int]:
    """What the link said when the visitor came, for the topology that it named.

    Read once: what the table's edits write into the link must not come back as its start.
    """
    if "linked" not in st.session_state:
        st.session_state["linked"] = (name, replicas_in_link(st.query_params.get("pods", "")))
    linked_name, replicas = cast(tuple[str, dict[str, int]], st.session_state["linked"])
    return replicas if linked_name == name else {}


def _replica_columns() -> dict[str, Any]:
    return {
        "service": st.column_config.TextColumn("service"),
        "pods": st.column_config.NumberColumn("pods", min_value=1, max_value=10_000, step=1),
    }


def _keep_in_link(pods: str) -> None:
    if pods != st.query_params.get("pods", ""):
        if pods:
            st.query_params["pods"] = pods
        else:
            del st.query_params["pods"]


def _size() -> str:
    size = st.selectbox(
        "Size",
        list(SIZES),
        key="size",
        bind="query-params",
        disabled=_locked(),
    )
    st.caption(_SIZE_WORDS[size])
    return size


@st.cache_resource(max_entries=64, show_spinner=False)
def _shipped(text: str, file: str) -> Topology:
    return topology_from_text(text, file)


@st.cache_resource(max_entries=64, show_spinner=False)
def _mesh(name: str) -> Mesh:
    return load_mesh(name)

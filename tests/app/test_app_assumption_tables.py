"""Goal: every number of a mesh is shown with its range, origin and source.

Method: known numbers of the shipped Istio file, looked up in the table.
"""

from meshsim.app.assumption_tables import assumption_table, source_table
from meshsim.model.loading import load_mesh
from meshsim.reports.assumptions import assumptions


def test_every_number_has_a_row():
    mesh = load_mesh("istio-sidecar")
    frame = assumption_table(mesh).frame().set_index("number")
    assert len(frame) == len(assumptions(mesh)) >= 15
    busy = frame.loc["proxies.sidecar.cost.http1.busy"]
    assert busy["origin"] == "measured"
    assert busy["source"].startswith("meshsim's own measurement of Envoy")
    assert frame.loc["proxies.sidecar.worker_threads", "value"] == "2"


def test_a_guess_has_a_note_and_no_source():
    row = assumption_table(load_mesh("none")).frame().iloc[0]
    assert (row["origin"], row["source"]) == ("guess", "")
    assert row["note"]


def test_sources_say_where_they_are():
    frame = source_table([load_mesh("none"), load_mesh("istio-sidecar")]).frame()
    assert set(frame["mesh"]) == {"istio-sidecar"}
    assert frame["where"].str.contains("istio.io").any()

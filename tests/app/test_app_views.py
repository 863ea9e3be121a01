"""Goal: every page shows its charts, and under every chart its numbers.

Method: each page in Streamlit's test runner, before and after one run on the chain of three
services; charts and tables are counted, and one number is followed from the result to the screen.
"""

import importlib

import pytest
from app_runs import answered, opened, page, shown, texts
from app_samples import comparison

from meshsim.app import session
from meshsim.app.views.overview import look_at
from meshsim.app.views.topology import legend
from meshsim.studies.sweep import sweep_rate

TITLES = {
    "meshsim.app.views.overview": "What does the mesh cost?",
    "meshsim.app.views.topology": "Topology",
    "meshsim.app.views.latency": "Latency",
    "meshsim.app.views.time_spent": "Where the time goes",
    "meshsim.app.views.resources": "Resources",
    "meshsim.app.views.assumptions": "Assumptions",
}


def charts(app):
    return app.main.get("vega_lite_chart")


@pytest.fixture(scope="module")
def app():
    return answered(mesh=["none", "istio-sidecar"], seed="5")


@pytest.mark.parametrize(("module", "title"), TITLES.items())
def test_every_page_opens_before_a_run_and_after_it(app, module, title):
    name = module.rpartition(".")[2]
    assert importlib.import_module(module).__doc__
    for visitor in (opened(seed="23"), app):
        assert texts(page(visitor, name).title) == [title]


def test_without_a_run_pages_invite_to_it():
    visitor = opened(seed="21")
    for name in ("overview", "latency", "time_spent", "resources"):
        assert texts(page(visitor, name).info) == ["Nothing is simulated yet."]
        assert visitor.button(key="run-from-page")
    visitor.button(key="run-from-page").click().run()
    assert not visitor.info


def test_overview_says_what_to_look_at(app):
    page(app, "overview")
    assert "What to look at" in texts(app.subheader)
    assert callable(look_at)


def test_topology_before_a_run_shows_what_the_load_asks_for():
    visitor = page(opened(seed="22"), "topology")
    assert legend(None) in texts(visitor.caption)
    assert visitor.main.dataframe[1].value["calls per second"].tolist() == [500.0, 500.0, 500.0]
    assert visitor.main.dataframe[1].value["p50"].isna().all()
    visitor.button(key="run-from-topology").click().run()
    assert visitor.main.dataframe[1].value["p50"].notna().any()


def test_topology_shows_the_chosen_mesh(app):
    page(app, "topology")
    mesh, label = app.segmented_control
    assert mesh.options == ["none", "istio-sidecar"]
    before = app.main.dataframe[1].value["p50"].tolist()
    mesh.set_value("istio-sidecar").run()
    label.set_value("p90").run()
    after = app.main.dataframe[1].value["p50"].tolist()
    assert after[1] > before[1], "two proxies more on the way"


def test_too_many_services_are_a_table_and_no_drawing(app, monkeypatch):
    monkeypatch.setattr("meshsim.app.drawing.SERVICES_MAX", 2)
    page(app, "topology")
    assert "make no picture" in app.info[0].value
    assert len(app.main.dataframe) == 2


def test_latency_has_two_charts_with_their_tables(app):
    page(app, "latency")
    assert len(charts(app)) == len(app.main.dataframe) == 2
    assert [box.label for box in app.main.expander] == ["The numbers of this chart"] * 2
    assert "Not enough data for " in shown(app)


def test_latency_of_one_entry_point(app):
    page(app, "latency")
    everything = app.main.dataframe[0].value["latency"].tolist()
    app.selectbox(key="entry").select("a/get").run()
    assert app.main.dataframe[0].value["latency"].tolist()[:2] == everything[:2], "the only entry"


def test_the_curve_is_drawn_when_asked_for(app, monkeypatch):
    asked = []

    def small(topology, meshes, rates, plan, **options):
        asked.extend(rates)
        return sweep_rate(topology, meshes, rates[:2], plan, **options)

    monkeypatch.setattr(session, "sweep_rate", small)
    page(app, "latency")
    assert len(charts(app)) == 2
    next(button for button in app.button if button.label == "Draw the curve").click().run()
    assert not app.exception
    assert len(asked) == session.CURVE_POINTS
    assert len(charts(app)) == 3
    assert app.main.dataframe[2].value["load"].nunique() == 2
    app.segmented_control(key="metric").set_value("mean").run()
    assert not app.exception


def test_where_the_time_goes(app):
    page(app, "time_spent")
    assert len(charts(app)) == 1
    frame = app.main.dataframe[0].value
    parts = [title for title in frame.columns if title.startswith(("app ", "proxy ", "network"))]
    assert frame[parts].sum(axis=1).tolist() == pytest.approx(frame["mean latency"].tolist())


def test_resources(app):
    page(app, "resources")
    assert len(charts(app)) == 2
    assert len(app.main.dataframe) == 3
    money = app.main.dataframe[1].value
    assert money["nodes"].tolist() == [r.nodes.nodes for r in comparison().results]


def test_assumptions_have_a_table_for_each_mesh_and_the_sources(app):
    page(app, "assumptions")
    assert len(app.main.dataframe) == 3
    assert "Sources of the topology" in texts(app.subheader)


def test_the_tornado_is_drawn_when_asked_for(app):
    page(app, "assumptions")
    assert not charts(app)
    next(button for button in app.button if button.label == "Try both ends of each").click().run()
    assert not app.exception
    assert len(charts(app)) == 1
    assert "matters most" in shown(app)


def test_draws_are_a_setting_and_their_doubt_is_shown():
    visitor = answered(mesh=["none", "istio-sidecar"], seed="31", size="quick", doubt="true")
    page(visitor, "overview")
    assert "Where the doubt comes from" in texts(visitor.subheader)

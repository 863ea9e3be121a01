"""Goal: settings, links, uploads and runs work together, and bad input never shows a traceback.

Method: the whole script in Streamlit's test runner, on the chain of three services; uploads are
good, broken in several places at once, hostile, or not text at all.
"""

import tomllib

import pytest
from app_runs import MAIN, ROOT, answered, opened, page, shown, texts

from meshsim.app import session
from meshsim.app.main import main
from meshsim.app.question import SIZES
from meshsim.app.sidebar import OWN_FILE, UPLOAD_MEBIBYTES_MAX
from meshsim.model.flows import peak_rate
from meshsim.studies.compare import compare

BROKEN = b"""\
meshsim: 1
name: shop
services:
  - name: a
    replicas: -2
    endpoints: [{name: get, steps: [{compute: 5 parsecs}]}]
load: {arrivals: {process: poisson, rate: 10/s}, entries: [{to: b/get}]}
nodes: [{name: n, cores: 4, memory: 8Gi, count: 1}]
"""
HOSTILE = b"""\
meshsim: 1
name: '<img src=x onerror=alert(1)>'
services: []
"""


def asked(app):
    return app.session_state["question"]


def edited(app, rows):
    """The app after these cells of the table of replicas were changed, and no others."""
    changes = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    app.session_state[app.data_editor[0].key] = changes
    app.run()


def uploaded(content, name="shop.yaml"):
    app = opened(topology=OWN_FILE)
    app.file_uploader(key="file").set_value((name, content, "application/yaml")).run()
    assert not app.exception
    return app


def test_the_app_opens_without_simulating():
    app = opened()
    assert not app.exception
    assert texts(app.title) == ["What does the mesh cost?"]
    assert texts(app.info) == ["Nothing is simulated yet."]
    assert not app.metric


@pytest.mark.parametrize("script", [ROOT / "app.py", MAIN], ids=["app.py", "main.py"])
def test_both_ways_to_start_it(script):
    assert not opened(script).exception
    assert callable(main)


def test_a_link_sets_everything():
    app = opened(topology="bookinfo", mesh=["linkerd", "none"], load="1.5", size="p99", seed="7",
                 pods="reviews:9,unknown:3")  # fmt: skip
    question = asked(app)
    assert question.topology.name == "bookinfo"
    assert [mesh.name for mesh in question.meshes] == ["linkerd", "none"]
    assert question.topology.service("reviews").replicas == 9
    assert question.plan.seed == 7
    assert question.plan.requests == SIZES["p99"].requests
    own = opened(topology="bookinfo")
    assert peak_rate(question.topology) == pytest.approx(1.5 * peak_rate(asked(own).topology))


@pytest.mark.parametrize(
    "query",
    [
        {"topology": "no-such-thing"},
        {"mesh": ["no-such-mesh"]},
        {"load": "1e9"},
        {"load": "abc"},
        {"size": "huge"},
        {"seed": "-1"},
        {"pods": "a:b:c,::,"},
    ],
)
def test_a_spoilt_link_falls_back_on_the_defaults(query):
    app = opened(**query)
    assert not app.exception
    assert app.button(key="run")


def test_settings_move_without_a_run():
    app = opened()
    app.slider(key="load").set_value(2.0).run()
    assert peak_rate(asked(app).topology) == pytest.approx(1_000.0)
    assert "1,000/s, Poisson arrivals" in "\n".join(texts(app.caption)).replace("\\", "")
    assert not app.metric


def test_replicas_are_set_in_the_table_and_kept_in_the_link():
    app = opened(pods="b:4")
    assert app.data_editor[0].value["pods"].tolist() == [2, 4, 2]
    edited(app, {0: {"pods": 5}})
    assert [s.replicas for s in asked(app).topology.services] == [5, 4, 2]
    assert app.query_params["pods"] == "a:5,b:4"
    edited(app, {1: {"pods": 2}})
    assert "pods" not in app.query_params


def test_an_emptied_cell_is_no_change():
    app = opened()
    edited(app, {0: {"pods": None}})
    assert not app.exception
    assert [s.replicas for s in asked(app).topology.services] == [2, 2, 2]


def test_replicas_of_one_topology_do_not_reach_another():
    app = opened(topology="chain-3", pods="a:7")
    app.selectbox(key="topology").select("tree-13").run()
    own = asked(opened(topology="tree-13")).topology
    assert asked(app).topology == own


def test_a_run_gives_tiles_sentences_and_tables():
    app = answered(mesh=["none", "istio-sidecar"])
    assert [metric.label for metric in app.metric][:5] == [
        "Latency p50",
        "Latency p90",
        "Latency p99",
        "CPU used, cores",
        "Cost a month",
    ]
    assert len(app.metric) == 10
    assert len(app.main.dataframe) == 2
    assert "Istio, sidecar mode" in shown(app).replace("\\", "")
    assert not app.warning


def test_an_old_answer_is_called_old():
    app = answered(seed="3")
    app.slider(key="load").set_value(0.5).run()
    assert "before your last change" in app.warning[0].value
    assert app.metric, "the old numbers stay until there are new ones"
    app.button(key="run-again").click().run()
    assert not app.warning


def test_nothing_is_simulated_twice(monkeypatch):
    calls = []

    def counted(*args, **kwargs):
        calls.append(args)
        return compare(*args, **kwargs)

    monkeypatch.setattr(session, "compare", counted)
    app = answered(seed="11")
    page(app, "latency")
    page(app, "overview")
    assert opened(seed="11").metric, "a second visitor finds the answer"
    assert len(calls) == 1


def test_a_run_that_fails_leaves_the_app_usable(monkeypatch):
    def failing(*args, **kwargs):
        raise RuntimeError("out of luck")

    app = opened(seed="12")
    with monkeypatch.context() as patched:
        patched.setattr(session, "compare", failing)
        app.button(key="run").click().run()
        assert "out of luck" in app.exception[0].value
    app.run()
    assert not app.button(key="run").disabled
    app.button(key="run").click().run()
    assert app.metric


def test_without_a_mesh_there_is_advice():
    app = opened()
    app.multiselect(key="mesh").set_value([]).run()
    assert not app.exception
    assert "Choose at least one mesh" in app.info[0].value


def test_one_mesh_alone_is_described():
    app = answered(mesh=["linkerd"])
    assert len(app.metric) == 5
    latency = page(app, "latency")
    assert not [s for s in texts(latency.subheader) if s.startswith("Added to")]


def test_an_upload_is_asked_for():
    app = opened(topology=OWN_FILE)
    assert not app.exception
    assert "Choose a YAML file" in app.info[0].value
    assert app.download_button[0].label == "A template to start from"


def test_every_problem_of_an_upload_has_place_rule_and_cure():
    app = uploaded(BROKEN)
    (error,) = app.error
    text = error.value.replace("\\", "")
    assert "This topology cannot be used" in text
    assert "shop.yaml:5:15: services[0].replicas: " in text
    assert "shop.yaml:6:47: services[0].endpoints[0].steps[0].compute: " in text
    assert "shop.yaml:7:65: load.entries[0].to: " in text
    assert all(";" in line for line in text.splitlines() if line.startswith("- ")), "cures"
    assert not app.title


def test_an_upload_cannot_smuggle_markup():
    (error,) = uploaded(HOSTILE, "<b>*x*.yaml").error
    lines = [line for line in error.value.splitlines() if line.startswith("- ")]
    assert lines
    for line in lines:
        assert "<" not in line.replace(r"\<", "")
        assert "*" not in line.replace(r"\*", "")


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\xff\xfe\x00", b"- - -", b"&a [*a]"])
def test_nonsense_is_an_error_and_no_crash(content):
    assert len(uploaded(content).error) == 1


def test_a_good_upload_runs():
    text = (ROOT / "topologies" / "chain-3.yaml").read_bytes()
    app = uploaded(text.replace(b"name: chain-3", b"name: mine"))
    assert asked(app).topology.name == "mine"
    app.button(key="run").click().run()
    assert not app.exception
    assert app.metric


def test_load_without_a_rate_cannot_be_moved():
    text = (ROOT / "topologies" / "chain-3.yaml").read_bytes()
    start = text.index(b"arrivals:")
    closed = b"arrivals: {process: closed, users: 20, think: 100ms}"
    app = uploaded(text[:start] + closed + text[text.index(b"\n", start) :])
    assert app.slider(key="load").disabled
    app.button(key="run").click().run()
    assert not app.exception
    assert "no rate to change" in page(app, "latency").info[0].value


def test_the_configuration_is_the_same_for_both_ways_to_start_it():
    one = (ROOT / ".streamlit" / "config.toml").read_text()
    other = (MAIN.parent / ".streamlit" / "config.toml").read_text()
    assert one == other
    settings = tomllib.loads(one)
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["server"]["address"] == "localhost"
    assert settings["server"]["maxUploadSize"] == UPLOAD_MEBIBYTES_MAX


def test_what_a_topology_leaves_out_is_left_out():
    app = uploaded(BROKEN.replace(b"-2", b"2").replace(b"5 parsecs", b"5ms").replace(b"b/", b"a/"))
    app.button(key="run").click().run()
    assert not app.exception
    assert "What to look at" not in texts(app.subheader)
    assert "Objectives" not in texts(app.subheader)
    assert "Sources of the topology" not in texts(page(app, "assumptions").subheader)


def test_an_overload_is_told():
    app = answered(load="4", mesh=["none"], pods="a:1")
    assert "a (its CPU) is overloaded" in app.warning[0].value.replace("\\", "")

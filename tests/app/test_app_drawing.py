"""Goal: the drawing shows every service and call, in Kiali's colours, as plain text.

Method: the picture and the ECharts option of small topologies are read as data: before a run, when
colours follow from the load, and after one. Bounds of the colours stand here as literals.
"""

import json

import builders
import pytest
from app_samples import comparison, topology

from meshsim.app.drawing import (
    CLIENTS,
    Link,
    Node,
    Picture,
    colour,
    height,
    link_text,
    option,
    picture,
    selected,
)
from meshsim.app.drawing_tables import call_table, service_table
from meshsim.model.loading import load_topology


def before():
    return picture(topology(), None)


def after():
    return picture(topology(), comparison().results[1])


def loop():
    """Two services that call each other, now and then."""
    caller = builders.service("a", "[{call: b/get}]")
    callee = builders.service("b", "[{call: a/get, probability: 10%}]")
    return picture(builders.topology(builders.listed(caller, callee)), None)


def test_services_and_clients_are_nodes():
    names = [(node.name, node.pods) for node in before().nodes]
    assert names == [(CLIENTS, 0), ("a", 2), ("b", 2), ("c", 2)]


def test_before_a_run_the_load_gives_the_colours():
    service = builders.service("a", "[{compute: 10ms}]", resources=builders.cores(1))
    at_80 = builders.topology(builders.listed(service), arrivals="{process: poisson, rate: 80/s}")
    node = picture(at_80, None).nodes[1]
    assert node.utilisation == pytest.approx(0.8)
    assert colour(node.utilisation) == "#f0ab00"


def test_after_a_run_the_busiest_pod_gives_them():
    rows = {row.name: row for row in comparison().results[1].usage if row.owner == "app"}
    for node in after().nodes[1:]:
        assert node.utilisation == rows[node.name].utilisation_busiest


@pytest.mark.parametrize(
    ("utilisation", "expected"),
    [
        (None, "#8a8d90"),
        (0.0, "#3e8635"),
        (0.699, "#3e8635"),
        (0.7, "#f0ab00"),
        (0.899, "#f0ab00"),
        (0.9, "#c9190b"),
        (3.0, "#c9190b"),
    ],
)
def test_bounds_of_the_colours(utilisation, expected):
    assert colour(utilisation) == expected


def test_arrows_bear_rates_before_a_run_and_latencies_after_it():
    first, second = before().links[1], after().links[1]
    assert (first.caller, first.callee) == ("a", "b")
    assert link_text(first, "rate") == link_text(second, "rate") == "500/s"
    assert link_text(first, "p50") == ""
    assert link_text(second, "p50").endswith((" ms", " µs"))
    assert link_text(second, "none") == ""


def test_an_arrow_without_enough_data_bears_nothing():
    rare = Link("a", "b", 0.0, 0.0, None)
    assert link_text(rare, "p99") == ""


@pytest.mark.parametrize("drawn", [before(), loop()], ids=["chain", "loop"])
@pytest.mark.parametrize("label", ["rate", "p50", "none"])
def test_the_option_is_json_with_every_node_and_link(drawn, label):
    spec = json.loads(json.dumps(option(drawn, label)))
    for series in (spec["series"][0], spec["media"][0]["option"]["series"][0]):
        assert [node["name"] for node in series["data"]] == [n.name for n in drawn.nodes]
        ends = [(link["source"], link["target"]) for link in series["links"]]
        assert ends == [(link.caller, link.callee) for link in drawn.links]


def test_callers_stand_left_and_on_a_phone_on_top():
    spec = option(before(), "rate")
    wide = [node["x"] for node in spec["series"][0]["data"]]
    narrow = [node["y"] for node in spec["media"][0]["option"]["series"][0]["data"]]
    assert wide == sorted(wide)
    assert narrow == sorted(narrow)
    assert len(set(wide)) == len(set(narrow)) == 4


def test_a_call_over_a_layer_is_bent_and_a_call_back_runs_beside():
    boutique = picture(load_topology("online-boutique"), None)
    links = {(e["source"], e["target"]): e for e in option(boutique, "rate")["series"][0]["links"]}
    assert links["clients", "frontend"]["lineStyle"]["curveness"] == 0.0
    assert links["frontend", "shipping"]["lineStyle"]["curveness"] != 0.0
    back = option(loop(), "rate")["series"][0]["links"]
    assert [link["lineStyle"]["curveness"] for link in back] == [0.0, 0.0, 0.3]


def test_text_is_drawn_and_never_read_as_html():
    assert option(before(), "rate")["tooltip"]["renderMode"] == "richText"


def test_ink_follows_the_theme():
    inks = {
        option(before(), "rate", dark=dark)["series"][0]["data"][0]["label"]["color"]
        for dark in (False, True)
    }
    assert len(inks) == 2


def test_the_height_follows_rows_and_layers():
    one = Picture((Node(CLIENTS, 0, None), Node("a", 1, 0.5)), (Link(CLIENTS, "a", 1, 1, None),))
    assert height(one) < height(before()) < height(picture(load_topology("tree-13"), None))


@pytest.mark.parametrize(
    ("selections", "service"),
    [
        ([], None),
        ([{"data_type": "node", "data_indices": [2]}], "b"),
        ([{"data_type": "node", "data_indices": [0]}], None),
        ([{"data_type": "node", "data_indices": [99]}], None),
        ([{"data_type": "edge", "data_indices": [1]}], None),
        ([{"data_type": "node"}], None),
    ],
)
def test_a_click_names_a_service(selections, service):
    assert selected(before(), selections) == service


def test_the_table_of_services():
    frame = service_table(before()).frame()
    assert frame["service"].tolist() == ["a", "b", "c"]
    assert frame["pods"].tolist() == [2, 2, 2]
    assert "%" in service_table(before()).styled().to_html()


def test_the_table_of_calls():
    frame = call_table(after()).frame()
    assert list(zip(frame["caller"], frame["callee"], strict=True)) == [
        ("clients", "a"),
        ("a", "b"),
        ("b", "c"),
    ]
    edge = comparison().results[1].service_edges[0]
    assert frame["latency_s_p50"].tolist()[1] == edge.latency.quantiles[0].estimate
    assert frame["calls_per_request"].tolist() == [1.0, 1.0, 1.0]
    assert "500/s" in call_table(after()).styled().to_html()


def test_the_calls_of_one_service():
    frame = call_table(before(), "c").frame()
    assert frame["caller"].tolist() == ["b"]
    assert frame["latency_s_p50"].isna().all()

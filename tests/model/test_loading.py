"""Loading: shipped names, paths and texts; and all problems of a broken file at once.

One text breaks a rule of every pass and its whole message is pinned, as a user would read it: the
line and column of each, nothing twice, in the order of the file.
"""

import json
import textwrap

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from topology_samples import data, topology

from meshsim.errors import InputError, Place
from meshsim.model import catalogue, loading
from meshsim.model.findings import analyse
from meshsim.model.topology import Topology

SOUND = textwrap.dedent("""\
    meshsim: 1
    name: shop
    services:
      - name: front
        endpoints:
          - name: get
            steps:
              - compute: 2ms
              - call: stock/read
      - name: stock
        endpoints:
          - {name: read, steps: [{wait: 1ms}]}
    load:
      arrivals: {process: poisson, rate: 50/s}
      entries: [{to: front/get}]
    nodes:
      - {name: small, cores: 2, memory: 4Gi, count: 1}
    slo:
      front/get: ["p(99)<250ms"]
    """)


def problems(text, read=loading.topology_from_text):
    with pytest.raises(InputError) as caught:
        read(text, "shop.yaml")
    return str(caught.value).splitlines()


def changed(*pairs):
    text = SOUND
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("name", catalogue.names("topologies"))
def test_shipped_topologies_load_by_name(name):
    assert loading.load_topology(name).name == name


@pytest.mark.parametrize("name", catalogue.names("models"))
def test_shipped_meshes_load_by_name(name):
    assert loading.load_mesh(name).name == name


def test_a_text_is_read():
    whole = loading.topology_from_text(SOUND)
    assert [service.name for service in whole.services] == ["front", "stock"]
    assert whole.services[0].endpoints[0].steps[0].compute.mean == 0.002


def test_a_path_is_read_and_the_document_knows_its_lines(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SOUND)
    whole, document = loading.load_topology_document(path)
    assert whole == loading.load_topology(str(path))
    assert document.place(("services", 1, "name")) == Place(str(path), 10, 11)


def test_a_mesh_is_read_from_a_path_or_a_text(tmp_path):
    text = (catalogue.shelf("models") / "none.yaml").read_text()
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    whole, document = loading.load_mesh_document(path)
    assert whole == loading.mesh_from_text(text) == loading.load_mesh("none")
    assert document.file == str(path)


def test_what_is_not_there():
    with pytest.raises(InputError, match="no topology of this name"):
        loading.load_topology("chain-33")
    with pytest.raises(InputError, match="missing"):
        loading.load_mesh("missing/mesh.yaml")


def test_text_that_is_not_yaml():
    (problem,) = problems("services: [")
    assert problem.startswith("shop.yaml:1:")


def test_wrong_names_and_wrong_fields_are_told_together():
    text = changed(
        ("compute: 2ms", "compute: 2"), ("stock/read", "stok/read"), ("to: front/get", "to: front")
    )
    assert problems(text) == [
        "shop.yaml:8:22: services[0].endpoints[0].steps[0].compute: needs a unit, e.g. '25ms', "
        "not '2'; write e.g. '25ms'",
        "shop.yaml:9:19: services[0].endpoints[0].steps[1].call: must name a service of this "
        "topology and, after a slash, its endpoint, not 'stok/read'; did you mean 'stock/read'?",
        "shop.yaml:15:18: load.entries[0].to: must name an endpoint of the service 'front', "
        "not 'front'; write 'front/get'",
    ]


def test_wrong_names_and_contradictions_are_told_together():
    text = changed(("stock/read", "stok/read"), ("p(99)<250ms", "p99<250ms"))
    assert problems(text) == [
        "shop.yaml:9:19: services[0].endpoints[0].steps[1].call: must name a service of this "
        "topology and, after a slash, its endpoint, not 'stok/read'; did you mean 'stock/read'?",
        "shop.yaml:19:15: slo['front/get'][0]: must be a threshold on latency or errors, "
        "not 'p99<250ms'; write e.g. 'p(99)<250ms', 'avg<40ms' or 'error_rate<0.1%'",
    ]


def test_objectives_of_no_entry_stand_at_their_key():
    assert problems(changed(("  front/get: [", "  stock/read: ["))) == [
        "shop.yaml:19:3: slo['stock/read']: objectives are set for entry points, those listed in "
        "load.entries, not 'stock/read'; known: 'front/get'",
    ]


def test_an_endless_cycle_is_told_where_it_starts():
    assert problems(changed(("{wait: 1ms}", "{call: front/get}"))) == [
        "shop.yaml:9:19: services[0].endpoints[0].steps[1].call: calls in a cycle must die out, "
        "each run through it leading to less than one more, "
        "not 'front/get → stock/read → front/get'; "
        "give a call of the cycle a lower probability, or take it out",
    ]


@pytest.mark.parametrize(
    "step", ["{compute: 1ms, call: stock/read}", "{wait: 1ms, compute: 1ms}", "{}", "{sleep: 1ms}"]
)
def test_a_step_does_exactly_one_thing(step):
    (problem,) = problems(changed(("call: stock/read", "wait: 1ms"), ("{wait: 1ms}", step)))
    rule = "must have exactly one of the keys compute, wait, call, parallel"
    assert problem.startswith(f"shop.yaml:12:30: services[1].endpoints[0].steps[0]: {rule}")


@pytest.mark.parametrize(("workers", "line"), [("0", "at least 1"), ("many", "whole number")])
def test_workers_are_a_number_or_unlimited(workers, line):
    text = changed(("  - name: front\n", f"  - name: front\n    workers: {workers}\n"))
    (problem,) = problems(text)
    assert problem.startswith("shop.yaml:5:14: services[0].workers: must be ")
    assert line in problem


def test_problems_of_a_mesh_have_lines():
    text = (catalogue.shelf("models") / "istio-sidecar.yaml").read_text()
    line = text[: text.index("[caller.sidecar, callee.sidecar]")].count("\n") + 1
    text = text.replace("[caller.sidecar, callee.sidecar]", "[caller.sidecar, callee.sidcar]")
    (problem,) = problems(text, loading.mesh_from_text)
    assert problem.startswith(f"shop.yaml:{line}:28: path.inside[1]: must name a proxy")


def test_a_topology_made_elsewhere_is_held_to_the_same_rules():
    loading.check_topology(topology({"a": {"x": []}}), "trace.json")
    with pytest.raises(InputError) as names:
        loading.check_topology(topology({"a": {"x": [{"call": "b/x"}]}}), "trace.json")
    (problem,) = names.value.problems
    assert problem.place == Place("trace.json")
    assert problem.path == "services[0].endpoints[0].steps[0].call"
    with pytest.raises(InputError, match="calls in a cycle must die out"):
        loading.check_topology(topology({"a": {"x": [{"call": "a/x"}]}}), "trace.json")


def test_what_is_dumped_loads_again():
    whole = loading.load_topology("online-boutique")
    text = yaml.safe_dump(whole.model_dump(mode="json", exclude_unset=True))
    assert loading.topology_from_text(text) == whole


def test_data_and_text_give_the_same_topology():
    plain = data({"a": {"x": [{"compute": "1ms"}]}})
    assert loading.topology_from_text(yaml.safe_dump(plain)) == Topology.model_validate(plain)


RICH = data(
    {
        "a": {"x": [{"compute": "1ms"}, {"parallel": [{"call": "b/x"}, [{"wait": "1ms"}]]}]},
        "b": {"x": [{"call": "c/x", "count": 2, "probability": "50%"}], "y": []},
        "c": {"x": [{"call": "b/x", "probability": "10%"}]},
    },
    options={"a": {"workers": 3, "zones": ["z1"], "resources": {"requests": {"cpu": "1"}}}},
    nodes=[{"name": "big", "cores": 4, "memory": "8Gi", "count": 2, "zones": ["z1", "z2"]}],
    network={"zone_pairs": [{"zones": ["z1", "z2"], "round_trip": "1ms"}]},
    slo={"a/x": ["p(99)<1s"]},
)


def spots(value, location=()):
    """All locations in ``value`` but the whole."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inner:
        yield (*location, key)
        if isinstance(below, dict | list):
            yield from spots(below, (*location, key))


SPOTS = list(spots(RICH))
ODD = [
    None, True, 0, -1, 7, 1e308, 10_000, "", "a", "a/x", "c/x", "0s", "5ms", "0/s", "1ns", "100%",
    "0%", "z2", "unlimited", "1e300Ei", "500m", "1Mi", [], {}, [[]], [{"compute": "1ms"}],
    {"process": "closed", "users": 1}, {"process": "trace", "times": ["0s", "1s"]},
    {"call": "a/x"}, {"call": "c/x", "probability": "9%"}, {"wait": "1s"}, {"parallel": [[]]},
]  # fmt: skip


def at(value, location):
    """What stands at a location."""
    for part in location:
        value = value[part]
    return value


@st.composite
def change(draw):
    """A location and something odd to stand there, mostly of the same type as what did."""
    location = draw(st.sampled_from(SPOTS))
    alike = [odd for odd in ODD if type(odd) is type(at(RICH, location))]
    return location, draw(st.sampled_from(alike) | st.sampled_from(ODD))


@settings(deadline=None, max_examples=300)
@given(st.lists(change(), min_size=1, max_size=3))
def test_any_change_is_read_or_refused_and_what_is_read_can_be_analysed(changes):
    whole = json.loads(json.dumps(RICH))
    for location, odd in changes:
        try:
            at(whole, location[:-1])[location[-1]] = json.loads(json.dumps(odd))
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took the place away
    try:
        read = loading.topology_from_text(json.dumps(whole))
    except InputError:
        return
    assert isinstance(analyse(read), tuple)

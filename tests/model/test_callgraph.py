"""Call graph: components, cycles and weights of graphs small enough to see through.

Components and cycles of random graphs are compared with reachability found by brute force, which
shares no idea with Tarjan's algorithm.
"""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from topology_samples import topology

from meshsim.model.callgraph import CallGraph, call_graph, call_steps, target, written

A, B, C, D = ((name, "x") for name in "abcd")


def test_a_target_splits_at_the_first_slash_only():
    assert target("shop/GET /items/{id}") == ("shop", "GET /items/{id}")
    assert target("shop") == ("shop", "")
    assert written(("shop", "GET /items")) == "shop/GET /items"


def test_weights_add_up_over_steps_and_parallel_branches():
    steps = [
        {"call": "b/x", "count": 3, "probability": "50%"},
        {"parallel": [{"call": "b/x"}, [{"compute": "1ms"}, {"call": "c/x", "count": 2}]]},
        {"call": "c/x", "probability": "0%"},
    ]
    graph = call_graph(topology({"a": {"x": steps}, "b": {"x": []}, "c": {"x": []}}))
    assert graph.calls == {A: {B: 2.5, C: 2.0}, B: {}, C: {}}


def test_a_call_that_is_never_made_is_no_edge():
    steps = [{"call": "b/x", "probability": "0%"}]
    assert call_graph(topology({"a": {"x": steps}, "b": {"x": []}})).calls == {A: {}, B: {}}


def test_call_steps_come_with_their_locations_in_the_file():
    nested = {"parallel": [{"call": "b/x"}, [{"wait": "1ms"}, {"parallel": [{"call": "c/x"}]}]]}
    whole = topology({"a": {"x": [{"call": "c/x"}, nested]}, "b": {"x": []}, "c": {"x": []}})
    steps = whole.services[0].endpoints[0].steps
    assert [(location, step.call) for location, step in call_steps(steps, ("steps",))] == [
        (("steps", 0), "c/x"),
        (("steps", 1, "parallel", 0), "b/x"),
        (("steps", 1, "parallel", 1, 1, "parallel", 0), "c/x"),
    ]


def test_components_come_callees_first():
    graph = CallGraph({A: {B: 1.0}, B: {C: 1.0, D: 1.0}, C: {B: 0.5}, D: {}})
    assert graph.components == ((D,), (B, C), (A,))
    assert graph.cyclic == ((B, C),)


def test_a_call_to_itself_is_a_cycle():
    graph = CallGraph({A: {A: 0.25}, B: {A: 1.0}})
    assert graph.cyclic == ((A,),)
    assert graph.growth((A,)) == 0.25
    assert graph.cycle((A,)) == (A, A)


def test_growth_of_a_cycle_is_the_root_of_its_product():
    graph = CallGraph({A: {B: 2.0}, B: {A: 0.125}})
    assert graph.growth((A, B)) == pytest.approx(0.5)


def test_the_shortest_cycle_is_the_one_shown():
    graph = CallGraph({A: {B: 1.0, C: 1.0}, B: {C: 1.0}, C: {D: 1.0}, D: {A: 1.0}})
    (component,) = graph.cyclic
    assert component == (A, B, C, D)
    assert graph.cycle(component) == (A, C, D, A)


def test_a_chain_of_ten_thousand_does_not_exhaust_the_stack():
    chain = [(str(number), "x") for number in range(10_000)]
    graph = CallGraph({v: {w: 1.0} for v, w in itertools.pairwise(chain)} | {chain[-1]: {}})
    assert graph.components == tuple((vertex,) for vertex in reversed(chain))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_components_are_the_classes_of_mutual_reach(pairs):
    vertices = [(str(number), "x") for number in range(7)]
    calls = {vertex: {} for vertex in vertices}
    for a, b in pairs:
        calls[vertices[a]][vertices[b]] = 1.0
    reach = {v: {v, *calls[v]} for v in vertices}
    for via, start in itertools.product(vertices, vertices):
        if via in reach[start]:
            reach[start] |= reach[via]
    graph = CallGraph(calls)
    of = {v: index for index, c in enumerate(graph.components) for v in c}
    assert sorted(of) == vertices
    for v, w in itertools.product(vertices, vertices):
        assert (of[v] == of[w]) == (w in reach[v] and v in reach[w])
        assert of[w] <= of[v] or w not in reach[v]
    for component in graph.cyclic:
        cycle = graph.cycle(component)
        assert cycle[0] == cycle[-1]
        assert all(w in calls[v] for v, w in itertools.pairwise(cycle))

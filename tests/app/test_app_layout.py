"""Goal: callers stand left of callees, nothing stands on anything else, few edges cross.

Method: small graphs whose layers and rows are plain, one whose crossings a swap removes, cycles and
loops; and generated graphs, of which only what holds for every drawing is asked.
"""

from hypothesis import given
from hypothesis import strategies as st

from meshsim.app.layout import Layout, Spot, place

names = st.sampled_from("abcdefgh")


def spots(nodes, edges):
    return place(nodes, edges).spots


def test_a_chain_is_a_line():
    assert spots("abc", [("a", "b"), ("b", "c")]) == {
        "a": Spot(0, 0.0),
        "b": Spot(1, 0.0),
        "c": Spot(2, 0.0),
    }


def test_the_longest_path_gives_the_layer():
    layers = spots("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")])
    assert [layers[name].layer for name in "abcd"] == [0, 1, 2, 3]


def test_nodes_of_a_layer_stand_around_the_middle():
    drawn = spots("abcd", [("a", "b"), ("a", "c"), ("a", "d")])
    assert [drawn[name].row for name in "abcd"] == [0.0, -1.0, 0.0, 1.0]


def test_crossings_are_removed():
    crossed = [("a", "d"), ("b", "c")]
    drawn = spots("abcd", crossed)
    assert (drawn["a"].row < drawn["b"].row) == (drawn["d"].row < drawn["c"].row)


def test_an_edge_over_a_layer_makes_room_and_bends():
    layout = place("abc", [("a", "b"), ("b", "c"), ("a", "c")])
    assert layout.spots["b"].row == -0.5, "the passage of a to c stands beside b"
    assert layout.bends == {("a", "b"): 0.0, ("b", "c"): 0.0, ("a", "c"): 0.5}


def test_a_cycle_is_opened_where_it_closes():
    layout = place("abc", [("a", "b"), ("b", "c"), ("c", "a")])
    assert [layout.spots[name].layer for name in "abc"] == [0, 1, 2]
    assert ("c", "a") not in layout.bends


def test_loops_and_repetitions_do_no_harm():
    layout = place("ab", [("a", "a"), ("a", "b"), ("a", "b")])
    assert [layout.spots[name].layer for name in "ab"] == [0, 1]


def test_rows_and_layers_are_counted():
    layout = Layout({"a": Spot(0, 0.0), "b": Spot(1, -0.5), "c": Spot(1, 0.5)}, {})
    assert (layout.rows, layout.layers) == (2, 2)
    assert (Layout({"a": Spot(0, 0.0)}, {}).rows, Layout({"a": Spot(0, 0.0)}, {}).layers) == (1, 1)


@given(st.lists(st.tuples(names, names), max_size=25))
def test_every_graph_is_drawn(edges):
    nodes = "abcdefgh"
    layout = place(nodes, edges)
    assert set(layout.spots) == set(nodes)
    assert len(set(layout.spots.values())) == len(nodes), "no two nodes on one spot"
    for caller, callee in layout.bends:
        assert layout.spots[caller].layer < layout.spots[callee].layer
    assert place(nodes, edges) == layout, "the same graph, the same drawing"


def test_an_order_is_never_worse_than_the_one_given():
    edges = [("a", "f"), ("b", "e"), ("c", "d"), ("a", "e"), ("c", "f")]
    drawn = spots("abcdef", edges)
    crossings = sum(
        (drawn[a].row - drawn[c].row) * (drawn[b].row - drawn[d].row) < 0
        for number, (a, b) in enumerate(edges)
        for c, d in edges[number + 1 :]
    )
    assert crossings <= 1

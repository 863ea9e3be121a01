"""Goal: spans hang on the right parent, and what is missing, doubled or circular is told apart.
Method: small traces by hand, one for each case.
"""

from meshsim.inputs.import_report import Tally
from meshsim.inputs.trace_tree import Tree
from meshsim.inputs.traces import Span, Trace


def tree(*spans):
    tally = Tally()
    listed = tuple(
        Span(span_id, parent_id, False, "s", "o", 0, 1, kind) for span_id, parent_id, kind in spans
    )
    return Tree(Trace("t1", listed, "file.json data[0]"), tally), tally


def names(found, indices):
    return [found.spans[index].span_id for index in indices]


def test_a_tree():
    found, tally = tree(("b", "a", ""), ("a", "", ""), ("c", "a", ""), ("d", "c", ""))
    assert names(found, found.roots) == ["a"]
    assert found.orphans == []
    assert sorted(names(found, found.below(found.roots[0]))) == ["a", "b", "c", "d"]
    assert found.size(found.roots) == 4
    assert tally.unused == ()


def test_orphans_and_circles_are_below_no_root():
    found, _ = tree(
        ("a", "", ""),
        ("b", "gone", ""),
        ("c", "b", ""),
        ("d", "e", ""),
        ("e", "d", ""),
        ("f", "f", ""),
    )
    assert names(found, found.orphans) == ["b"]
    assert found.size(found.roots) == 1
    assert found.size(found.orphans) == 2


def test_several_roots():
    found, _ = tree(("a", "", ""), ("b", "", ""))
    assert names(found, found.roots) == ["a", "b"]


def test_a_double_is_dropped():
    found, tally = tree(("a", "", ""), ("b", "a", "server"), ("b", "a", "server"), ("c", "b", ""))
    assert found.size(found.roots) == 3
    (note,) = tally.unused
    assert note.why == "has the id of another span of its trace"
    assert note.example == "file.json data[0] trace t1 span b"


def test_client_and_server_may_share_an_id():
    for kinds in (("client", "server"), ("server", "client")):
        found, tally = tree(
            ("a", "", ""), ("b", "a", kinds[0]), ("b", "a", kinds[1]), ("c", "b", "")
        )
        chain = [(found.spans[i].span_id, found.spans[i].kind) for i in found.below(found.roots[0])]
        assert chain == [("a", ""), ("b", "client"), ("b", "server"), ("c", "")]
        assert tally.unused == ()


def test_a_third_span_of_a_shared_id_is_dropped():
    found, tally = tree(("a", "", "client"), ("a", "", "server"), ("a", "", "client"))
    assert found.size(found.roots) == 2
    assert len(tally.unused) == 1


def test_an_example_without_an_id():
    found = Tree(Trace("", (), "f data[1]"), Tally())
    assert found.example() == "f data[1] trace without id"

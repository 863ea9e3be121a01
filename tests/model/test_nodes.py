"""The tree of a YAML text: anchors, merges, keys and limits, with the positions of all.

Method: short texts whose tree or problems are written out. Every case runs on both parsers of
PyYAML, because which one a user has depends on how it was built.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from meshsim.errors import Problem
from meshsim.model import nodes
from meshsim.model.nodes import Branch, Composer, Leaf, child, did_you_mean, parts, print_location


@pytest.fixture(autouse=True, params=[yaml.CSafeLoader, yaml.SafeLoader])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(nodes, "_LOADER", request.param)
    return


def compose(text: str) -> Branch:
    composer = Composer("a.yaml")
    root = composer.compose(text)
    assert composer.problems == []
    assert isinstance(root, Branch)
    return root


def problems(text: str) -> list[Problem]:
    composer = Composer("a.yaml")
    composer.compose(text)
    return composer.problems


def plain(node: object) -> object:
    if isinstance(node, Leaf):
        return node.value
    assert isinstance(node, Branch)
    if isinstance(node.children, dict):
        return {key: plain(below) for key, below in node.children.items()}
    return [plain(below) for below in node.children]


def test_a_tree_knows_its_positions() -> None:
    root = compose("a:\n  - 1\n  - {b: 'two'}\n")
    assert (root.line, root.column) == (1, 1)
    assert root.key_positions == {"a": (1, 1)}
    entries = root.children["a"]  # type: ignore[call-overload]
    assert (entries.line, entries.column) == (2, 3)
    assert entries.children[0] == Leaf(2, 5, "1", 1)
    assert entries.children[1].children["b"] == Leaf(3, 9, "two", "two")
    assert entries.children[1].key_positions == {"b": (3, 6)}


def test_size_and_height_count_what_is_below() -> None:
    root = compose("a: [1, [2, 3]]\nb: {}\n")
    assert (root.size, root.height) == (7, 3)
    assert [(node.size, node.height) for _, node in parts(root)] == [(5, 2), (1, 1)]  # type: ignore[union-attr]


def test_children_are_found_by_key_or_index_only() -> None:
    root = compose("a: [x]\n")
    below = child(root, "a")
    assert isinstance(below, Branch)
    assert child(below, 0) == Leaf(1, 5, "x", "x")
    assert child(root, "b") is None
    assert child(root, 0) is None
    assert child(below, "a") is None
    assert child(below, 1) is None
    assert child(below, -1) is None
    assert child(Leaf(1, 1, "x", "x"), 0) is None


def test_an_alias_stands_where_it_is_and_what_it_brings_where_that_is_written() -> None:
    root = compose("a: &it {b: 1}\nc: *it\nd: &text x\ne: *text\n")
    assert plain(root) == {"a": {"b": 1}, "c": {"b": 1}, "d": "x", "e": "x"}
    alias = child(root, "c")
    assert isinstance(alias, Branch)
    assert (alias.line, alias.column) == (2, 4)
    assert child(alias, "b") == Leaf(1, 12, "1", 1)
    assert child(root, "e") == Leaf(4, 4, "x", "x")


@pytest.mark.parametrize("text", ["a: 1\n? b", "a: 1\nb:"])
def test_a_value_left_out_at_the_end_stands_in_the_last_line(text: str) -> None:
    value = child(compose(text), "b")
    assert isinstance(value, Leaf)
    assert (value.line, value.value) == (2, None)
    assert value.column <= 4


def test_the_last_anchor_of_a_name_counts() -> None:
    assert plain(compose("a: &it 1\nb: &it 2\nc: *it\n")) == {"a": 1, "b": 2, "c": 2}


def test_a_key_may_be_an_alias_of_a_text() -> None:
    assert plain(compose("a: &it word\n*it : 1\n")) == {"a": "word", "word": 1}


def test_a_key_may_carry_an_anchor() -> None:
    assert plain(compose("&it word: 1\na: *it\n")) == {"word": 1, "a": "word"}


def test_a_merge_brings_the_keys_that_are_not_there() -> None:
    root = compose("base: &base {a: 1, b: 2}\nit:\n  b: 3\n  <<: *base\n  c: 4\n")
    it = child(root, "it")
    assert isinstance(it, Branch)
    assert plain(it) == {"a": 1, "b": 3, "c": 4}
    assert it.key_positions == {"a": (1, 14), "b": (3, 3), "c": (5, 3)}


def test_a_merge_in_quotes_is_a_key() -> None:
    assert plain(compose('"<<": 1\n')) == {"<<": 1}


@pytest.mark.parametrize(
    ("text", "place", "path", "rule", "cure"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "a", "stands already at a.yaml:1:1", "remove one"),
        ("1: 2\n", "1:1", "['1']", "key must be text", 'write "1" in quotes'),
        ("yes: 2\n", "1:1", "yes", "key must be text", 'write "yes" in quotes'),
        ("null: 2\n", "1:1", "null", "key must be text", 'write "null" in quotes'),
        ("? \n: 2\n", "1:2", "['']", "key must be text", "write a key before the colon"),
        ("? [a]\n: 2\n", "1:3", "", "key must be text", "write text before the colon"),
        ("x: {{ name }}\n", "1:5", "x", "key must be text", "template in quotes"),
        ("a: &it 5\n*it : 1\n", "2:1", "['5']", "key must be text", 'write "5" in quotes'),
        ("a: &it [5]\n*it : 1\n", "2:1", "['*it']", "key must be text", "in quotes"),
        ("a: [x, no]\n", "1:8", "a[1]", "true, false", "write false"),
        ("a: &x [*x]\n", "1:8", "a[0]", "contain itself", "write out"),
        ("a: &x {b: {<<: *x}}\n", "1:16", "a.b['<<']", "contain itself", "write out"),
        ("a: &base 1\nb: *bse\n", "2:4", "b", "further up", "did you mean 'base'"),
        ("a: *base\n", "1:4", "a", "further up", "put &base before"),
        ("a:\n  <<: [1]\n", "2:7", "a['<<']", "one mapping", "write '<<: *name'"),
        ("a:\n  <<: 5\n", "2:7", "a['<<']", "one mapping", "write '<<: *name'"),
        ("a: !!python/object:os.system x\n", "1:4", "a", "no tag", "remove it"),
        ("a: ! x\n", "1:4", "a", "no tag", "remove it"),
        ("a: !map {}\n", "1:4", "a", "no tag", "remove it"),
        ("!x a: 1\n", "1:1", "", "no tag", "remove it"),
        ("a: 1\n---\n", "2:1", "", "one YAML document", "remove the line '---'"),
    ],
)
def test_what_is_refused(text: str, place: str, path: str, rule: str, cure: str) -> None:
    (problem,) = problems(text)
    assert str(problem.place) == f"a.yaml:{place}"
    assert problem.path == path
    assert rule in problem.rule
    assert cure in problem.cure


def test_reading_goes_on_after_a_problem() -> None:
    found = problems("yes: 1\na: [010, !x b]\na: 0x1f\n")
    assert [str(problem.place) for problem in found] == [
        "a.yaml:1:1",
        "a.yaml:2:5",
        "a.yaml:2:10",
        "a.yaml:3:1",
        "a.yaml:3:4",
    ]


def test_a_flood_of_problems_ends() -> None:
    found = problems("\n".join(f"key{number}: yes" for number in range(100_000)))
    assert len(found) == nodes.PROBLEMS_MAX + 1
    assert "further problems from here on" in found[-1].rule
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("[" * 64 + "]" * 64, False),
        ("[" * 65 + "]" * 65, True),
        ("a: " + "{b: " * 63 + "1" + "}" * 63, False),
        ("a: " + "{b: " * 64 + "1" + "}" * 64, True),
        ("- " * 65 + "1", True),
    ],
)
def test_the_depth_has_a_limit(text: str, is_refused: bool) -> None:
    found = problems(text)
    assert [problem.rule for problem in found] == is_refused * [
        "must not be nested deeper than 64 levels"
    ]


def test_aliases_do_not_get_round_the_limit_of_depth() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 80))
    (problem,) = problems(chain)
    assert "deeper than 64" in problem.rule
    assert str(problem.place) == "a.yaml:64:12"


def test_a_hundred_thousand_brackets_are_refused_at_the_first_too_many() -> None:
    (problem,) = problems("[" * 100_000)
    assert str(problem.place) == "a.yaml:1:65"


def test_a_billion_laughs_are_refused_before_they_are_laughed() -> None:
    laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
    for number in range(1, 10):
        aliases = ", ".join([f"*a{number - 1}"] * 9)
        laughs += f"a{number}: &a{number} [{aliases}]\n"
    (problem,) = problems(laughs)
    assert "at most 100000 values by aliases" in problem.rule
    assert problem.place.line == 6


def test_the_number_of_values_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "NODES_MAX", 10)
    assert problems("a: [1, 2, 3, 4, 5, 6, 7, 8]\n") == []  # with the list and the mapping: 10
    (problem,) = problems("a: &a [1, 2, 3, 4]\nb: *a\n")
    assert "at most 10 values" in problem.rule


def test_without_a_text_there_is_no_tree() -> None:
    assert Composer("a.yaml").compose("# nothing\n") is None


def test_escapes_that_are_no_characters_are_refused_by_either_parser() -> None:
    def is_refused(text: str) -> bool:
        composer = Composer("a.yaml")
        try:
            composer.compose(text)
        except yaml.YAMLError:
            return True
        return composer.problems != []

    assert is_refused('a: "\\UFFFFFFFF"\n')
    assert is_refused('a: "\\ud800"\n')
    assert is_refused('"\\ud800": 1\n')
    assert not is_refused('a: "\\u00e9"\n')


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ((), ""),
        (("services", 0, "calls", 12, "timeout"), "services[0].calls[12].timeout"),
        ((0, "a"), "[0].a"),
        (("labels", "app.io/name"), "labels['app.io/name']"),
        (("a", "\x1b"), "a['\\x1b']"),
        (("on_error", "retry-on"), "on_error.retry-on"),
    ],
)
def test_locations_print_as_people_write_them(location: tuple[str | int, ...], text: str) -> None:
    assert print_location(location) == text


def test_the_nearest_word_is_offered_and_only_a_near_one() -> None:
    assert did_you_mean("timeot", ["retries", "timeout"]) == "did you mean 'timeout'?"
    assert did_you_mean("x", ["retries", "timeout"]) == ""
    assert did_you_mean("timeout" * 1_000_000, ["timeout"]) == ""

"""Goal: a question has one key, a link says what was changed, an upload is checked.

Method: literal links, good and spoilt; questions that differ in one thing; bytes of files.
"""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from meshsim.errors import InputError
from meshsim.model import catalogue
from meshsim.model.loading import load_mesh, load_topology
from meshsim.studies.what_if import what_if

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)


def question(**changes):
    base = Question(load_topology("chain-3"), (load_mesh("none"),), SIZES["quick"])
    return dataclasses.replace(base, **changes)


def test_the_same_question_has_the_same_key():
    assert question().key == question().key


@pytest.mark.parametrize(
    "changes",
    [
        {"topology": what_if(load_topology("chain-3"), 1.0, {"a": 5})},
        {"topology": what_if(load_topology("chain-3"), 1.1, {})},
        {"meshes": (load_mesh("linkerd"),)},
        {"meshes": (load_mesh("none"), load_mesh("linkerd"))},
        {"plan": dataclasses.replace(SIZES["quick"], seed=2)},
        {"plan": SIZES["p99"]},
    ],
)
def test_another_question_has_another_key(changes):
    assert question(**changes).key != question().key


def test_the_order_of_the_meshes_matters():
    one, other = load_mesh("none"), load_mesh("linkerd")
    assert question(meshes=(one, other)).key != question(meshes=(other, one)).key


@given(st.dictionaries(NAMES, st.integers(1, 9_999), max_size=5))
def test_replicas_survive_a_link(replicas):
    assert replicas_in_link(link_of_replicas(replicas)) == replicas


@pytest.mark.parametrize(
    "text", ["", "a", "a:", ":3", "a:-1", "a:0", "a:x", "a:1.5", "a:99999", "a:²", ",,,"]
)
def test_what_is_no_number_of_pods_is_left(text):
    assert {name: count for name, count in replicas_in_link(text).items() if name} == {}


def test_defaults_exist():
    assert DEFAULT_TOPOLOGY in catalogue.names("topologies")
    assert set(DEFAULT_MESHES) <= set(catalogue.names("models"))


def test_the_template_can_be_uploaded_as_it_is():
    text = shipped_text(TEMPLATE)
    assert uploaded_topology(text.encode(), "mine.yaml") == load_topology(TEMPLATE)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"\xff\xfea", "UTF-8"),
        (b"name: \xe9", "UTF-8"),
        (b"a: [1", "mine.yaml:1"),
        (b"", "mine.yaml"),
        (b"meshsim: 1\nname: x\nservices: 3\n", "mine.yaml:3"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(content, rule):
    with pytest.raises(InputError, match=rule):
        uploaded_topology(content, "mine.yaml")


def test_a_digest_is_short_and_stable():
    assert short_digest("a", 1) == short_digest("a", 1) != short_digest("a", 2)
    assert len(short_digest()) == 16

"""Goal: any name becomes one that a topology allows, equal names never do, allowed ones stay.
Method: names by hand, and random text checked against the field's own pattern.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from meshsim.inputs.trace_names import endpoint_names, service_names
from meshsim.model.fields import EndpointName, Name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("cart", "cart"),
        ("productpage.default", "productpage.default"),
        ("user service", "user-service"),
        ("Größe/é", "Gro-e-e"),
        ("-a-", "a"),
        ("日本", "service"),
        ("a" * 300, "a" * 253),
        ("a" * 252 + "//b", "a" * 252),
    ],
)
def test_services(raw, name):
    assert service_names([raw]) == {raw: name}


def test_allowed_names_stay_and_others_get_numbers():
    names = service_names(["a b", "a/b", "a-b", "a-b-2", "日", "本"])
    assert names["a-b"] == "a-b"
    assert names["a-b-2"] == "a-b-2"
    assert {names["a b"], names["a/b"]} == {"a-b-3", "a-b-4"}
    assert {names["日"], names["本"]} == {"service", "service-2"}


def test_endpoints_are_only_shortened():
    long = ["x" * 300, "x" * 301, "GET /a b/ü"]
    names = endpoint_names(long)
    assert names["GET /a b/ü"] == "GET /a b/ü"
    assert names["x" * 300] == "x" * 253
    assert names["x" * 301] == "x" * 245 + "-2"


@given(st.lists(st.text(min_size=1, max_size=300), unique=True))
def test_names_are_allowed_and_unique(raw):
    for names, field in ((service_names(raw), Name), (endpoint_names(raw), EndpointName)):
        assert set(names) == set(raw)
        assert len(set(names.values())) == len(raw)
        for name in names.values():
            TypeAdapter(field).validate_python(name)

"""Field types: text with a unit in, an SI number in memory, the same text out.

Every type is asked for one value, its text again, and what it refuses; numbers without a unit are
refused where a unit changes the meaning, and only there.
"""

import pytest
from pydantic import TypeAdapter, ValidationError

from meshsim.model import fields
from meshsim.model.fields import NotText

TYPES = {
    "duration": fields.Duration,
    "positive duration": fields.PositiveDuration,
    "cpu": fields.Cpu,
    "positive cpu": fields.PositiveCpu,
    "memory": fields.Memory,
    "size": fields.Size,
    "percentage": fields.Percentage,
    "rate": fields.Rate,
    "positive rate": fields.PositiveRate,
    "bandwidth": fields.Bandwidth,
}
ADAPTERS = {name: TypeAdapter(kind) for name, kind in TYPES.items()}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("duration", "25ms", 0.025),
        ("duration", "0s", 0.0),
        ("positive duration", "1ns", 1e-9),
        ("cpu", "250m", 0.25),
        ("cpu", "0", 0.0),
        ("positive cpu", "1", 1.0),
        ("memory", "128Mi", 134217728.0),
        ("size", "1KiB", 1024.0),
        ("percentage", "0.1%", 0.001),
        ("rate", "200/s", 200.0),
        ("rate", "0/s", 0.0),
        ("positive rate", "0.5/s", 0.5),
        ("bandwidth", "10Gbit/s", 1.25e9),
    ],
)
def test_text_becomes_a_number_and_text_again(kind, text, value):
    assert ADAPTERS[kind].validate_python(text) == value
    printed = ADAPTERS[kind].dump_python(value, mode="json")
    assert ADAPTERS[kind].validate_python(printed) == value
    assert ADAPTERS[kind].dump_python(value) == value


@pytest.mark.parametrize(("kind", "value"), [("cpu", 2), ("cpu", 0.5), ("memory", 1073741824)])
def test_kubernetes_quantities_may_be_numbers(kind, value):
    assert ADAPTERS[kind].validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("duration", 25, "needs a unit, e.g. '25ms'"),
        ("duration", 0, "needs a unit, e.g. '25ms'"),
        ("duration", True, "needs a unit, e.g. '25ms'"),
        ("duration", None, "needs a unit, e.g. '25ms'"),
        ("duration", ["1s"], "needs a unit, e.g. '25ms'"),
        ("size", 1024, "needs a unit, e.g. '1KiB'"),
        ("percentage", 0.5, "needs a unit, e.g. '0.1%'"),
        ("rate", 200, "needs a unit, e.g. '200/s'"),
        ("bandwidth", 1, "needs a unit, e.g. '10Gbit/s'"),
        ("cpu", True, "must be a Kubernetes quantity"),
        ("memory", {"a": 1}, "must be a Kubernetes quantity"),
    ],
)
def test_what_has_no_unit(kind, value, rule):
    with pytest.raises(ValidationError) as caught:
        ADAPTERS[kind].validate_python(value)
    (details,) = caught.value.errors()
    error = details["ctx"]["error"]
    assert isinstance(error, NotText)
    assert error.rule == rule
    assert error.cure.startswith("write e.g. ")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("positive duration", "0s"),
        ("positive cpu", "0"),
        ("positive rate", "0/s"),
        ("bandwidth", "0bit/s"),
    ],
)
def test_what_must_be_more_than_zero(kind, text):
    with pytest.raises(ValidationError, match="must be more than zero; write a larger value"):
        ADAPTERS[kind].validate_python(text)


@pytest.mark.parametrize("name", ["a", "a-1", "istio.io", "A_b", "7"])
def test_names(name):
    assert TypeAdapter(fields.Name).validate_python(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "a/b", "a b", "é", "a\n", "x" * 254])
def test_what_is_no_name(name):
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Name).validate_python(name)


def test_endpoints_may_have_any_name():
    adapter = TypeAdapter(fields.EndpointName)
    assert adapter.validate_python("GET /items/{id}") == "GET /items/{id}"
    with pytest.raises(ValidationError):
        adapter.validate_python("")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("duration", "1h30m"),
        ("duration", "+3s"),
        ("duration", "1.5µs"),
        ("duration", "1.5μs"),
        ("percentage", "0.1%"),
    ],
)
def test_the_patterns_of_the_schema_allow_what_is_read(kind, text):
    schema = ADAPTERS[kind].json_schema()
    jsonschema = pytest.importorskip("jsonschema")
    ADAPTERS[kind].validate_python(text)
    jsonschema.validate(text, schema)

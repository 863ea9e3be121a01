"""Reference: explanations of fields, and generated files that agree with the repository.

The JSON Schema is held against the loader: every shipped file must pass both, and a file that
breaks the schema must fail both.
"""

import json
from pathlib import Path

import jsonschema
import mesh_samples
import pytest
import topology_samples
from pydantic import ValidationError

from meshsim.errors import InputError
from meshsim.model import catalogue, reference
from meshsim.model.document import read_document
from meshsim.model.schema_walk import ROOTS, Field

DOCS = Path(reference.__file__).resolve().parents[2] / "docs"
SHELVES = {"topology": "topologies", "mesh": "models"}
SCHEMAS = {kind: reference.json_schema(kind) for kind in SHELVES}


def names(text):
    return [field.name for field in reference.explain_field(text)]


@pytest.mark.parametrize("name", sorted(reference.generated_files()))
def test_generated_files_are_up_to_date(name):
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == reference.generated_files()[name], "run python -m meshsim.model.reference"


def test_writing_makes_the_folders(tmp_path):
    reference.write(tmp_path / "docs")
    assert {
        str(path.relative_to(tmp_path / "docs")) for path in tmp_path.rglob("*") if path.is_file()
    } == set(reference.generated_files())


# Explanations


@pytest.mark.parametrize(
    "text",
    ["services[].workers", "services[3].workers", "services.workers", "workers", " Workers "],
)
def test_a_field_by_its_whole_name_or_the_end_of_it(text):
    assert names(text) == ["services[].workers"]


def test_a_name_that_several_fields_have():
    assert names("replicas") == [
        "services[].replicas",
        "proxies[].replicas",
        "control_plane[].replicas",
    ]
    assert names("endpoints[].name") == ["services[].endpoints[].name"]


def test_a_whole_name_goes_before_the_ends_of_others():
    assert names("name") == ["name", "name"]  # of a topology and of a mesh


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("workrs", "services[].workers"),
        ("services[].endpoint[].steps[].call", "services[].endpoints[].steps[].call"),
        ("loads.client_connection", "load.client_connections"),
    ],
)
def test_a_misspelt_name(text, meant):
    assert names(text) == [meant]


@pytest.mark.parametrize("text", ["qqqqq", "", "[]"])
def test_a_name_that_is_like_none(text):
    with pytest.raises(InputError, match="no field has this name"):
        reference.explain_field(text)


def test_what_is_explained():
    (field,) = reference.explain_field("services[].endpoints[].steps[].probability")
    assert field == Field(
        name="services[].endpoints[].steps[].probability",
        type="percentage, e.g. `0.1%`",
        unit="fraction",
        default="`100%`",
        range="0% to 100%",
        description="Probability that each of the `count` calls is made.",
        when="call",
    )


def test_every_field_can_be_explained_by_its_name():
    for field in reference.all_fields():
        assert field in reference.explain_field(field.name)


# JSON Schema


@pytest.mark.parametrize("kind", SHELVES)
def test_schemas_are_valid(kind):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
    assert SCHEMAS[kind]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("kind", SHELVES)
def test_every_reference_in_a_schema_leads_somewhere(kind):
    definitions = SCHEMAS[kind]["$defs"]
    text = json.dumps(SCHEMAS[kind])
    cited = {part.partition('"')[0] for part in text.split("#/$defs/")[1:]}
    assert cited == set(definitions)
    assert all(name.isalnum() for name in definitions)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, shelf in SHELVES.items() for name in catalogue.names(shelf)],
)
def test_shipped_files_pass_the_schema(kind, name):
    data = read_document(catalogue.find(SHELVES[kind], name)).data
    jsonschema.validate(data, SCHEMAS[kind], cls=jsonschema.Draft202012Validator)


def topology(steps=(), **more):
    return topology_samples.data({"a": {"x": list(steps)}}, **more)


@pytest.mark.parametrize(
    "data",
    [
        topology([{"compute": "3ms"}, {"wait": {"distribution": "exponential", "mean": "1s"}}]),
        topology([{"parallel": [[{"compute": "3ms"}], {"call": "a/x"}, []]}]),
        topology(options={"a": {"workers": 4, "resources": {"requests": {"cpu": 2}}}}),
    ],
)
def test_topologies_that_pass(data):
    jsonschema.validate(data, SCHEMAS["topology"])
    ROOTS["topology"].model_validate(data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("topology", topology([{"compute": 3}])),
        ("topology", topology([{"compute": "3"}])),
        ("topology", topology([{"compute": "3ms", "wait": "3ms"}])),
        ("topology", topology([{"compute": {"distribution": "normal", "mean": "3ms"}}])),
        ("topology", topology([{"parallel": [{"compute": 3}]}])),
        ("topology", topology(options={"a": {"workers": 0}})),
        ("topology", topology(options={"a": {"replica": 2}})),
        ("topology", topology(options={"a": {"name": "a/b"}})),
        ("topology", topology(nodes=[])),
        ("topology", topology(meshsim=2)),
        ("topology", topology(rate=5)),
        ("mesh", mesh_samples.data([mesh_samples.proxy(scope="cluster")])),
        ("mesh", mesh_samples.data(machine_factor=1.0)),
        ("mesh", mesh_samples.data(unknown=1)),
    ],
)
def test_what_the_schema_refuses_is_refused(kind, data):
    assert not jsonschema.Draft202012Validator(SCHEMAS[kind]).is_valid(data)
    with pytest.raises(ValidationError):
        ROOTS[kind].model_validate(data)

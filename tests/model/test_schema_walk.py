"""The walk over the models: rows of every sort of field, and nothing left out.

Completeness is counted against pydantic's own list of fields, model by model.
"""

import re

import pytest

from meshsim.model import schema_walk
from meshsim.model.schema_walk import REQUIRED, ROOTS, Field, sections
from meshsim.model.topology import CallStep, Service

FIELDS = {
    kind: {f"{field.name}": field for section in sections(kind) for field in section.fields}
    for kind in ROOTS
}


@pytest.mark.parametrize(
    ("kind", "name", "type_", "unit", "default", "range_"),
    [
        ("topology", "meshsim", "`1`", "", REQUIRED, ""),
        ("topology", "name", "text", "", REQUIRED, ""),
        ("topology", "title", "text", "", "empty", ""),
        ("topology", "sources", "list of text", "", "empty", ""),
        ("topology", "services", "list of object", "", REQUIRED, "1 or more"),
        ("topology", "slo", "mapping of names to list of text", "", "empty", ""),
        ("topology", "services[].replicas", "whole number", "", "`1`", "≥ 1, ≤ 10,000"),
        (
            "topology",
            "services[].workers",
            "whole number or `unlimited`",
            "",
            "`unlimited`",
            "≥ 1",
        ),
        ("topology", "services[].resources", "object", "", "see below", ""),
        (
            "topology",
            "services[].resources.limits.cpu",
            "CPU quantity, e.g. `250m`",
            "cores",
            "unset",
            "> 0",
        ),
        (
            "topology",
            "services[].working_set",
            "memory quantity, e.g. `128Mi`",
            "bytes",
            "unset",
            "≥ 0",
        ),
        ("topology", "services[].endpoints[].steps", "list of step", "", "empty", ""),
        ("topology", "services[].endpoints[].steps[].compute", "distribution", "", REQUIRED, ""),
        (
            "topology",
            "services[].endpoints[].steps[].parallel",
            "list of step or list of steps",
            "",
            REQUIRED,
            "1 or more",
        ),
        ("topology", "load.arrivals", "object", "", REQUIRED, ""),
        ("topology", "load.arrivals.think", "distribution", "", "`0s`", ""),
        (
            "topology",
            "load.arrivals.times",
            "list of duration, e.g. `25ms`",
            "",
            REQUIRED,
            "1 or more, up to 1,000,000",
        ),
        ("topology", "load.entries[].weight", "number", "", "`1.0`", "> 0"),
        ("topology", "nodes[].zones", "list of text", "", "`[zone-a]`", "1 or more"),
        ("topology", "network.zone_pairs[].zones", "list of 2: text", "", REQUIRED, ""),
        (
            "topology",
            "network.bandwidth",
            "bandwidth, e.g. `10Gbit/s`",
            "bytes/s",
            "`10Gbit/s`",
            "> 0",
        ),
        ("topology", "distribution.cv", "number", "", REQUIRED, "> 0, ≤ 20"),
        ("mesh", "sources", "mapping of names to object", "", "empty", ""),
        ("mesh", "sources.<name>.where", "text", "", REQUIRED, ""),
        ("mesh", "machine_factor", "sourced number", "", REQUIRED, ""),
        ("mesh", "proxies[].replicas", "sourced whole number", "", "unset", ""),
        ("mesh", "proxies[].cost.http1", "object", "", "unset", ""),
        ("mesh", "proxies[].cost.tcp.busy", "sourced duration, e.g. `25ms`", "s", REQUIRED, ""),
        ("mesh", "policies.outlier_detection.enabled", "`true` or `false`", "", REQUIRED, ""),
        (
            "mesh",
            "policies.outlier_detection.max_ejection",
            "percentage, e.g. `0.1%`",
            "fraction",
            "`10%`",
            "0% to 100%",
        ),
        ("mesh", "sourced.value", "as the field asks", "", REQUIRED, ""),
        ("mesh", "sourced.range", "list of 2: as the field asks", "", REQUIRED, ""),
    ],
)
def test_rows(kind, name, type_, unit, default, range_):
    field = FIELDS[kind][name]
    assert (field.type, field.unit, field.default, field.range) == (type_, unit, default, range_)


def test_variants_share_a_row_where_they_share_a_field():
    rate = FIELDS["topology"]["load.arrivals.rate"]
    assert rate.when == "poisson, constant, paced"
    process = FIELDS["topology"]["load.arrivals.process"]
    processes = ("poisson", "constant", "schedule", "trace", "closed", "paced")
    assert process.type == " or ".join(f"`{process}`" for process in processes)
    family = FIELDS["topology"]["distribution.distribution"]
    assert family.default == REQUIRED  # of all but the constant


def test_a_step_is_told_by_its_key():
    assert FIELDS["topology"]["services[].endpoints[].steps[].count"].when == "call"
    (steps,) = [s for s in sections("topology") if s.name == "services[].endpoints[].steps[]"]
    assert steps.about.startswith("`compute`: Take CPU of the pod. `wait`: Take time but no CPU")


def test_sections_go_from_outside_to_inside():
    names = [section.name for section in sections("topology")]
    assert names == [
        "",
        "services[]",
        "services[].resources",
        "services[].resources.requests",
        "services[].resources.limits",
        "services[].endpoints[]",
        "services[].endpoints[].steps[]",
        "services[].endpoints[].steps[].retries",
        "load",
        "load.arrivals",
        "load.arrivals.points[]",
        "load.entries[]",
        "load.retries",
        "nodes[]",
        "network",
        "network.zone_pairs[]",
        "distribution",
    ]


def test_no_field_is_left_out():
    (service,) = [s for s in sections("topology") if s.name == "services[]"]
    assert [f.name for f in service.fields] == [f"services[].{n}" for n in Service.model_fields]
    steps = "services[].endpoints[].steps[]."
    for name in CallStep.model_fields:
        assert FIELDS["topology"][f"{steps}{name}"].description


@pytest.mark.parametrize("kind", ROOTS)
def test_every_field_has_type_default_and_description(kind):
    for name, field in FIELDS[kind].items():
        assert isinstance(field, Field)
        assert field.type, name
        assert field.default, name
        assert re.search(r"[.)]$", field.description), name
        assert "``" not in field.description, name
        assert "|" not in "".join([field.type, field.default, field.range, field.description]), name


def test_names_are_unique_within_a_file():
    for kind in ROOTS:
        listed = [field.name for section in sections(kind) for field in section.fields]
        assert len(listed) == len(set(listed))
    assert schema_walk.ROOTS.keys() == {"topology", "mesh"}

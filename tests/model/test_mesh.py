"""Mesh: sourced numbers, proxies by name, and what the schema refuses."""

import mesh_samples
import pytest
from mesh_samples import guess, proxy
from pydantic import ValidationError

from meshsim.model.fields import Cpu, Duration, Memory, Number, Whole
from meshsim.model.mesh import Mesh
from meshsim.model.sourced import Sourced


def sourced(**changes):
    whole = {"value": "3us", "range": ["2us", "4us"], "origin": "measured", "source": "bench"}
    whole.update(changes)
    return Sourced[Duration].model_validate({k: v for k, v in whole.items() if v is not None})


def test_a_sourced_number():
    number = sourced()
    assert number.value == pytest.approx(3e-6)
    assert number.range == pytest.approx((2e-6, 4e-6))


@pytest.mark.parametrize("value", ["2us", "4us"])
def test_a_number_may_lie_at_the_ends_of_its_range(value):
    assert sourced(value=value).range == pytest.approx((2e-6, 4e-6))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": "5us"}, "the value must lie within its range; widen the range"),
        ({"value": "1us"}, "the value must lie within its range"),
        ({"range": ["4us", "2us"]}, "the value must lie within its range"),
        ({"source": None}, "a number that is no guess needs a source; add the key 'source'"),
        ({"origin": "derived", "source": None}, "needs a source"),
        ({"origin": "guess", "source": None}, "a guess needs a note on why it is plausible"),
        ({"origin": "rumour"}, "Input should be"),
        ({"range": ["2us"]}, "range"),
        ({"value": 3}, "needs a unit"),
    ],
)
def test_sourced_numbers_that_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        sourced(**changes)


def test_a_guess_with_a_note_needs_no_source():
    assert sourced(origin="guess", source=None, note="a round figure").source is None


def test_sourced_numbers_are_named_by_what_they_hold():
    kinds = [Sourced[Duration], Sourced[Memory], Sourced[Cpu], Sourced[Whole], Sourced[Number]]
    assert [kind.__name__ for kind in kinds] == [
        "SourcedDuration",
        "SourcedMemoryQuantity",
        "SourcedCPUQuantity",
        "SourcedWholeNumber",
        "SourcedNumber",
    ]


def test_proxies_are_found_by_name():
    mesh = mesh_samples.mesh([proxy(), proxy("other")])
    assert mesh.proxy("other") is mesh.proxies[1]
    with pytest.raises(KeyError, match="envoy"):
        mesh.proxy("envoy")


def test_defaults():
    mesh = mesh_samples.mesh()
    assert mesh.proxies[0].connection_balance == "exact"
    assert mesh.proxies[0].load_balancing.choices == 2
    assert mesh.policies.mtls == "off"
    assert mesh.control_plane == ()


def test_what_is_written_as_text_is_read_as_the_same():
    mesh = mesh_samples.mesh()
    assert Mesh.model_validate(mesh.model_dump(mode="json")) == mesh


@pytest.mark.parametrize(
    "changes",
    [
        {"worker_threads": guess(0)},
        {"worker_threads": guess(1.5)},
        {"scope": "cluster"},
        {"layer": 5},
        {"connection_balance": "even"},
        {"load_balancing": {"policy": "maglev"}},
        {"load_balancing": {"policy": "least_request", "choices": 0}},
        {"cost": {}},
        {"unknown": 1},
    ],
)
def test_proxies_that_are_refused(changes):
    with pytest.raises(ValidationError):
        mesh_samples.mesh([proxy() | changes])


def test_a_mesh_without_a_path_is_refused():
    whole = mesh_samples.data()
    del whole["path"]
    with pytest.raises(ValidationError, match="path"):
        Mesh.model_validate(whole)

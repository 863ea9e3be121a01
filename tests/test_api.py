"""Goal: ``import meshsim`` offers a few calls that take names, paths and values, and whose errors
can be read. Method: each call with each kind of argument; the README's lines in a script of their
own."""

import json
import subprocess
import sys

import builders
import pytest

import meshsim as ms
from meshsim import api
from meshsim.model.catalogue import find
from meshsim.studies.executors import Here
from meshsim.studies.result import Comparison, Result

SMALL = {"requests": 20, "replications": 3}
LINES = """
import meshsim as ms
comparison = ms.compare("chain-3", ["none", "linkerd"], requests=20)
print(ms.to_text(comparison))
ms.write_html(comparison, "report.html")
ms.to_frame(comparison)
"""


def test_the_five_lines_are_a_script(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LINES], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    assert done.stderr == b""
    assert done.returncode == 0
    assert done.stdout.decode().startswith("Chain of three services")
    assert (tmp_path / "report.html").stat().st_size > 20_000


def test_every_public_name_is_there_and_no_other():
    assert set(ms.__all__) <= set(dir(ms))
    for name in ms.__all__:
        assert getattr(ms, name) is not None
    assert set(api.__all__) | {"InputError", "__version__"} == set(ms.__all__)
    with pytest.raises(AttributeError, match="module 'meshsim' has no attribute 'nonsense'"):
        _ = ms.nonsense


def test_names_paths_and_values_are_the_same(tmp_path):
    path = tmp_path / "chain.yaml"
    path.write_text(find("topologies", "chain-3").read_text())
    by_name = ms.run("chain-3", "linkerd", **SMALL)
    by_path = ms.run(path, "linkerd", **SMALL)
    by_value = ms.run(ms.load_topology("chain-3"), ms.load_mesh("linkerd"), **SMALL)
    assert by_name.latency == by_path.latency == by_value.latency
    assert by_path.asked.topology == str(path)
    assert by_value.asked.topology == "chain-3"


def test_run_is_without_a_mesh_unless_told():
    found = ms.run("chain-3", **SMALL)
    assert isinstance(found, Result)
    assert found.mesh == "none"


def test_compare_takes_a_baseline_first():
    found = ms.compare("chain-3", ["linkerd", "none"], **SMALL)
    assert isinstance(found, Comparison)
    assert found.baseline.mesh == "linkerd"
    assert [one.asked.mesh for one in found.results] == ["linkerd", "none"]


def test_compare_takes_five_meshes_unless_told():
    found = ms.compare("chain-3", requests=5, replications=1)
    assert tuple(one.mesh for one in found.results) == api.DEFAULT_MESHES


def test_changes_and_plans_reach_the_study():
    seen = []
    found = ms.run(
        "chain-3",
        rate=50.0,
        replicas={"b": 4},
        requests=11,
        replications=3,
        seed=9,
        confidence=0.9,
        precision=0.9,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert found.scenario.topology.load.arrivals.rate == 50.0
    assert found.scenario.topology.service("b").replicas == 4
    assert (found.plan.requests, found.plan.seed, found.plan.confidence) == (11, 9, 0.9)
    assert found.asked.replicas == (("b", 4),)
    assert seen[:4] == [(0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("call", [ms.run, ms.compare])
def test_where_it_runs_and_what_is_kept_changes_nothing(call, tmp_path):
    plain = call("chain-3", **SMALL)
    saved = call("chain-3", **SMALL, executor="threads:2", store=tmp_path / "study")
    again = call("chain-3", **SMALL, executor=Here(), store=str(tmp_path / "study"), resume=True)
    assert ms.to_json(plain) == ms.to_json(saved) == ms.to_json(again)


def test_a_study_folder_is_not_written_over(tmp_path):
    ms.run("chain-3", **SMALL, store=tmp_path / "study")
    with pytest.raises(ms.InputError, match="3 of 3 tasks are finished"):
        ms.run("chain-3", **SMALL, store=tmp_path / "study")


def test_an_executor_that_cannot_be_had_leaves_no_folder(tmp_path):
    with pytest.raises(ms.InputError, match="must name where to run, not 'nowhere'"):
        ms.run("chain-3", **SMALL, executor="nowhere", store=tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"topology": "chain-4"}, "chain-4: no topology of this name"),
        ({"mesh": "istio"}, "istio: no mesh of this name"),
        ({"rate": -1.0}, "options: rate: must be more than zero and finite, not '-1.0'"),
        ({"rate": float("nan")}, "options: rate: must be more than zero"),
        ({"replicas": {"z": 2}}, "chain-3: z: no service of this name"),
        ({"replicas": {"a": 0}}, "options: replicas of a: must be a whole number"),
        ({"requests": 0}, "options: requests: must be a whole number"),
        ({"resume": True}, "--resume: needs a study folder"),
        ({"executor": "threads:0"}, "--executor: must have a whole number from 1"),
        ({"executor": "here", "processes": 2}, "--executor: is given together with a number"),
        ({"precision": 5}, "options: precision: must lie between 0 and 1"),
        ({"precision_of": "p99"}, "options: precision_of: is about a precision"),
        ({"precision": 0.1, "precision_of": "max"}, "options: precision_of: must be a mean or a"),
        ({"precision": 0.1, "precision_of": "p99:b/get"}, "options: precision_of: no entry point"),
        (
            {"precision": 0.1, "precision_of": "p99-difference"},
            "options: precision_of: a difference",
        ),
        ({"seconds_max": -1.0}, "options: seconds_max: must be more than zero"),
        ({"keep": "none"}, "options: keep: no such way"),
    ],
)
def test_errors_can_be_read(arguments, rule):
    with pytest.raises(ms.InputError) as caught:
        ms.run(**{"topology": "chain-3", **arguments})
    assert str(caught.value).startswith(rule)
    assert "; " in str(caught.value)


def test_all_problems_are_raised_at_once():
    with pytest.raises(ms.InputError) as caught:
        ms.compare("chain-4", ["none", "none", "nope"])
    assert len(caught.value.problems) == 3


def test_a_mesh_can_be_named_once_only():
    with pytest.raises(ms.InputError, match="none: this mesh is there more than once"):
        ms.compare("chain-3", ["none", ms.load_mesh("none")])


def test_a_precision_of_the_difference_reaches_a_comparison():
    found = ms.compare(
        "chain-3",
        ["none", "linkerd"],
        requests=30,
        replications=3,
        precision=0.9,
        precision_of="mean-difference:a/get",
        replications_max=13,
        keep="tallies",
    )
    assert str(found.precision.target) == "mean-difference:a/get"
    assert (found.precision.asked, found.precision.mesh) == (0.9, "linkerd")
    assert found.baseline.plan.replications_max == 13
    assert found.baseline.series


def test_values_of_a_program_need_no_file():
    described = builders.topology(builders.listed(builders.service()))
    found = ms.compare(described, [builders.mesh()], **SMALL)
    assert "sample" in ms.to_text(found)
    assert '"kind": "compare"' in ms.to_json(found)
    assert set(ms.to_frame(found)["topology"]) == {"sample"}


def test_html_is_written_to_any_path(tmp_path):
    found = ms.run("chain-3", **SMALL)
    path = ms.write_html(found, str(tmp_path / "deep" / "r.html"))
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(ms.InputError, match="this is a directory"):
        ms.write_html(found, tmp_path)


def test_an_estimate_takes_names_and_changes():
    found = ms.estimate("chain-3", "linkerd", rate=50.0, replicas={"b": 4})
    assert found.rate_per_s == 50.0
    assert found.scenario.topology.service("b").replicas == 4
    assert found.latency[0].mean_s > 0
    with pytest.raises(ms.InputError, match="chain-4: no topology of this name"):
        ms.estimate("chain-4")


def test_a_solver_by_name():
    found = ms.run("chain-3", **SMALL, solver="simpy", processes=1)
    assert found.plan.solver == "simpy"
    with pytest.raises(ms.InputError, match="options: solver: no solver of this name, not 'fast'"):
        ms.run("chain-3", solver="fast")


def test_a_control_plane_of_a_topology_or_of_numbers():
    wide = ms.control_plane("chain-3", scope="auto", endpoint_changes=1.0)
    assert (wide.estate.name, wide.scope, wide.changes.endpoint_per_s) == ("chain-3", "auto", 1.0)
    numbers = ms.control_plane(services=20, pods_per_service=2, replicas=3, cores=2.0, seed=4)
    assert (numbers.estate.endpoints, numbers.parts[0].replicas, numbers.seed) == (40, 3, 4)
    assert "CONTROL PLANE" in ms.to_text(numbers)
    assert json.loads(ms.to_json(numbers))["kind"] == "control_plane"


def test_all_that_is_wrong_with_a_control_plane_is_raised():
    with pytest.raises(ms.InputError, match="needs either a topology or a number of services"):
        ms.control_plane()
    with pytest.raises(ms.InputError) as caught:
        ms.control_plane("nowhere", "no-mesh")
    assert len(caught.value.problems) == 2

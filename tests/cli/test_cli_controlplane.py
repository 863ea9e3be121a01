"""Goal: ``meshsim controlplane`` (meshsim.cli.controlplane) reads its options,
answers in four formats, refuses mistakes.
"""

import json

import pytest
import yaml
from command_line import meshsim, write


def test_an_estate_of_numbers_as_json():
    done = meshsim(
        "controlplane", "--services", 20, "--pods-per-service", 3, "--callees", 2,
        "--namespaces", 4, "--nodes", 6, "--ports", 2, "--endpoint-changes", "90/min",
        "--config-changes", "1/h", "--scope", "auto", "--replicas", 2, "--cores", "500m",
        "--seed", 5, "-o", "json",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    estate = document["estate"]
    assert (estate["services"], estate["endpoints"], estate["proxies"]) == (20, 60, 60)
    assert (estate["namespaces"], estate["nodes"]) == (4, 6)
    assert document["endpoint_changes_per_s"] == 1.5
    assert document["config_changes_per_s"] == pytest.approx(1 / 3600)
    assert (document["scope"], document["cores"], document["seed"]) == ("auto", 0.5, 5)


def test_a_topology_and_text(tmp_path):
    done = meshsim("controlplane", write(tmp_path), "--scope", "auto")
    assert done.code == 0
    assert done.out.startswith("shop under Istio, sidecar mode (istio-sidecar)\n2 services, 2 pods")
    assert "kind: Sidecar" in done.out


def test_a_bare_rate_is_one_per_second():
    done = meshsim("controlplane", "--services", 3, "--endpoint-changes", "2", "-o", "json")
    assert json.loads(done.out)["endpoint_changes_per_s"] == 2.0


def test_csv_and_yaml(tmp_path):
    done = meshsim("controlplane", "--services", 3, "-o", "csv")
    assert done.out.startswith("estate,mesh,table,name,metric,unit,estimate,low,high\n3 services,")
    done = meshsim("controlplane", write(tmp_path), "--scope", "namespace", "-o", "yaml")
    kinds = [document["kind"] for document in yaml.safe_load_all(done.out)]
    assert kinds == ["Deployment", "HorizontalPodAutoscaler", "Sidecar"]


def test_a_report_goes_to_a_file(tmp_path):
    path = tmp_path / "size.txt"
    done = meshsim("controlplane", "--services", 3, "--out", path)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"wrote {path}\n"
    assert "CONTROL PLANE" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "needs either a topology or a number of services"),
        (("nowhere",), "nowhere"),
        (("--services", 3, "--mesh", "none"), "has no control plane"),
        (("--services", 3, "--endpoint-changes", "often"), "--endpoint-changes"),
        (("--services", 3, "--cores", "many"), "--cores"),
        (("--services", 0), "must be a whole number from 1 to 100,000"),
        (("--services", 3, "--mesh", "istio-ambient", "--scope", "auto"), "cannot be told less"),
    ],
)
def test_a_mistake_is_refused_with_a_cure(words, message):
    done = meshsim("controlplane", *words)
    assert done.code == 2
    assert done.out == ""
    assert message in done.err
    assert "Traceback" not in done.err

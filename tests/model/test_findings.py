"""Findings: their form, their places and their order, and the codes that explain them.

What brings which finding is tested in a file per family.
"""

from pathlib import Path

import mesh_samples
import pytest
import topology_samples
from finding_base import codes, only
from mesh_samples import proxy

from meshsim.errors import InputError, Place
from meshsim.model import catalogue, findings, loading
from meshsim.model.finding_case import Case
from meshsim.model.finding_codes import CODES, LEVELS
from meshsim.model.findings import Finding, analyse, code_of, reaches


def test_the_base_has_no_finding():
    assert codes() == []
    assert codes(mesh=mesh_samples.mesh()) == []


def test_a_finding_is_one_line():
    finding = Finding("MS0101", "warning", Place("shop.yaml", 41, 5), "reviews", "too busy; rest")
    assert str(finding) == "Warning [MS0101] (shop.yaml:41:5 reviews) too busy; rest"


def test_places_are_those_of_the_files(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text((catalogue.shelf("topologies") / "bookinfo.yaml").read_text())
    whole, document = loading.load_topology_document(path)
    mesh, mesh_document = loading.load_mesh_document("istio-sidecar")
    throttled = mesh.model_copy(
        update={"proxies": (mesh.proxies[0].model_copy(update={"name": "unused"}),)}
    ).model_copy(update={"path": mesh.path.model_copy(update={"inside": (), "entry": ()})})
    found = {f.code: f.place for f in analyse(whole, document, throttled, mesh_document)}
    assert Path(found["MS0108"].file) == path
    assert found["MS0108"].line > 1
    assert found["MS0504"].file.endswith("istio-sidecar.yaml")
    assert found["MS0504"].line > 1


def test_without_a_file_the_place_is_the_name():
    assert only(slo={}).place == Place("sample")
    mesh = mesh_samples.mesh([proxy(), proxy("unused")])
    assert only(mesh=mesh).place == Place("sample")


def test_findings_come_in_the_order_of_the_file():
    text = (catalogue.shelf("topologies") / "bookinfo.yaml").read_text()
    whole = loading.topology_from_text(text)
    document = loading.load_topology_document("bookinfo")[1]
    found = analyse(whole, document, loading.load_mesh("istio-sidecar"))
    lines = [finding.place.line for finding in found if finding.place.line]  # not of the mesh
    assert len(lines) > 1
    assert lines == sorted(lines)


@pytest.mark.parametrize("name", catalogue.names("topologies"))
@pytest.mark.parametrize("mesh", catalogue.names("models"))
def test_shipped_scenarios_have_no_errors(name, mesh):
    whole, document = loading.load_topology_document(name)
    assert not reaches(analyse(whole, document, loading.load_mesh(mesh)), "error")


@pytest.mark.parametrize(
    ("level", "threshold", "expected"),
    [
        ("info", "info", True),
        ("info", "warning", False),
        ("warning", "warning", True),
        ("warning", "error", False),
        ("error", "info", True),
    ],
)
def test_failure_thresholds(level, threshold, expected):
    finding = Finding("MS0101", level, Place("shop.yaml"), "a", "b")
    assert reaches([finding], threshold) is expected


def test_nothing_reaches_no_threshold():
    assert not reaches([], "info")


def test_every_code_is_complete():
    assert list(CODES) == sorted(CODES)
    for name, code in CODES.items():
        assert code.code == name
        assert code.level in LEVELS
        assert all(text.endswith(".") for text in (code.why, code.cure))
        assert not code.title.endswith(".")


def test_every_code_is_found_by_a_check_and_by_a_test():
    package = Path(findings.__file__).parent
    checks = "".join(
        path.read_text() for path in package.glob("finding_*.py") if path.name != "finding_codes.py"
    )
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_finding_*.py"))
    for code in CODES:
        assert f'"{code}"' in checks
        assert f'"{code}"' in tests


def test_codes_are_looked_up_in_any_case():
    assert code_of(" ms0101 ").title == "Service close to its capacity"


def test_a_code_that_does_not_exist():
    with pytest.raises(InputError, match="did you mean MS0101"):
        code_of("MS01011")
    with pytest.raises(InputError, match="no finding has this code; known: MS0101, MS0102"):
        code_of("qqq")


def test_two_thousand_services_are_analysed_at_once():
    services = {f"s{number}": {"x": [{"call": f"s{number + 1}/x"}]} for number in range(1_999)} | {
        "s1999": {"x": []}
    }
    whole = topology_samples.topology(services)
    assert "MS0204" in [remark.code for remark in analyse(whole)]
    assert Case(whole).visits["s1999", "x"] == 1.0

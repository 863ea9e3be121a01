"""Goal: the faces of a study of a control plane show its numbers, and YAML that can be pasted.

Method: small studies; every number of the JSON is a number of the study, the CSV has the same; the
YAML is parsed.
"""

import csv
import io
import json

import control_plane_samples as samples
import pytest
import yaml
from builders import listed, service, topology

from meshsim.capacity.control_plane import Changes
from meshsim.capacity.estate import estate_of, uniform_estate
from meshsim.model.loading import load_mesh
from meshsim.reports.control_plane_json import control_plane_to_csv, control_plane_to_json
from meshsim.reports.control_plane_text import control_plane_to_text
from meshsim.reports.control_plane_words import show_rare, to_yaml
from meshsim.studies.control_plane import study

SHOP = topology(
    listed(
        service("web", "[call: cart/get, {parallel: [{call: stock/get}]}]", replicas=2),
        service("cart", "[call: stock/get]", namespace="back", replicas=3),
        service("stock", namespace="back"),
    ),
    "web/get",
)
ESTATE = estate_of(SHOP)
BUSY = Changes(1.0, 0.001)


def of(estate=ESTATE, mesh=None, changes=BUSY, scope="none", **more):
    return study(estate, mesh or samples.mesh(), changes, scope, **more)


def test_text_tells_size_rates_and_scope():
    text = control_plane_to_text(of(scope="auto"))
    assert text.startswith(
        "sample under A sample (sample)\n3 services, 6 pods, 6 proxies, 2 namesp"
    )
    assert "changes: 1.00/s of endpoints, 3.6/h of configuration\n" in text
    assert "each proxy is told what its service calls\n" in text
    for heading in ("CONTROL PLANE", "WHERE THE CPU GOES IN brain", "PUSHES OF brain", "TO PASTE"):
        assert heading in text
    assert max(map(len, text.splitlines())) <= 100


def test_text_says_what_was_assumed():
    text = control_plane_to_text(of(changes=None))
    assert "(assumed: each pod replaced once a day)" in text


def test_a_cause_of_next_to_no_cpu_is_named_without_a_number():
    text = control_plane_to_text(of(changes=Changes(1e-6, 0.0)))
    assert "less than 1.00% each: hearing of changes, pushes of configuration" in text
    assert "share of the time that pushes take" in text
    assert "below 1.00%" in text


def test_text_warns():
    large = of(uniform_estate(400, 10, 5, 1, 100), changes=Changes(2.0, 0.1))
    text = control_plane_to_text(large)
    assert "MIND\n! brain cannot keep up" in text


def test_text_of_a_mesh_of_which_little_is_known():
    text = control_plane_to_text(of(mesh=load_mesh("linkerd")))
    assert "PUSHES" not in text
    assert "does not say how its control plane grows" in text


def test_text_where_nothing_changes_and_nothing_is_signed():
    mesh = samples.mesh([samples.part(scaling=samples.scaling(certificates=None))])
    text = control_plane_to_text(of(mesh=mesh, changes=Changes(0.0, 0.0)))
    assert "IN FORCE" not in text
    assert "CERTIFICATES" not in text


def test_text_without_proxies_has_no_table_of_what_they_hold():
    mesh = samples.mesh(proxies=[], inside=())
    text = control_plane_to_text(of(mesh=mesh))
    assert "A PROXY" not in text
    assert "0 proxies" in text


def test_text_of_pods_that_are_told_themselves():
    part = samples.part(scaling=samples.scaling(clients="pods"))
    text = control_plane_to_text(of(mesh=samples.mesh([part], proxies=[], inside=())))
    assert "6 pods, 6 applications that it tells" in text
    assert "A PROXY" not in text


def numbers(document):
    return {(n["table"], n["name"], n["metric"]): n for n in document["numbers"]}


def test_json_has_all_numbers_of_the_study():
    result = of(replicas=2)
    document = json.loads(control_plane_to_json(result))
    assert (document["kind"], document["mesh"], document["scope"]) == (
        "control_plane",
        "sample",
        "none",
    )
    assert document["estate"]["endpoints"] == 6
    found = numbers(document)
    cpu = result.parts[0].cpu_cores
    assert found["parts", "brain", "cpu_each"] == {
        "table": "parts",
        "name": "brain",
        "metric": "cpu_each",
        "unit": "cores",
        "estimate": cpu.estimate,
        "low": cpu.low,
        "high": cpu.high,
    }
    last = result.following.convergence[1].quantiles[2]
    assert found["convergence", "the last proxy", "p99"]["high"] == last.high
    assert found["advice", "brain", "replicas_max"]["estimate"] == 5
    assert found["certificates", "brain", "spread"]["estimate"] == pytest.approx(6 / 43_200)
    assert found["scopes", "auto", "services_seen"]["estimate"] == pytest.approx((2 * 2 + 3) / 6)


def test_csv_has_the_numbers_of_the_json():
    result = of()
    rows = list(csv.DictReader(io.StringIO(control_plane_to_csv(result))))
    document = json.loads(control_plane_to_json(result))
    assert len(rows) == len(document["numbers"])
    for row, number in zip(rows, document["numbers"], strict=True):
        assert (row["estate"], row["mesh"]) == ("sample", "sample")
        assert (row["table"], row["metric"]) == (number["table"], number["metric"])
        assert float(row["estimate"]) == number["estimate"]
        assert row["low"] == str(number.get("low", ""))


def test_json_of_a_mesh_of_which_little_is_known():
    found = numbers(json.loads(control_plane_to_json(of(mesh=load_mesh("linkerd")))))
    assert {table for table, _, _ in found} == {"parts", "scopes"}
    assert ("scopes", "none", "configuration") not in found


def test_without_certificates_there_are_no_such_numbers():
    mesh = samples.mesh([samples.part(scaling=samples.scaling(certificates=None))])
    found = numbers(json.loads(control_plane_to_json(of(mesh=mesh))))
    assert "certificates" not in {table for table, _, _ in found}


def documents(result):
    return list(yaml.safe_load_all(to_yaml(result)))


def test_yaml_of_requests_and_autoscaler():
    mesh = samples.mesh([samples.part(scaling=samples.scaling(container="inner"))])
    deployment, autoscaler = documents(of(mesh=mesh, replicas=2))
    assert deployment["kind"] == "Deployment"
    assert deployment["metadata"] == {"name": "brain", "namespace": "mesh-system"}
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    requests = {"cpu": 0.5, "memory": "2048Mi"}
    assert container == {"name": "inner", "resources": {"requests": requests}}
    assert autoscaler["spec"]["minReplicas"] == 2
    assert autoscaler["spec"]["maxReplicas"] == 5
    (metric,) = autoscaler["spec"]["metrics"]
    assert metric["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}


def test_yaml_of_scopes_by_service():
    sidecars = [d for d in documents(of(scope="auto")) if d["kind"] == "Sidecar"]
    assert [s["metadata"]["name"] for s in sidecars] == ["web", "cart", "stock"]
    web, cart, stock = (s["spec"] for s in sidecars)
    assert web["workloadSelector"] == {"labels": {"app": "web"}}
    assert web["egress"] == [
        {
            "hosts": [
                "mesh-system/*",
                "back/cart.back.svc.cluster.local",
                "back/stock.back.svc.cluster.local",
            ]
        }
    ]
    assert cart["egress"][0]["hosts"] == ["mesh-system/*", "back/stock.back.svc.cluster.local"]
    assert stock["egress"][0]["hosts"] == ["mesh-system/*"]


def test_yaml_of_scopes_by_namespace():
    sidecars = [d for d in documents(of(scope="namespace")) if d["kind"] == "Sidecar"]
    assert [s["metadata"] for s in sidecars] == [
        {"name": "default", "namespace": "back"},
        {"name": "default", "namespace": "default"},
    ]
    back = sidecars[0]["spec"]
    assert "workloadSelector" not in back
    assert back["egress"][0]["hosts"] == ["mesh-system/*", "back/stock.back.svc.cluster.local"]


def test_without_a_call_graph_no_scopes_are_written():
    plain = of(uniform_estate(10, 2, 3, 2, 1), scope="namespace")
    assert {d["kind"] for d in documents(plain)} == {"Deployment", "HorizontalPodAutoscaler"}


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.0, "0/s"), (1 / 3600, "1/h"), (0.1, "6/min"), (1.0, "1.00/s"), (250.0, "250/s")],
)
def test_rare_rates_are_per_minute_or_per_hour(rate, text):
    assert show_rare(rate) == text

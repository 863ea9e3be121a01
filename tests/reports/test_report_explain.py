"""Goal: everything that can be named is explained, with its sources. Method: every shipped file,
code, field and word is asked for; literal answers for a few of them."""

import difflib
import re

import builders
import control_plane_samples as samples
import mesh_samples
import pytest
from report_samples import SHOP

from meshsim.errors import InputError
from meshsim.model import catalogue
from meshsim.model.finding_codes import CODES
from meshsim.model.loading import load_mesh, mesh_from_text
from meshsim.reports import glossary
from meshsim.reports.assumptions import assumptions
from meshsim.reports.explain import explain, explainable
from meshsim.reports.explain_mesh import (
    cost_words,
    mesh_parts,
    path_words,
    policy_words,
    source_words,
)
from meshsim.reports.explain_topology import topology_parts
from meshsim.reports.terminal import render

MEMORY_ONLY = samples.part(
    cpu_used=samples.number("10m"), scaling={"memory": samples.SCALING["memory"]}
)


def told(name):
    return render(explain(name))


@pytest.mark.parametrize("name", catalogue.names("models"))
def test_a_mesh_shows_every_number_and_every_source(name):
    mesh, text = load_mesh(name), told(name)
    flat = " ".join(text.split())
    for number in assumptions(mesh):
        assert re.search(rf"^{re.escape(number.name)}\s+{re.escape(number.value)} ", text, re.M)
        assert number.note in flat
    for source in mesh.sources.values():
        assert " ".join(source_words(source).split()) in flat
    for limit in mesh.limits:
        assert " ".join(limit.split()) in flat
    assert max(len(line) for line in text.splitlines()) <= 100


def test_sources_are_numbered():
    text = told("istio-sidecar")
    assert re.search(r"^proxies\.sidecar\.cost\.http1\.busy .* measured \[1\]$", text, re.M)
    assert "[1] meshsim's own measurement of Envoy" in text
    assert "measured on: shared virtual machine" in " ".join(text.split())


def test_a_control_plane_tells_when_it_pushes_signs_and_grows():
    flat = " ".join(told("istio-sidecar").split())
    assert "pushes after 100 ms of quiet, at the latest after 10.0 s" in flat
    assert "to 15 proxies at once and 5 more per core, at most 100" in flat
    assert "certificates last 24.0 h and are renewed at 50% of that, give or take 1%" in flat
    assert "1 to 5 replicas, by CPU at 80% of the request" in flat
    assert "pushes after" not in told("linkerd")


def test_a_control_plane_of_which_only_memory_is_known_tells_no_more():
    text = render(mesh_parts(samples.mesh([MEMORY_ONLY])))
    assert "control_plane.brain.scaling.memory.per_proxy" in text
    assert not any(word in text for word in ("pushes after", "certificates last", "by CPU at"))


def test_a_long_name_has_a_line_of_its_own():
    lines = told("istio-sidecar").splitlines()
    at = lines.index("proxies.sidecar.cost.filters.rbac-1policy.per_request")
    assert re.fullmatch(r" {46} +1\.54 µs +607 ns to 3\.90 µs +measured \[1\]", lines[at + 1])


def test_paths_in_words():
    assert path_words((), "caller", "callee") == "caller → callee"
    path = ("caller.sidecar", "callee.sidecar")
    assert path_words(path, "caller", "callee") == (
        "caller → sidecar (caller) → sidecar (callee) → callee"
    )


def policies(words):
    return policy_words(
        mesh_from_text(f"""
meshsim_mesh: 1
name: m
title: m
product: p
version: v
about: a
machine_factor: {{value: 1.0, range: [1.0, 1.0], origin: guess, note: n}}
path: {{inside: [], entry: []}}
policies: {words}
""")
    )


def test_policies_in_words():
    assert policies("{}") == ["mutual TLS: off"]
    assert policies(
        "{mtls: on, retries: {attempts: 1}, request_timeout: 2s, connect_timeout: 1s, "
        "max_connections: 1024, max_pending_requests: 5, max_requests: 6, "
        "outlier_detection: {enabled: true}}".replace("mtls: on", "mtls: 'on'")
    ) == [
        "mutual TLS: on",
        "1 retry on nothing, from 25ms on (never happens here)",
        "request timeout: 2s (not in force: no proxy chooses the pod)",
        "connect timeout: 1s",
        "max connections: 1,024",
        "max pending requests: 5",
        "max requests: 6",
        "outlier detection: 5 errors in a row eject a host for 30s, at most 10% of them",
    ]
    assert policies("{outlier_detection: {enabled: false}}")[-1] == (
        "outlier detection: off unless asked for"
    )


@pytest.mark.parametrize(
    ("retry_on", "state"),
    [
        ("5xx", "in force"),
        ("reset, unavailable", "never happens here"),
        ("unavailable", "never happens here"),
    ],
)
def test_policies_in_force(retry_on, state):
    retries = f"{{attempts: 2, retry_on: [{retry_on}]}}"
    under = builders.sidecars(policies=f"{{request_timeout: 2s, retries: {retries}}}")
    assert policy_words(under) == [
        "mutual TLS: off",
        f"2 retries on {retry_on}, from 25ms on ({state})",
        "request timeout: 2s (in force)",
    ]


def with_costs(**more):
    proxy = mesh_samples.proxy()
    proxy["cost"] |= more
    return list(cost_words(mesh_samples.mesh([proxy]).proxies[0].cost))


def test_encryption_filters_and_the_fitted_range_in_words():
    us = mesh_samples.guess
    log = {"name": "log", "about": "A line  each", "enabled": True, "per_request": us("2us")}
    zip_it = {"name": "zip", "per_request": us("1us"), "per_kib": us("7us")}
    assert with_costs(
        tls={"per_request": us("2us"), "per_kib": us("300ns")},
        filters=[zip_it, log, {"name": "cors", "per_request": us("0s")}],
        fitted_range={"requests_per_worker": ["100/s", "9000/s"], "body": ["0B", "128KiB"]},
    ) == [
        "encryption: 2.00 µs per request and 300 ns per KiB for each encrypted connection of a "
        "passage",
        "filter log, on: 2.00 µs per request; A line each",
        "filters, off: zip 1.00 µs per request and 7.00 µs per KiB, cors 0 s per request",
        "its costs were fitted on 100/s to 9000/s per worker thread and bodies of 0B to 128KiB; "
        "outside they are extrapolated",
    ]


def test_new_connections_in_words():
    ms = mesh_samples.guess
    assert with_costs(connect=ms("1ms"))[0] == "a new connection, at each end: 1.00 ms"
    assert with_costs(connect=ms("1ms"), handshake=ms("2ms"))[0] == (
        "a new connection, at each end: 1.00 ms and 2.00 ms for the handshake of an encrypted one"
    )


def test_stalls_in_words():
    stalls = {"probability": mesh_samples.guess(0.01), "length": mesh_samples.guess("3ms")}
    text = render(mesh_parts(mesh_samples.mesh(stalls=stalls)))
    assert "holds up 1% of the batches of a worker, for 3.00 ms in the mean" in text
    assert "THE MACHINE" not in told("linkerd")


def test_a_proxy_that_was_fitted_to_nothing_says_so():
    bare = {"name": "log", "enabled": True, "per_request": mesh_samples.guess("2us")}
    assert with_costs(filters=[bare]) == [
        "filter log, on: 2.00 µs per request",
        "its costs were not fitted to measurements, or it is not known to which",
    ]


def test_a_mesh_without_much_is_short():
    text = render(mesh_parts(load_mesh("none")))
    assert "SOURCES" not in text
    assert "PROXY" not in text


@pytest.mark.parametrize("name", catalogue.names("topologies"))
def test_a_topology_shows_services_load_and_sources(name):
    text = told(name)
    for heading in ("SERVICES", "LOAD", "NODES", "SOURCES"):
        assert heading in text
    assert f"({name})" in text.splitlines()[0]


def test_a_topology_without_words_of_its_own_is_short():
    described = builders.topology(builders.listed(builders.service()))
    text = render(topology_parts(described))
    assert text.startswith("sample (sample)\n\nSERVICES\n")
    assert "SOURCES" not in text


def test_a_mesh_without_limits_leaves_nothing_out():
    assert "NOT MODELLED" not in render(mesh_parts(builders.mesh()))


def test_files_are_explained_by_what_is_in_them(tmp_path):
    shop = tmp_path / "shop.yaml"
    shop.write_text(SHOP)
    assert "A shop <b>" in told(str(shop))
    mesh = tmp_path / "mesh.yaml"
    mesh.write_text((catalogue.shelf("models") / "linkerd.yaml").read_text())
    assert told(str(mesh)) == told("linkerd")
    with pytest.raises(InputError, match="no such file"):
        told(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code):
    text = told(code.lower())
    assert text.startswith(f"{code}: {CODES[code].title}")
    assert "What to do: " in text


def test_unknown_codes_are_refused():
    with pytest.raises(InputError, match="no finding has this code"):
        told("MS9999")


@pytest.mark.parametrize("word", glossary.words())
def test_every_word_has_a_meaning_without_markup(word):
    name, meaning = glossary.meaning(word)
    assert len(meaning) > 20
    assert "``" not in meaning
    assert ":mod:" not in meaning
    assert glossary.meaning(name.upper()) == (name, meaning)


def test_policies_are_explained_by_their_headers():
    text = told("round_robin")
    assert "host = turn mod n" in text
    assert "Source: Envoy" in text
    assert told("round robin") == text


def test_a_word_that_is_also_a_field_is_both():
    text = told("busy")
    assert "its cost at saturation" in " ".join(text.split())
    assert "proxies[].cost.http1.busy" in text


def test_fields_are_found_by_any_part_of_their_name():
    text = told("services[0].replicas")
    assert text.splitlines()[:3] == [
        "services[].replicas",
        "Number of pods.",
        "whole number; default 1; ≥ 1, ≤ 10,000",
    ]
    assert "control_plane[].replicas" in told("replicas")
    assert "in memory bytes/s" in told("network.bandwidth")
    assert "required" in told("services.name")
    assert "(poisson" in told("load.arrivals.rate")


def test_unknown_names_have_near_ones():
    with pytest.raises(InputError, match="did you mean istio-sidecar"):
        told("istio-sidcar")
    with pytest.raises(InputError, match="did you mean replicas"):
        told("replcas")
    with pytest.raises(InputError) as caught:
        told("qqqqqq")
    assert "did you mean" not in str(caught.value)
    assert "nothing of this name can be explained" in str(caught.value)


def test_the_list_has_every_kind():
    text = " ".join(render(explainable()).split())
    for name in ("istio-ambient", "online-boutique", "MS0101", "round_robin", "replicas"):
        assert name in text
    assert difflib.get_close_matches("MS0101", text.split()) != []

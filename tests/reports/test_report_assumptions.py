"""Goal: no number of a mesh file is left out. Method: the shipped files' own words are counted."""

import re

import pytest

from meshsim.model import catalogue
from meshsim.model.loading import load_mesh
from meshsim.reports.assumptions import assumptions, origins

MESHES = catalogue.names("models")


@pytest.mark.parametrize("name", MESHES)
def test_every_number_with_an_origin_is_listed(name):
    text = (catalogue.shelf("models") / f"{name}.yaml").read_text(encoding="utf-8")
    written = re.findall(r"^[^#\n]*\borigin: (\w+)", text, re.MULTILINE)
    aliases = len(re.findall(r"^[^#\n]*: \*\w+", text, re.MULTILINE))
    listed = assumptions(load_mesh(name))
    assert len(written) <= len(listed)
    if aliases == 0:
        assert sorted(number.origin for number in listed) == sorted(written)


def test_numbers_are_in_words_with_range_and_source():
    numbers = {number.name: number for number in assumptions(load_mesh("istio-sidecar"))}
    busy = numbers["proxies.sidecar.cost.http1.busy"]
    assert (busy.value, busy.range, busy.origin) == ("35.8 µs", "32.1 µs to 40.0 µs", "measured")
    assert busy.source.title.startswith("meshsim's own measurement")
    assert "error of the model" in busy.note
    assert numbers["proxies.sidecar.worker_threads"].range == "1 to 16"
    assert numbers["proxies.sidecar.memory.per_cluster"].value == "67.5 KiB"
    assert numbers["control_plane.istiod.scaling.cpu.base"].value == "7.20m"
    assert numbers["control_plane.istiod.scaling.memory.per_proxy"].range == "441 KiB to 2.37 MiB"
    assert numbers["proxies.sidecar.cost.request_share"].source is None


def test_origins_are_counted():
    mesh = load_mesh("istio-sidecar")
    counts = origins(mesh)
    assert sum(counts.values()) == len(assumptions(mesh))
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    assert origins(load_mesh("none")) == {"guess": 1}

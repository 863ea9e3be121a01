"""Goal: a trace export becomes a topology file that the other commands take.

Method: an export of two services written here, and the real one where it is,
through meshsim.cli.import_jaeger.
"""

import json

import pytest
from command_line import SMALL, meshsim
from shared_data import shared

from meshsim.model.loading import load_topology


def span(trace, number, service, start, duration, parent=None):
    reference = {"refType": "CHILD_OF", "traceID": trace, "spanID": parent}
    return {
        "traceID": trace,
        "spanID": f"{number}",
        "operationName": "get",
        "references": [reference] if parent else [],
        "startTime": 1_700_000_000_000_000 + start,
        "duration": duration,
        "tags": [],
        "processID": service,
    }


def export(traces=5):
    processes = {name: {"serviceName": name} for name in ("web", "stock")}
    return {
        "data": [
            {
                "traceID": f"t{n}",
                "spans": [
                    span(f"t{n}", "1", "web", n * 100_000, 5_000),
                    span(f"t{n}", "2", "stock", n * 100_000 + 1_000, 2_000, "1"),
                ],
                "processes": processes,
            }
            for n in range(traces)
        ]
    }


@pytest.fixture
def traces(tmp_path):
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(export()))
    return path


def test_the_topology_can_be_run(traces, tmp_path):
    target = tmp_path / "system.yaml"
    done = meshsim("import", "jaeger", traces, "-o", target, "--rate", "20", "--name", "shop")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("Used: 10 spans, 5 traces, 2 services")
    assert done.err.endswith(f"wrote {target}\n")
    assert target.read_text().startswith("# Imported by meshsim from Jaeger traces.\n# Used: 10")
    topology = load_topology(target)
    assert (topology.name, topology.load.arrivals.rate) == ("shop", 20.0)
    assert meshsim("run", target, *SMALL).code == 0


def test_options_reach_the_import(traces):
    done = meshsim(
        *("import", "jaeger", traces, "--rps", "12.5", "--replicas", "3", "--cpu", "500m"),
        *("--keep", "web/*", "--accept-missing-root"),
    )
    assert done.code == 0
    assert "rate: 12.5/s" in done.out
    assert done.out.count("replicas: 3") == 2


def test_an_older_file_is_kept_unless_forced(traces, tmp_path):
    target = tmp_path / "system.yaml"
    target.write_text("mine")
    done = meshsim("import", "jaeger", traces, "-o", target)
    assert done.code == 2
    assert "exists already; give another path, or add --force" in done.err
    assert target.read_text() == "mine"
    assert meshsim("import", "jaeger", traces, "-o", target, "--force").code == 0
    assert target.read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rate", "nan"], "import options: rate: "),
        (["--replicas", "0"], "import options: replicas: must be a whole number"),
        (["--name", "a b"], "import options: name: must be a name"),
        (["--keep", "nobody/*"], "import options: keep_operations: must match"),
    ],
)
def test_bad_options(words, told, traces):
    done = meshsim("import", "jaeger", traces, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(told)


def test_a_target_that_cannot_be_written_is_found_first(traces):
    done = meshsim("import", "jaeger", traces, "-o", "/proc/nothing/x.yaml")
    assert done.err.startswith("/proc/nothing/x.yaml: must be writable")


def test_the_real_export(tmp_path):
    export = shared("data/traces/deathstarbench-social-network-jaeger.json")
    target = tmp_path / "social.yaml"
    assert meshsim("import", "jaeger", export, "-o", target).code == 0
    assert len(load_topology(target).services) == 12

"""Goal: run and compare take their options, write their formats and end with the right code.

Method: a system of two services, few requests; every format read back. Through them the tests meet
meshsim.cli.run, meshsim.cli.compare, meshsim.cli.options, meshsim.cli.outputs and
meshsim.cli.objectives.
"""

import csv
import io
import json
import shlex

import pytest
from command_line import SHOP, SMALL, meshsim, write

from meshsim.cli import app as app_command
from meshsim.cli import compare as compare_command
from meshsim.model.loading import topology_from_text


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path).name


def test_run_prints_a_report(shop):
    done = meshsim("run", shop, "--mesh", "linkerd", *SMALL)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("shop (shop)\n")
    assert "1 mesh: linkerd" in done.out


def test_the_last_line_gives_the_same_numbers_again(shop):
    words = ("--mesh", "linkerd", "--rps", "30", "--replicas", "web=2,stock=3", "--seed", "4")
    first = meshsim("run", shop, *words, *SMALL, "-o", "json")
    replay = json.loads(first.out)["replay"]
    again = meshsim(*shlex.split(replay)[1:], "-o", "json")
    assert again.out == first.out
    assert "--rps 30/s --replicas stock=3 --replicas web=2" in replay


def test_options_reach_the_study(shop):
    done = meshsim(
        *("run", shop, "--requests", "12", "--replications", "4", "--seed", "9"),
        *("--confidence", "90%", "--precision", "50%", "--processes", "1", "-o", "json"),
    )
    document = json.loads(done.out)
    assert document["plan"] == {
        "requests": 12,
        "replications": 4,
        "seed": 9,
        "confidence": 0.9,
        "precision": 0.5,
        "solver": "kernel",
    }
    assert document["results"][0]["replications"] >= 4


def test_how_far_to_go_reaches_the_study(shop):
    done = meshsim(
        *("run", shop, "--requests", "12", "--replications", "3", "--precision", "0.1%"),
        *("--precision-of", "mean:web/get", "--replications-max", "13", "--time-limit", "10m"),
        *("--keep", "tallies", "--processes", "1", "-o", "json"),
    )
    document = json.loads(done.out)
    found = document["precision"]
    assert (found["of"], found["asked"]) == ("mean:web/get", 0.001)
    assert (found["replications_max"], found["seconds_max"]) == (13, 600.0)
    assert "--keep tallies" in document["replay"]


@pytest.mark.parametrize(("rate", "per_s"), [("300", 300), ("12.5/s", 12.5), ("60/min", 1.0)])
def test_rates_as_load_generators_write_them(shop, rate, per_s):
    done = meshsim("run", shop, "--rps", rate, *SMALL)
    assert f"changed for this study: rate {per_s:.3g}"[:40] in done.out.replace(".00", "")


def test_compare_takes_meshes_in_every_way(shop):
    one = meshsim("compare", shop, "--mesh", "none,linkerd", *SMALL, "-o", "json")
    two = meshsim("compare", shop, "--mesh", "none", "--mesh", "linkerd", *SMALL, "-o", "json")
    assert one.out == two.out
    assert json.loads(one.out)["baseline"] == "none"


def test_compare_takes_five_meshes_unasked(shop):
    done = meshsim("compare", shop, *SMALL, "-o", "json")
    meshes = [result["mesh"] for result in json.loads(done.out)["results"]]
    assert meshes == ["none", "istio-sidecar", "istio-ambient", "istio-ambient-waypoint", "linkerd"]


def test_csv_and_html_on_stdout(shop):
    done = meshsim("compare", shop, "--mesh", "none,linkerd", *SMALL, "-o", "csv")
    assert {row["mesh"] for row in csv.DictReader(io.StringIO(done.out))} == {"none", "linkerd"}
    done = meshsim("run", shop, *SMALL, "-o", "html")
    assert done.out.startswith("<!DOCTYPE html>")
    done = meshsim("run", shop, *SMALL, "-o", "html", terminal=True)
    assert done.code == 2
    assert done.err == "--output: html needs a file; add --out report.html\n"


def test_colours_on_a_terminal(shop, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in meshsim("run", shop, *SMALL, terminal=True).out


@pytest.mark.parametrize(
    ("out", "start"),
    [
        ("r.html", "<!DOCTYPE html>"),
        ("r.json", "{"),
        ("r.csv", "topology,"),
        ("r.txt", "shop (shop)"),
        ("reports/", None),
    ],
)
def test_out_names_the_file_and_its_ending_the_format(shop, tmp_path, out, start):
    done = meshsim("run", shop, *SMALL, "--out", out)
    path = tmp_path / ("reports/shop.txt" if out.endswith("/") else out)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("wrote ")
    assert path.read_text(encoding="utf-8").startswith(start or "shop (shop)")


def test_a_report_can_be_written_beside(shop, tmp_path):
    done = meshsim("run", shop, *SMALL, "--report", "r.html")
    assert done.out.startswith("shop (shop)")
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_broken_objective_ends_with_99(tmp_path):
    path = write(tmp_path, text=SHOP.replace("p(50)<1s", "avg<2ms"))
    done = meshsim("run", path, *SMALL)
    assert done.code == 99
    assert "✗" in done.out
    assert done.err.startswith("shop under none, web/get: avg<2ms broken, at ")
    compared = meshsim("compare", path, "--mesh", "none,linkerd", *SMALL)
    assert compared.code == 99
    assert len(compared.err.splitlines()) == 2


@pytest.fixture
def two(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    write(tmp_path, "other.yaml", SHOP.replace("name: shop", "name: other"))
    return ["compare", "shop.yaml", "other.yaml", "--mesh", "none,linkerd", *SMALL]


def test_several_topologies_one_after_the_other(two):
    done = meshsim(*two)
    assert done.code == 0
    assert done.out.index("shop (shop)") < done.out.index("other (other)")
    assert "TOTAL OF 2 topologies" in done.out


def test_several_topologies_as_one_document(two):
    document = json.loads(meshsim(*two, "-o", "json").out)
    assert [report["topology"] for report in document["reports"]] == ["shop", "other"]
    rows = csv.DictReader(io.StringIO(meshsim(*two, "-o", "csv").out))
    assert {row["topology"] for row in rows} == {"shop", "other"}


@pytest.mark.parametrize("form", ["text", "json", "csv", "html"])
def test_several_topologies_in_a_folder_with_an_index(two, tmp_path, form):
    done = meshsim(*two, "-o", form, "--out", "reports")
    ending = {"text": "txt"}.get(form, form)
    names = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert names == sorted(f"{name}.{ending}" for name in ("index", "shop", "other"))
    assert (done.code, done.out) == (0, "")
    index = (tmp_path / "reports" / f"index.{ending}").read_text(encoding="utf-8")
    assert "linkerd" in index.lower()


def test_several_topologies_need_a_folder_for_html(two, tmp_path):
    assert "--output: html needs a file; add --out DIR" in meshsim(*two, "-o", "html").err
    (tmp_path / "file").write_text("old")
    done = meshsim(*two, "--out", "file")
    assert done.code == 2
    assert "must be a folder for the reports of several topologies" in done.err
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.parametrize("name", ["shop", "SHOP", "index"])
def test_reports_do_not_overwrite_each_other(tmp_path, name):
    first = write(tmp_path)
    second = write(tmp_path, "b.yaml", SHOP.replace("name: shop", f"name: {name}"))
    done = meshsim("compare", first, second, *SMALL, "--out", tmp_path / "reports")
    assert done.code == 2
    assert "name: has the name of" in done.err
    assert not (tmp_path / "reports").exists()


def test_an_interrupt_keeps_what_is_finished(two, tmp_path, monkeypatch):
    from meshsim.studies.study import Study

    compare = Study.compare

    def interrupted(self, **how):
        if self.topology.name == "other":
            raise KeyboardInterrupt
        return compare(self, **how)

    monkeypatch.setattr(Study, "compare", interrupted)
    done = meshsim(*two, "-o", "json", "--out", "reports")
    assert done.code == 130
    assert done.err.splitlines()[-2:] == [
        "1 of 2 topologies were finished",
        "interrupted; with --save DIR, finished work would have been kept",
    ]
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [
        "index.json",
        "shop.json",
    ]


def test_an_interrupt_of_the_only_one(shop, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_command, "_prepare", interrupted)
    assert meshsim("compare", shop, *SMALL).code == 130


def test_all_files_are_checked_before_anything_runs(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("meshsim.studies.study.Study.compare", None)
    done = meshsim("compare", shop, "missing.yaml", "chain-4", "--mesh", "none,none", *SMALL)
    assert done.code == 2
    assert "missing.yaml: no such file" in done.err
    assert "chain-4: no topology of this name" in done.err
    assert "this mesh is there more than once" in done.err


def test_a_target_that_cannot_be_written_is_found_before_anything_runs(shop, monkeypatch):
    monkeypatch.setattr("meshsim.studies.study.Study.run", None)
    done = meshsim("run", shop, *SMALL, "--out", "/proc/nothing/r.html", "--report", "/dev/null")
    assert done.code == 2
    assert "/proc/nothing/r.html: must be writable" in done.err
    assert "/dev/null: must be a regular file" in done.err


@pytest.mark.parametrize("path", ["x" * 5_000, "a\0b"])
def test_what_is_no_path_is_refused(two, path):
    for words in (two, [two[0], *two[2:]]):
        done = meshsim(*words, "--out", path)
        assert done.code == 2
        assert "must be writable (" in done.err


def test_html_without_jinja2_is_found_before_anything_runs(shop, monkeypatch):
    monkeypatch.setattr("meshsim.studies.study.Study.run", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = meshsim("run", shop, *SMALL, "--out", "r.html")
    assert done.code == 2
    assert "pip install 'meshsim[report]'" in done.err


def test_the_app_without_streamlit_tells_the_cure(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    done = meshsim("app")
    assert done.code == 2
    assert done.err == "meshsim app: needs the package streamlit; pip install 'meshsim[app]'\n"


@pytest.mark.parametrize(("outcome", "code"), [(0, 0), (3, 3), (KeyboardInterrupt, 0)])
def test_the_app_is_streamlit_on_our_page(monkeypatch, outcome, code):
    called = []

    def call(command, **_):
        called.extend(command)
        if outcome is KeyboardInterrupt:
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(app_command.subprocess, "call", call)
    assert meshsim("app", "--port", "9999", "--headless").code == code
    assert called[1:4] == ["-m", "streamlit", "run"]
    assert called[4].endswith("meshsim/app/main.py")
    settings = dict(zip(called[5::2], called[6::2], strict=True))
    assert settings["--server.port"] == "9999"
    assert settings["--server.headless"] == "true"


def test_the_sample_is_a_topology():
    assert topology_from_text(SHOP).name == "shop"

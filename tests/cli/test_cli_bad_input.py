"""Goal: whatever the input, the user reads place, rule and cure, the exit code is 2, there is no
traceback, and what was written earlier stays.

Method: nasty files and options through every command that takes them; an older report lies where
the new one would go.
"""

import os
import socket

import pytest
from command_line import SHOP, meshsim, spawn, with_rate, write

OLD = "an older report"


def sparse(path, size):
    with path.open("wb") as stream:
        stream.truncate(size)


def folder(path):
    path.mkdir()


def pipe(path):
    os.mkfifo(path)


def plug(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def loop(path):
    path.symlink_to(path.name)


def put(content):
    def make(path):
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return make


ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
RECURSION = SHOP.replace(
    "- {name: stock, endpoints: [{name: get, steps: [{compute: 1ms}]}]}",
    "- {name: stock, endpoints: [{name: get, steps: [{call: web/get}]}]}",
)

FILES = {
    "missing": lambda _path: None,
    "empty": put(""),
    "blank": put(" \n\n# nothing\n"),
    "binary": put(bytes(range(256)) * 10),
    "executable": lambda path: path.write_bytes(b"\x7fELF\x02\x01\x01" + b"\0" * 64),
    "utf-16": put("meshsim: 1".encode("utf-16")),
    "latin-1": put("name: caf\u00e9".encode("latin-1")),
    "directory": folder,
    "100 MB": lambda path: sparse(path, 100 * 2**20),
    "fifo": pipe,
    "socket": plug,
    "loop of links": loop,
    "recursion": put(RECURSION),
    "alias bomb": put(ALIASES),
    "deep": put("[" * 100_000),
    "self alias": put("a: &a [*a]\n"),
    "python tag": put("meshsim: !!python/object/apply:os.system ['false']\n"),
    "several documents": put(SHOP + "---\n" + SHOP),
    "tabs": put(SHOP.replace("  - {name: web", "\t- {name: web")),
    "unclosed": put(SHOP + "more: [1, 2\n"),
    "list": put("- 1\n- 2\n"),
    "scalar": put("hello\n"),
    "nan": put(with_rate(".nan")),
    "infinite": put(with_rate("1e999/s")),
    "negative": put(with_rate("-5/s")),
    "zero": put(with_rate("0/s")),
    "no unit": put(with_rate("20")),
    "nan price": put(SHOP.replace("price_per_hour: 0.1", "price_per_hour: .nan")),
    "huge number": put(SHOP.replace("count: 2", f"count: {'9' * 5000}")),
    "duplicate key": put(SHOP + "name: shop\n"),
    "unknown key": put(SHOP + "replica: 3\n"),
    "unknown service": put(SHOP.replace("stock/get", "stocks/get")),
    "control characters": put(SHOP.replace("name: shop", "name: 'sh\x07op'")),
    "wrong version": put(SHOP.replace("meshsim: 1", "meshsim: 99")),
    "bad threshold": put(SHOP.replace("p(50)<1s", "p(150)<1s")),
    "yes": put(SHOP.replace("name: shop", "name: yes")),
    "json": put('{"data": []}'),
}


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(OLD)
    return path


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("command", ["run", "compare", "check"])
def test_bad_files(command, kind, tmp_path, old):
    path = tmp_path / "bad.yaml"
    FILES[kind](path)
    out = [] if command == "check" else ["--out", old]
    done = meshsim(command, path, *out)
    assert done.code == 2, done
    assert done.out == ""
    assert "Traceback" not in done.err
    for line in done.err.splitlines():
        assert line.startswith(str(path)), line
        assert "; " in line, f"no cure: {line}"
        assert len(line) < 2_000
    assert done.err
    assert old.read_text() == OLD
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".meshsim")]


@pytest.mark.parametrize("kind", ["missing", "binary", "directory", "100 MB", "fifo", "negative"])
def test_bad_meshes(kind, tmp_path, old):
    path = tmp_path / "bad.yaml"
    FILES[kind](path)
    done = meshsim("compare", "chain-3", "--mesh", "none", "--mesh", path, "--out", old)
    assert done.code == 2
    assert done.err.startswith(f"{path}")
    assert "; " in done.err
    assert old.read_text() == OLD


@pytest.mark.parametrize(
    "kind", ["missing", "empty", "binary", "directory", "fifo", "list", "json", "deep", "utf-16"]
)
def test_bad_traces(kind, tmp_path):
    path, target = tmp_path / "bad.json", tmp_path / "system.yaml"
    FILES[kind](path)
    target.write_text(OLD)
    done = meshsim("import", "jaeger", path, "-o", target, "--force")
    assert done.code == 2
    assert done.err.startswith(str(path))
    assert "; " in done.err
    assert target.read_text() == OLD


OPTIONS = {
    "--rps -5": "--rps: a rate is zero or more, not '-5/s'; write",
    "--rps nan": "--rps: this should be a rate, not 'nan'; write",
    "--rps 0": "--rps: must be more than zero, not '0/s'; write",
    "--rps 300mb": "--rps: this should be a rate, not '300mb'; write",
    "--rps 1e400": "--rps: a rate needs a unit",
    "--precision 5": "--precision: a percentage needs a unit, not '5'; write '5%'",
    "--precision 0%": "--precision: must lie between 0% and 100%, not '0%'; write",
    "--precision 5% --precision-of max": "--precision-of: must be a mean or a quantile, perhaps of",
    "--precision 5% --precision-of p99:b/get": "options: precision_of: no entry point of this name",
    "--precision 5% --precision-of p9-difference": "options: precision_of: a difference takes a",
    "--precision-of mean": "--precision-of: is about --precision, which is not there; add e.g.",
    "--time-limit 5m": "--time-limit: is about --precision, which is not there; add e.g.",
    "--precision 5% --time-limit 0s": "--time-limit: must be more than zero, not '0s'; write",
    "--precision 5% --time-limit soon": "--time-limit: this should be a duration, not 'soon'",
    "--replications-max 0": "options: replications_max: must be a whole number from 1",
    "--confidence 100%": "--confidence: must lie between 0% and 100%, not '100%'; write",
    "--replicas web": "--replicas: must be a service and its number of pods, not 'web'; write",
    "--replicas web=-1": "--replicas: must be a service and its number of pods",
    "--replicas web=1,web=2": "--replicas: names a service twice, not 'web=2'; give",
    "--replicas web=0": "options: replicas of web: must be a whole number from 1 to 10000",
    "--replicas wbe=2": "shop: wbe: no service of this name; known: stock, web",
    "--requests 0": "options: requests: must be a whole number from 1 to 100000000, not '0'; write",
    "--replications -1": "options: replications: must be a whole number",
    "--seed -1": "options: seed: must be a whole number",
    "--mesh nonne": "nonne: no mesh of this name, and no such file; did you mean 'none'?",
}


@pytest.mark.parametrize("words", OPTIONS)
def test_bad_options(words, tmp_path, old):
    done = meshsim("run", write(tmp_path), *words.split(), "--out", old)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(OPTIONS[words]), done.err
    assert len(done.err.splitlines()) == 1
    assert old.read_text() == OLD


@pytest.mark.parametrize("words", ["--requests many", "--processes 0", "-o pdf", "--port x"])
def test_words_that_are_no_options(words, tmp_path):
    done = meshsim("run", write(tmp_path), *words.split())
    assert done.code == 2
    assert "Usage: meshsim run" in done.err
    assert "Traceback" not in done.err


def test_closed_load_has_no_rate(tmp_path):
    closed = SHOP.replace("{process: constant, rate: 20/s}", "{process: closed, users: 3}")
    done = meshsim("run", write(tmp_path, text=closed), "--rps", "30")
    assert done.code == 2
    assert "a rate can be set for open load only" in done.err


@pytest.mark.parametrize("kind", ["missing", "binary", "100 MB", "recursion"])
def test_the_same_in_a_process_of_its_own(kind, tmp_path):
    path = tmp_path / "bad.yaml"
    FILES[kind](path)
    done = spawn("check", path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(str(path))
    assert "Traceback" not in done.err

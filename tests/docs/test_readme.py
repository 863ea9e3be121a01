"""Goal: what the README tells the reader to type exists. Method: its commands are looked up in the
Makefile, in .ci/run, in the command line and in pyproject.toml; its tables in the shipped files.
"""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from meshsim.api import DEFAULT_MESHES
from meshsim.cli.main import application
from meshsim.model import catalogue

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI_SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for line in re.findall(r"^\$ (.+)$", block, re.MULTILINE)
]
MESHSIM = [words for words in COMMANDS if Path(words[0]).name == "meshsim"]


def targets():
    return set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def command_of(words):
    """The command that the words name, and the words that are left."""
    found = typer.main.get_command(application)
    rest = list(words)
    while hasattr(found, "commands"):
        found = found.commands[rest.pop(0)]
    return found, rest


def test_it_opens_with_the_two_commands():
    assert COMMANDS[:2] == [["make", "demo"], ["make", "test"]]
    assert README.index("make test") < README.index("![") < README.index("```python")


def test_every_make_target_exists():
    used = {word for words in COMMANDS if words[0] == "make" for word in words[1:]}
    assert used == {"demo", "test"}
    assert used <= targets()


def test_the_ci_script_runs_the_second_command_and_installs_the_browser():
    assert re.search(r"^make test$", CI_SCRIPT, re.MULTILINE)
    assert "chromium" in CI_SCRIPT
    assert "`apt-get install chromium`" in README


def test_the_demo_is_what_the_readme_says():
    recipe = MAKEFILE.split("demo:")[1].split("\n\n")[0]
    assert "compare online-boutique" in recipe
    assert ",".join(DEFAULT_MESHES) in recipe
    assert len(DEFAULT_MESHES) == 5


@pytest.mark.parametrize("words", MESHSIM, ids=" ".join)
def test_every_meshsim_command_and_its_options_exist(words):
    command, rest = command_of(words[1:])
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= known


def test_every_subcommand_is_shown():
    shown = {words[1] for words in MESHSIM}
    assert shown == set(typer.main.get_command(application).commands)


def test_every_shipped_topology_and_mesh_is_listed():
    listed = set(re.findall(r"^\| `([\w-]+)` \|", README, re.MULTILINE))
    assert listed == set(catalogue.names("topologies"))
    meshes = README.split("Meshes: ")[1].split(". Both")[0]
    assert set(re.findall(r"`([\w.-]+)`", meshes)) == set(catalogue.names("models"))


def test_every_extra_exists():
    extras = set(re.findall(r"`\[(\w+)\]`", README)) | {"app", "report"}
    assert extras <= set(PROJECT["optional-dependencies"])
    assert "'.[app,report]'" in README


def test_the_python_versions_are_those_of_the_package():
    assert PROJECT["requires-python"] == ">=3.11,<3.15"
    assert "Python 3.11 to 3.14" in README

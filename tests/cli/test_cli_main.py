"""Goal: the command answers at once, speaks plainly and ends with the promised codes.

Method: processes of their own where the interpreter matters, this process elsewhere.
"""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from command_line import PROGRAM, meshsim, spawn

from meshsim import __version__
from meshsim.cli import console
from meshsim.cli import main as main_module
from meshsim.errors import InputError

HEAVY = {"numpy", "pandas", "scipy", "pydantic", "simpy", "numba", "yaml", "jinja2", "streamlit"}


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['meshsim', '--help']\n"
        "from meshsim.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    print('\\nLOADED', *{m.split('.')[0] for m in sys.modules})"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "Usage: meshsim" in out
    assert not HEAVY & set(out.split("LOADED")[1].split())


def test_the_package_imports_nothing_heavy():
    code = "import sys, meshsim; print(*{m.split('.')[0] for m in sys.modules})"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert not HEAVY & set(out.split())


def test_help_names_every_command_and_the_exit_codes():
    done = meshsim("--help")
    assert done.code == 0
    for word in ("check", "run", "compare", "import", "explain", "measure", "app"):
        assert f"  {word} " in done.out
    flat = " ".join(done.out.split())
    assert "0 all well, 2 the input cannot be used, 3 measured but not to be trusted" in flat
    assert "99 an objective was broken" in flat


def test_the_version():
    done = spawn("--version")
    assert (done.code, done.out, done.err) == (0, f"meshsim {__version__}\n", "")


@pytest.mark.parametrize("words", [["nonsense"], ["run"], ["run", "chain-3", "--nonsense"], []])
def test_usage_errors_end_with_2(words):
    done = meshsim(*words)
    assert done.code == 2
    assert "Usage: meshsim" in done.out + done.err


def test_a_closed_pipe_is_silent():
    process = subprocess.Popen(
        [PROGRAM, "explain", "istio-sidecar"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), error) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == (
        "stdout: must be writable (No space left on device); "
        "make room, or redirect to another file\n"
    )


def test_a_closed_stderr_does_not_hide_the_code():
    done = subprocess.run(
        f"{PROGRAM} explain qqqq 2>&-", shell=True, check=False, capture_output=True
    )
    assert done.returncode == 2


def test_a_closed_stdout_is_told():
    done = subprocess.run(
        f"{PROGRAM} explain none >&-", shell=True, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("stdout: must be writable (it is closed)")


def test_terminals_without_unicode_get_something():
    done = spawn("check", "chain-3", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.code, done.out) == (0, "? no findings in chain-3\n")


def test_piped_output_has_no_colour_even_if_rich_is_told_otherwise():
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "40"}
    done = spawn("explain", "none", env=environment)
    assert "\x1b" not in done.out
    assert max(map(len, done.out.splitlines())) > 80


@pytest.mark.parametrize(("columns", "width"), [("30", 80), ("120", 120), ("500", 140)])
def test_a_terminal_sets_the_width(columns, width, monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", columns)
    assert console.width() == width


@pytest.mark.parametrize(
    ("variables", "color"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colour_can_be_refused(variables, color, monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert console.color() is color


class Broken:
    """A stream that fails."""

    def __init__(self, error):
        self.error = error

    def write(self, _text):
        raise self.error

    def fileno(self):
        raise OSError("none")


def test_a_reader_that_went_away_ends_the_command(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Broken(BrokenPipeError()))
    with pytest.raises(typer.Exit) as caught:
        console.tell("x")
    assert caught.value.exit_code == 141


def test_a_stream_that_fails_is_bad_input(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Broken(OSError(28, "No space left on device")))
    with pytest.raises(InputError, match="No space left on device"):
        console.tell("x")
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(InputError, match="it is closed"):
        console.tell("x")


def test_nobody_to_complain_to(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    console.complain("x")
    monkeypatch.setattr(sys, "stderr", Broken(OSError()))
    console.complain("x")


def test_an_interrupt_outside_of_studies(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "application", interrupted)
    done = meshsim("check")
    assert (done.code, done.err) == (130, "interrupted\n")


def test_streams_are_told_not_to_fail_on_letters(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "argv", ["meshsim", "--version"])
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit):
        main_module.main()
    assert stream.errors == "replace"


def test_progress_only_where_somebody_looks(monkeypatch):
    with console.progress("x") as step:
        assert step is None
    monkeypatch.setenv("TERM", "xterm")
    done = meshsim_progress()
    assert "shop" in done
    assert "100%" in done


def meshsim_progress():
    """What a bar writes to a terminal while a study counts anew once."""
    import contextlib

    from command_line import Stream

    terminal = Stream(terminal=True)
    with contextlib.redirect_stderr(terminal), console.progress("shop [1]") as step:
        for done in (1, 2):
            step(done, 2)
        for done in (1, 2):
            step(done, 2)
    return terminal.getvalue()

"""Runs the command in this process (fast) or in one of its own (true to life)."""

import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("meshsim")

SHOP = """
meshsim: 1
name: shop
services:
  - {name: web, endpoints: [{name: get, steps: [{compute: 1ms}, {call: stock/get}]}]}
  - {name: stock, endpoints: [{name: get, steps: [{compute: 1ms}]}]}
load: {arrivals: {process: constant, rate: 20/s}, entries: [{to: web/get}]}
nodes: [{name: n, cores: 4, memory: 8Gi, count: 2, price_per_hour: 0.1}]
network: {same_node: 60us, same_zone: 250us}
slo: {web/get: ["p(50)<1s"]}
"""
SMALL = ("--requests", "20", "--replications", "3", "--processes", "1")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Stream(io.StringIO):
    """A pipe, or a terminal."""

    def __init__(self, *, terminal=False):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


def meshsim(*words, terminal=False):
    """The command in this process."""
    from meshsim.cli.main import main

    out, err, before = Stream(terminal=terminal), Stream(terminal=terminal), sys.argv
    sys.argv = ["meshsim", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as exit_:
        return Done(exit_.code or 0, out.getvalue(), err.getvalue())
    finally:
        sys.argv = before
    raise AssertionError("main always exits")


def spawn(*words, **options):
    """The command in a process of its own."""
    done = subprocess.run(
        [PROGRAM, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def write(folder, name="shop.yaml", text=SHOP):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def with_rate(rate):
    return SHOP.replace("20/s", rate)

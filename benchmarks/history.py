"""What was measured when: a small JSON file, one entry per recorded run.

Ratios are the result. Absolute times are kept with the words of the machine, as context: they say
nothing about another machine, nor about this one on another day.
"""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import Spread
from benchmarks.ratios import Report

FOLDER = Path(__file__).resolve().parent
HISTORY = FOLDER / "history.json"


@dataclass(frozen=True)
class Entry:
    """One recorded run."""

    date: str
    commit: str
    machine: dict[str, str]
    ratios: dict[str, Spread]
    hop_ns: dict[str, dict[str, float]]


def read(path: Path = HISTORY) -> list[Entry]:
    """All entries, the oldest first; none without a file."""
    if not path.exists():
        return []
    return [_entry(raw) for raw in json.loads(path.read_text("utf-8"))]


def entry_of(report: Report) -> Entry:
    """What a run found, here and now."""
    return Entry(
        date.today().isoformat(), _commit(), _machine(), _rounded(report.ratios), report.hop_ns
    )


def append(entry: Entry, path: Path = HISTORY) -> None:
    """Add an entry to the file."""
    entries = [asdict(one) for one in (*read(path), entry)]
    path.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


def _entry(raw: dict[str, Any]) -> Entry:
    ratios = {key: Spread(**spread) for key, spread in raw["ratios"].items()}
    return Entry(**{**raw, "ratios": ratios})


def _rounded(ratios: dict[str, Spread]) -> dict[str, Spread]:
    def digits(value: float) -> float:
        return float(f"{value:.3g}")

    return {k: Spread(digits(s.middle), digits(s.low), digits(s.high)) for k, s in ratios.items()}


def _commit() -> str:
    """The commit that was measured; with a plus if files were changed since."""

    def git(*words: str) -> str:
        command = ["git", *words]
        found = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
        return found.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "../meshsim")
    return git("rev-parse", "--short=9", "HEAD") + ("+" if changed else "")


def _machine() -> dict[str, str]:
    return {
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numba", "numpy", "simpy", "ciw")},
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

"""Which layout a file has, told by its columns; folders are looked through for such files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshsim.calibration.accuracy import our_files, published
from meshsim.calibration.accuracy.cells import Cell, merged
from meshsim.errors import InputError, Place, Problem

_OURS = (
    our_files.PAIRED,
    our_files.UNPAIRED,
    our_files.MEMORY,
    our_files.QUEUE,
    our_files.HANDSHAKE,
)
SHIPPED = Path(__file__).with_name("catalogue.csv")
"""The figures that come with meshsim."""


@dataclass
class Figures:
    """What files held."""

    cells: list[Cell] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)
    """Reason → rows from which no figure could be read."""


def read_all(paths: list[Path]) -> Figures:
    """The figures of files and folders. Raises InputError with all that cannot be read."""
    found = Figures()
    problems: list[Problem] = []
    for path in paths:
        try:
            for file in _files(path):
                _read(file, found)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    found.cells = merged(found.cells)
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = [file for file in sorted(path.rglob("*.csv")) if _layout_of(_header(file))]
    if not files:
        rule, cure = "holds no CSV file with figures", "give a file, or see the guide on accuracy"
        raise InputError([Problem(Place(str(path)), "", rule, "", cure)])
    return files


def _header(path: Path) -> frozenset[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return frozenset(next(csv.reader(stream), []))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        rule = f"cannot be read: {error}"
        raise InputError([Problem(Place(str(path)), "", rule, "", "give a CSV file")]) from None


def _layout_of(header: frozenset[str]) -> str:
    if header >= published.COLUMNS:
        return "published"
    return next((layout.name for layout in _OURS if header >= layout.columns), "")


def _read(path: Path, found: Figures) -> None:
    layout = _layout_of(_header(path))
    if not layout:
        rule = "has none of the known layouts (published figures, or a file of meshsim measure)"
        cure = "see the columns in the guide on accuracy"
        raise InputError([Problem(Place(str(path)), "", rule, "", cure)])
    rows = _rows(path)
    if layout == "published":
        cells, unread = published.read(rows)
        reason = "not a number"
    else:
        ours = next(each for each in _OURS if each.name == layout)
        cells, unread = our_files.cells_of(ours, f"{path.parent.name}/{path.stem}", rows)
        reason = f"{layout}: disturbed by other programs, or of a kind that is not rebuilt"
    found.cells += cells
    if unread:
        found.unread[reason] = found.unread.get(reason, 0) + len(unread)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            yield f"{path.name}:{reader.line_num}", row

"""Where reports go: checked before anything runs, written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from meshsim.cli.console import color, complain, is_terminal, tell, width
from meshsim.cli.options import Format
from meshsim.errors import InputError, Place, Problem
from meshsim.reports import batch, csv, json, text, tornado_data, tornado_html, tornado_text
from meshsim.reports.files import check_writable, write_text
from meshsim.reports.html import batch_to_html, check_html_possible, to_html
from meshsim.studies.result import Comparison, Result
from meshsim.studies.tornado import Tornado

Report = Result | Comparison | Tornado
INDEX = "index"
_SUFFIXES = {Format.TEXT: "txt", Format.JSON: "json", Format.CSV: "csv", Format.HTML: "html"}


@dataclass(frozen=True)
class Outputs:
    """What to write, and where: ``out`` instead of stdout, ``report`` for HTML beside it."""

    form: Format
    out: str | None
    report: str | None
    """Paths; one that ends with a slash is a folder, whether it exists or not."""
    names: tuple[str, ...]
    """The topologies; several make folders of ``out`` and ``report``, with an index."""

    @property
    def is_batch(self) -> bool:
        """Whether there is more than one topology."""
        return len(self.names) > 1

    def check(self) -> None:
        """Raise InputError with all that would keep a report from being written."""
        problems = self._problems()
        for form, place in self._places():
            for name in self._files():
                try:
                    check_writable(self._path(place, name, form))
                except InputError as error:
                    problems += error.problems
        if problems:
            raise InputError(problems)
        if Format.HTML in [self.form, *(form for form, _ in self._places())]:
            check_html_possible()

    def deliver(self, report: Report, name: str) -> None:
        """Write or print one report."""
        for form, place in self._places():
            self._write(self._path(place, name, form), _text_of(form, report))
        if self.out is None and not (self.is_batch and self.form in (Format.JSON, Format.CSV)):
            tell(_text_of(self.form, report, on_screen=True))

    def finish(self, comparisons: Sequence[Comparison]) -> None:
        """Write or print what is about several topologies together."""
        if not self.is_batch or not comparisons:
            return
        for form, place in self._places():
            self._write(self._path(place, INDEX, form), _index_of(form, comparisons))
        if self.out is None:
            tell(_together(self.form, comparisons))

    def _places(self) -> list[tuple[Format, str]]:
        places = [(self.form, self.out)] if self.out is not None else []
        if self.report is not None:
            places.append((Format.HTML, self.report))
        return places

    def _files(self) -> list[str]:
        return [*self.names, INDEX] if self.is_batch else list(self.names)

    def _path(self, place: str, name: str, form: Format) -> Path:
        path = Path(place)
        is_folder = self.is_batch or place.endswith(os.sep) or _holds(Path.is_dir, path)
        return path / f"{name}.{_SUFFIXES[form]}" if is_folder else path

    def _problems(self) -> list[Problem]:
        problems = []
        for _, place in self._places():
            if self.is_batch and _holds(Path.is_file, Path(place)):
                rule = "must be a folder for the reports of several topologies"
                problems.append(Problem(Place(place), "", rule, "", "give the path of a folder"))
        if (
            self.form is Format.HTML
            and self.out is None
            and (self.is_batch or is_terminal(sys.stdout))
        ):
            cure = "add --out DIR" if self.is_batch else "add --out report.html"
            problems.append(Problem(Place("--output"), "", "html needs a file", "", cure))
        return problems

    def _write(self, path: Path, content: str) -> None:
        complain(f"wrote {write_text(path, content)}")


def _holds(test: Callable[[Path], bool], path: Path) -> bool:
    """Whether the path passes; False for what is no path, which the check will say."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def _text_of(form: Format, report: Report, *, on_screen: bool = False) -> str:
    if isinstance(report, Tornado):
        return _tornado_of(form, report, on_screen=on_screen)
    if form is Format.JSON:
        return json.to_json(report)
    if form is Format.CSV:
        return csv.to_csv(report)
    if form is Format.HTML:
        return to_html(report)
    if on_screen:
        return text.to_text(report, width=width(), color=color())
    return text.to_text(report)


def _tornado_of(form: Format, tornado: Tornado, *, on_screen: bool) -> str:
    if form is Format.JSON:
        return tornado_data.tornado_to_json(tornado)
    if form is Format.CSV:
        return tornado_data.tornado_to_csv(tornado)
    if form is Format.HTML:
        return tornado_html.tornado_to_html(tornado)
    if on_screen:
        return tornado_text.tornado_to_text(tornado, width=width(), color=color())
    return tornado_text.tornado_to_text(tornado)


def _index_of(form: Format, comparisons: Sequence[Comparison]) -> str:
    if form is Format.JSON:
        return json.totals_to_json(comparisons)
    if form is Format.CSV:
        return csv.totals_to_csv(comparisons)
    if form is Format.HTML:
        return batch_to_html(comparisons)
    return batch.to_text(comparisons)


def _together(form: Format, comparisons: Sequence[Comparison]) -> str:
    """What is printed after, or in place of, the single reports."""
    if form is Format.JSON:
        return json.batch_to_json(comparisons)
    if form is Format.CSV:
        return csv.to_csv(*comparisons)
    return batch.to_text(comparisons, width=width(), color=color())

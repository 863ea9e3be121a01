"""Imports Jaeger's trace exports: files in, a topology and a report out.

The way is: spans (``jaeger_spans``), executions of endpoints (``trace_executions``), totals and a
sample (``trace_statistics``), order and parallelism (``trace_structure``), steps (``trace_steps``),
topology (``trace_topology``). One trace is in memory at a time, so a large export needs no more
than a small one with as many endpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from meshsim import units
from meshsim.errors import InputError, Place, Problem
from meshsim.inputs.import_options import PLACE, ImportOptions
from meshsim.inputs.import_report import ImportResult, Tally
from meshsim.inputs.jaeger_spans import SEEN_BEFORE, read_traces
from meshsim.inputs.trace_executions import NO_ROOT, NO_SPAN, NOT_KEPT, executions
from meshsim.inputs.trace_topology import Recording, topology_of
from meshsim.inputs.traces import Span
from meshsim.model.loading import check_topology

_CURES = {
    NO_ROOT: "export whole traces; if the caller outside sends no spans, accept a missing root "
    "(--accept-missing-root)",
}
_CURE = "export traces as JSON from Jaeger's search page or its /api/traces"
_EMPTY_CURE = "ask Jaeger for a longer lookback or another service"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def import_jaeger(paths: Sequence[Path], options: ImportOptions | None = None) -> ImportResult:
    """A topology that does what the traces show, and what was used, not used and assumed.

    Raises InputError with all files that cannot be read, are not JSON or hold no usable trace.
    """
    importer = _Importer(ImportOptions() if options is None else options)
    for path in paths:
        importer.read(path)
    return importer.result([path.name for path in paths])


class _Importer:
    """What has been read so far."""

    def __init__(self, options: ImportOptions) -> None:
        self._options = options
        self._tally = Tally()
        self._recording = Recording()
        self._problems: list[Problem] = []
        self._seen: set[int] = set()
        self._not_kept: dict[str, None] = {}

    def read(self, path: Path) -> None:
        """Take in one file."""
        tally = Tally()
        missing_root = self._options.accept_missing_root
        try:
            for trace in read_traces([path], tally, self._seen):
                before = self._recording.requests
                for execution in executions(
                    trace, tally, accept_missing_root=missing_root, keep=self._is_kept
                ):
                    self._recording.add(execution)
                tally.use("traces", self._recording.requests > before)
        except InputError as error:
            self._problems += error.problems
        else:
            self._problems += _problems_of_useless(path, tally)
        self._tally.add(tally)

    def result(self, files: Sequence[str]) -> ImportResult:
        """The topology and the report. Raises InputError if there were problems."""
        if not self._problems and not self._recording.requests:
            self._problems.append(self._problem_of_none_kept())
        if self._problems:
            raise InputError(self._problems)
        recording = self._recording
        mean = units.show_duration(recording.duration_ns / recording.requests / 1e9)
        longest = units.show_duration(recording.duration_ns_max / 1e9)
        requests = f"{recording.requests} request{'s' * (recording.requests > 1)}"
        self._tally.measure(f"{requests} took {mean} in the mean, {longest} at most")
        names = ", ".join(files)
        day = (_EPOCH + timedelta(microseconds=recording.first_ns // 1000)).date().isoformat()
        source = f"Jaeger traces recorded from {day} on: {names}"
        topology = topology_of(recording, self._options, [source], self._tally)
        check_topology(topology, names)
        return ImportResult(topology, self._tally.report())

    def _is_kept(self, root: Span) -> bool:
        patterns = self._options.keep_operations
        entry = f"{root.service}/{root.operation}"
        kept = not patterns or any(fnmatchcase(entry, pattern) for pattern in patterns)
        if not kept and len(self._not_kept) < 3:
            self._not_kept[entry] = None
        return kept

    def _problem_of_none_kept(self) -> Problem:
        known = ", ".join(repr(entry) for entry in self._not_kept)
        value = ", ".join(self._options.keep_operations)
        rule = "must match an operation at which requests enter"
        return Problem(PLACE, "keep_operations", rule, value, f"there are {known}")


def _problems_of_useless(path: Path, tally: Tally) -> list[Problem]:
    """The problem of a file without a usable trace, with the most frequent reason."""
    fine = any(item.why in (SEEN_BEFORE, NOT_KEPT) for item in tally.unused)
    if tally.used["traces"] or fine:
        return []
    place = Place(str(path))
    if not tally.unused:
        return [Problem(place, "", "holds no traces", "", _EMPTY_CURE)]
    item = max(tally.unused, key=lambda i: (i.why != NO_SPAN, i.what == "trace", i.count))
    rule = f"holds no usable trace: {item.count} × {item.what}: {item.why} (e.g. {item.example})"
    return [Problem(place, "", rule, "", _CURES.get(item.why, _CURE))]

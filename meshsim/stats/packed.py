"""Many histograms in little room: of each the buckets in use only.

A row of counts is as long as there are buckets, and most are never used: the latencies along one
edge span a few octaves. What remains after a run takes six bytes (ten where counts are large) for
each bucket in use. Rows are numbered [windows × columns], a column being an edge, say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meshsim.stats.histogram import BUCKETS, IntArray


@dataclass(frozen=True, eq=False)
class PackedCounts:
    """Counts [windows × columns × BUCKETS], of which those that are not zero are kept."""

    windows: int
    columns: int
    first: IntArray
    """Where each row begins, and where the last one ends [windows × columns + 1]."""
    bucket: NDArray[np.int16]
    """Buckets in use, row by row."""
    found: NDArray[Any]
    """How many observations are in each of them; whole numbers, as wide as they were."""

    @classmethod
    def of(cls, counts: NDArray[Any], used: slice = slice(BUCKETS)) -> PackedCounts:
        """What is not zero of an array of whole numbers [windows × columns × BUCKETS].

        Buckets outside of ``used`` are known to be empty; they are not even looked at, as memory
        that was never written takes long to read.
        """
        windows, columns, buckets = counts.shape
        assert buckets == BUCKETS, buckets
        start, end, _ = used.indices(BUCKETS)
        rows = counts.reshape(-1, BUCKETS)[:, start:end]
        seen = rows != 0
        first = np.zeros(windows * columns + 1, dtype=np.int64)
        np.cumsum(np.count_nonzero(seen, axis=1), out=first[1:])
        bucket = np.flatnonzero(seen) % max(1, end - start) + start
        return cls(windows, columns, first, bucket.astype(np.int16), rows[seen])

    def together(self, windows: tuple[int, int], columns: Sequence[int] | None = None) -> IntArray:
        """The sum over windows (the first, and the one after the last) and columns [BUCKETS].

        Without ``columns`` it is over all of them.
        """
        first, end = windows
        if columns is None:
            rows = [(first * self.columns, end * self.columns)]
        else:
            at = [w * self.columns + c for w in range(first, end) for c in columns]
            rows = [(row, row + 1) for row in at]
        parts = [slice(self.first[start], self.first[stop]) for start, stop in rows]
        bucket = np.concatenate([self.bucket[part] for part in parts])
        found = np.concatenate([self.found[part] for part in parts])
        # Sums of whole numbers are exact in floating point up to 2^53.
        return np.bincount(bucket, found, minlength=BUCKETS).astype(np.int64)

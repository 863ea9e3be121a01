"""Histograms of durations that can be added up, with a bound on the relative error of quantiles.

A long run cannot keep every latency; it counts them in buckets instead, whose edges do not depend
on the data, so that histograms of parts add up to the histogram of the whole. A value v of at least
2^-30 s (0.93 ns) and below 2^17 s (36 hours) is taken apart into v = (1 + x) 2^e with 0 <= x < 1,
exactly, and falls into bucket

    160 (e + 30) + 1 + floor(160 q(x)),    q(x) = x (4 - x) / 3.

q rises from 0 to 1 and stands for log2(1 + x), which is slower and not the same to the last bit
everywhere. A bucket at v is 1 / (160 q'(x) (1 + x)) of v wide; q'(x) (1 + x) = (4 - 2x) (1 + x) / 3
is 4/3 at both ends and more in between, so no bucket is wider than 0.47% of its lower edge.
Smaller values, zero among them, are in bucket 0, larger ones in the last.

A quantile is interpolated between two observations as numpy does; each observation is taken to
stand evenly spaced in its bucket. Both lie in the bucket of the true one, so a quantile is at most
RELATIVE_ERROR off; below 2^-30 s it is at most that much off. Smooth distributions fill buckets
evenly, and the error is far smaller. Count, sum, least and greatest value are exact.

Source: the idea of buckets of equal relative width that merge is that of C. Masson, J. E. Rim and
H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
Proceedings of the VLDB Endowment 12(12), 2019, pages 2195-2205.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

_LOWEST_EXPONENT = -30
_HIGHEST_EXPONENT = 17
_PER_OCTAVE = 160
_SCALE = _PER_OCTAVE / 3.0
_FRACTION_LENGTH = 52
_EXPONENT_OF_ONE = 1023
_FRACTION_BITS = (1 << _FRACTION_LENGTH) - 1
_BITS_OF_ONE = _EXPONENT_OF_ONE << _FRACTION_LENGTH

SMALLEST_S = 2.0**_LOWEST_EXPONENT
"""Values below this lie in bucket 0 [s]."""
LARGEST_S = 2.0**_HIGHEST_EXPONENT
"""Values from this on lie in the last bucket [s]."""
BUCKETS = (_HIGHEST_EXPONENT - _LOWEST_EXPONENT) * _PER_OCTAVE + 2
"""Number of buckets, those of too small and too large values included."""
RELATIVE_ERROR = 0.0047
"""Of any quantile between SMALLEST_S and LARGEST_S, at most."""

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def bucket_of(value_s: float) -> int:
    """The bucket of a duration [s] that is not negative.

    Plain arithmetic on plain numbers, so that a compiler makes the same of it: exact steps and
    three roundings that IEEE 754 fixes. It never falls when ``value_s`` rises. The number is taken
    apart by its bits (a sign, 11 of the exponent, 52 of x), since every compiled engine does this
    for each of its latencies.
    """
    if value_s < SMALLEST_S:
        return 0
    if value_s >= LARGEST_S:
        return BUCKETS - 1
    bits = np.float64(value_s).view(np.int64)
    x = np.int64((bits & _FRACTION_BITS) | _BITS_OF_ONE).view(np.float64) - 1.0
    octave = (bits >> _FRACTION_LENGTH) - _EXPONENT_OF_ONE - _LOWEST_EXPONENT
    return int(octave * _PER_OCTAVE + 1 + int(x * (4.0 - x) * _SCALE))


def buckets_of(values_s: FloatArray) -> IntArray:
    """:func:`bucket_of` for each of many durations [s]."""
    inside = np.clip(values_s, SMALLEST_S, math.nextafter(LARGEST_S, 0.0))
    half, exponent = np.frexp(inside)
    x = 2.0 * half - 1.0
    octave = exponent.astype(np.int64) - 1 - _LOWEST_EXPONENT
    buckets = octave * _PER_OCTAVE + 1 + (x * (4.0 - x) * _SCALE).astype(np.int64)
    buckets[values_s < SMALLEST_S] = 0
    buckets[values_s >= LARGEST_S] = BUCKETS - 1
    return buckets


def _edges_s() -> FloatArray:
    """Lower edge of each bucket [s], and LARGEST_S twice at the end."""
    steps = np.arange(BUCKETS - 1)
    octave, place = np.divmod(steps, _PER_OCTAVE)
    x = 2.0 - np.sqrt(4.0 - 3.0 * place / _PER_OCTAVE)  # q(x) = place / 160, solved for x
    edges = np.ldexp(1.0 + x, octave + _LOWEST_EXPONENT)
    return np.concatenate([[0.0], edges, [LARGEST_S]])


EDGES_S = _edges_s()
"""Bucket b reaches from EDGES_S[b] to EDGES_S[b + 1] [s]; the last one has no end."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Durations, counted.

    ``counts`` [BUCKETS] is how many lie in each bucket; the sum, the least and the greatest of them
    are exact [s]. Without durations the least is infinite and the greatest zero.
    """

    counts: IntArray
    sum_s: float
    min_s: float
    max_s: float

    @classmethod
    def of(cls, values_s: FloatArray) -> Histogram:
        """The histogram of durations [s]."""
        if len(values_s) == 0:
            return cls.empty()
        counts = np.bincount(buckets_of(values_s), minlength=BUCKETS).astype(np.int64)
        return cls(counts, float(values_s.sum()), float(values_s.min()), float(values_s.max()))

    @classmethod
    def empty(cls) -> Histogram:
        """No durations."""
        return cls(np.zeros(BUCKETS, dtype=np.int64), 0.0, math.inf, 0.0)

    @classmethod
    def merged(cls, parts: Iterable[Histogram]) -> Histogram:
        """The histogram of all durations of the parts."""
        each = list(parts)
        if not each:
            return cls.empty()
        counts = each[0].counts.copy()
        for part in each[1:]:
            counts += part.counts
        return cls(
            counts=counts,
            sum_s=math.fsum(part.sum_s for part in each),
            min_s=min(part.min_s for part in each),
            max_s=max(part.max_s for part in each),
        )

    def __add__(self, other: Histogram) -> Histogram:
        """The histogram of the durations of both."""
        return Histogram.merged((self, other))

    @cached_property
    def count(self) -> int:
        """Number of durations."""
        return int(self._up_to[-1])

    @property
    def mean_s(self) -> float:
        """Mean duration [s]; there must be one."""
        return self.sum_s / self.count

    @cached_property
    def _up_to(self) -> IntArray:
        """Number of durations in each bucket and all below it."""
        return np.cumsum(self.counts, dtype=np.int64)

    def quantile(self, p: float) -> float:
        """The ``p`` quantile, 0 to 1 [s]; there must be a duration.

        Interpolates linearly between observations, observation k (from 0) in the order of size
        standing at k / (n - 1).
        """
        assert 0 <= p <= 1, p
        position = p * (self.count - 1)
        below = math.floor(position)
        low = self._observation(below)
        if position == below:
            return low
        return low + (position - below) * (self._observation(below + 1) - low)

    def _observation(self, rank: int) -> float:
        """Where the duration of this rank (from 0) is taken to stand [s]."""
        if rank == 0:
            return self.min_s
        if rank == self.count - 1:
            return self.max_s
        bucket = int(np.searchsorted(self._up_to, rank, side="right"))
        before = int(self._up_to[bucket]) - int(self.counts[bucket])
        share = (rank - before + 0.5) / int(self.counts[bucket])
        low, high = self._ends_s(bucket)
        return low + share * (high - low)

    def _ends_s(self, bucket: int) -> tuple[float, float]:
        """The range of a bucket, cut to the range of the data [s]."""
        end = self.max_s if bucket == BUCKETS - 1 else float(EDGES_S[bucket + 1])
        return max(float(EDGES_S[bucket]), self.min_s), min(end, self.max_s)

    def count_beyond(self, value_s: float, *, above: bool) -> float:
        """How many durations are at least ``value_s`` (``above``), or at most.

        Those in the bucket of ``value_s`` count by the part of the bucket that lies beyond.
        """
        if self.count == 0:
            return 0.0
        bucket = bucket_of(value_s)
        low, high = self._ends_s(bucket)
        part = min(max((value_s - low) / (high - low), 0.0), 1.0) if high > low else 0.5
        inside = int(self.counts[bucket])
        below = int(self._up_to[bucket]) - inside
        at_most = below + part * inside
        return self.count - at_most if above else at_most

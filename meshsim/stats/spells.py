"""Counts the independent spells in which observations lie beyond a quantile.

In a queue the slowest requests come in clusters: one busy spell makes a hundred of them, so a
thousand observations beyond p99 can say as little as ten. Their effective number K is that of the
independent events which would make their count N vary as much as it does:

    variance of N = N^2 / K.

The variance is seen in pieces: for pieces j with n_j of the n observations and N_j of the N beyond
the quantile, m pieces in all,

    1 / K = m / (m - 1) * sum of (N_j / N - n_j / n)^2.

Pieces must be longer than a spell, yet there must be many of them; so K is taken for whole
sections and for their halves, quarters and eighths, and the least counts, N being the most it can
be. The extremal index of C. A. T. Ferro and J. Segers, "Inference for clusters of extreme values",
Journal of the Royal Statistical Society B 65, 2003, pages 545-556, was tried first. It sees what
happens between neighbours, not that spells come in bursts as well, and finds some ten times too
many with four servers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from meshsim.stats.section import PIECES, FloatArray, eighths

_JOINED = (1, 2, 4, 8)  # eighths, quarters, halves and whole sections


def independent_spells(beyond: Sequence[NDArray[np.bool_]]) -> float:
    """The effective number of independent observations beyond a quantile, at most their number.

    ``beyond`` tells for each section, in the order of time, which observations lie beyond; there
    are two sections at least and one observation beyond.
    """
    return spells_in_pieces([eighths(section) for section in beyond])


def spells_in_pieces(sections: Sequence[tuple[FloatArray, FloatArray]]) -> float:
    """As :func:`independent_spells`, from N_j and n_j of the eighths of each section."""
    counts, sizes = (np.concatenate(each) for each in zip(*sections, strict=True))
    assert len(counts) == len(sections) * PIECES, "sections are cut into eighths"
    total = counts.sum()
    assert total > 0, total
    assert len(sections) > 1, len(sections)
    excess = counts / total - sizes / sizes.sum()
    variances = []
    for joined in _JOINED:
        each = excess.reshape(-1, joined).sum(axis=1)
        variances.append(len(each) / (len(each) - 1) * float(np.sum(each**2)))
    return 1 / max(1 / float(total), *variances)

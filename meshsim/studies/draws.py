"""Values that the parameters of meshes may have had, drawn from what is known of them.

Each uncertain parameter has the two-piece distribution of its value and range
(:mod:`meshsim.stats.two_piece`). The n draws of one parameter are *stratified* (a Latin hypercube):
one falls into each of n equally likely parts of its distribution, in random order, so that a few
dozen draws show the whole of it. The order and the place within a part are keyed by seed and path:

    u_k = (rank_k + v_k) / n,    z_k = the standard normal score of u_k,

so that parameters of one name in several meshes, machine_factor above all, take the same scores
(common random numbers), and an error that they share does not show in their difference. The score
of a parameter with a partner is rho z_partner + sqrt(1 - rho^2) z (a Gaussian copula).

Source: M. D. McKay, R. J. Beckman and W. J. Conover, "A comparison of three methods for selecting
values of input variables in the analysis of output from a computer code", Technometrics 21(2),
1979, pages 239-245.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from meshsim.model.mesh import Mesh
from meshsim.model.parameters import Parameter, parameters
from meshsim.solvers.streams import Purpose, mix, uniforms
from meshsim.stats import FloatArray
from meshsim.stats.two_piece import TwoPiece

DRAWS = 40
"""Draws if no number is given: the spread of an answer is then known to about 15%."""
DRAWS_MIN = 10
DRAWS_MAX = 10_000

_AT_MOST_ONE = ("idle_exponent", "request_share", "probability")
"""Parameters that are shares, by the last word of their path."""
_RANK, _PLACE = 0, 1


def drawn_values(mesh: Mesh, count: int, seed: int) -> list[dict[str, float]]:
    """For each draw the values of all uncertain parameters of a mesh, by path."""
    uncertain = [each for each in parameters(mesh) if each.is_uncertain]
    scores = _scores(uncertain, count, seed)
    return [
        {each.path: value_at(each, float(scores[each.path][draw])) for each in uncertain}
        for draw in range(count)
    ]


def value_at(parameter: Parameter, z: float) -> float:
    """The value of a parameter at a standard normal score."""
    low, high = parameter.number.range
    value = TwoPiece(parameter.number.value, low, high).at(z)
    is_share = parameter.path.rpartition(".")[2] in _AT_MOST_ONE
    return min(value, 1.0) if is_share else value


def _scores(uncertain: Sequence[Parameter], count: int, seed: int) -> Mapping[str, FloatArray]:
    alone = {each.path: stratified_scores(each.path, count, seed) for each in uncertain}
    return {each.path: _with_partner(each, alone) for each in uncertain}


def _with_partner(parameter: Parameter, alone: Mapping[str, FloatArray]) -> FloatArray:
    own, rho = alone[parameter.path], parameter.correlation
    partner = alone.get(parameter.partner)  # none if its partner is certain
    return own if partner is None else rho * partner + math.sqrt(1 - rho**2) * own


def stratified_scores(path: str, count: int, seed: int) -> FloatArray:
    """Standard normal scores of one parameter, one in each of ``count`` equally likely parts."""
    name = int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big")
    key = mix(mix(mix(0, seed), Purpose.PARAMETER), name)
    ranks = np.argsort(np.argsort(uniforms(key, _RANK, count)))
    places = uniforms(key, _PLACE, count)
    return np.asarray(ndtri((ranks + places) / count), dtype=np.float64)

"""Intervals are as wide as the errors of the other sources, each weighing the same."""

import math

import measured_figures as figures
import pytest

from meshsim.calibration.accuracy.intervals import with_intervals
from meshsim.calibration.accuracy.judged import Judged


def rows(source, errors, **more):
    return [figures.judged(predicted=math.exp(e), source=source, **more) for e in errors]


def width(row: Judged) -> float:
    return math.log(row.high / row.predicted)


def test_nine_of_ten_errors_of_the_others_fit_into_it():
    others = rows("a", [0.01 * n for n in range(1, 101)])
    (own, *_) = with_intervals([*rows("own", [5.0]), *others])
    assert width(own) == pytest.approx(0.9)
    assert own.low == pytest.approx(own.predicted / math.exp(0.9))


def test_own_errors_do_not_count():
    others = rows("a", [0.1] * 30)
    for own in with_intervals([*rows("own", [3.0] * 50), *others])[:50]:
        assert width(own) == pytest.approx(0.1)


def test_sources_weigh_the_same():
    """A thousand small errors of one source do not outweigh twenty large ones of another."""
    many, few = rows("many", [0.01] * 1000), rows("few", [1.0] * 20)
    (own, *_) = with_intervals([*rows("own", [0.0]), *many, *few])
    assert width(own) == pytest.approx(1.0)


def test_fitted_figures_and_other_metrics_do_not_count():
    fitted = rows("a", [9.0] * 30, fitted=True)
    other = rows("b", [9.0] * 30, kind=figures.Kind.MEMORY)
    (own, *_) = with_intervals([*rows("own", [0.0]), *fitted, *other])
    assert math.isnan(own.low)
    assert own.covered is None


def test_too_few_others_say_nothing():
    (own, *_) = with_intervals([*rows("own", [0.0]), *rows("a", [0.1] * 19)])
    assert own.covered is None
    (own, *_) = with_intervals([*rows("own", [0.0]), *rows("a", [0.1] * 20)])
    assert own.covered is True


def test_covered():
    (own, *_) = with_intervals([*rows("own", [0.5]), *rows("a", [0.1] * 20)])
    assert own.covered is False


def test_those_beside_are_asked_where_the_others_are_too_few():
    own, few, beside = rows("own", [0.0]), rows("a", [0.1] * 5), rows("b", [0.5] * 30)
    (found, *_) = with_intervals([*own, *few], beside)
    assert width(found) == pytest.approx(0.5)
    enough = rows("a", [0.1] * 20)
    (found, *_) = with_intervals([*own, *enough], beside)
    assert width(found) == pytest.approx(0.1)

"""Words of the command line become options; what is wrong is said all at once."""

import pytest

from meshsim.calibration.fitting.words import full_path, options_from


def read(fix=(), bound=(), only=(), where=(), weight=(), key="rsa"):
    problems = []
    options = options_from(fix, bound, only, where, weight, key, problems)
    return options, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("http1.busy", "cost.http1.busy"),
        ("cost.http1.busy", "cost.http1.busy"),
        ("proxies.sidecar.cost.http1.busy", "cost.http1.busy"),
        ("proxies.sidecar.memory.base", "memory.base"),
        ("machine_factor", "machine_factor"),
        ("wake_up_delay", "cost.wake_up_delay"),
    ],
)
def test_paths_may_be_short(word, path):
    assert full_path(word) == path


def test_values_have_the_units_of_their_parameters():
    options, problems = read(
        fix=["http1.busy=30us", "memory.base=60Mi", "http2.idle_exponent=0.4", "machine_factor=2"],
        bound=["tls.per_kib=0us..1us"],
    )
    assert problems == []
    assert options.fixed == pytest.approx(
        {
            "cost.http1.busy": 30e-6,
            "memory.base": 60 * 2**20,
            "cost.http2.idle_exponent": 0.4,
            "machine_factor": 2.0,
        }
    )
    assert options.bounds == {"cost.tls.per_kib": (0.0, pytest.approx(1e-6))}


def test_lists_and_patterns():
    options, problems = read(
        only=["machine_factor,http1", "tls"],
        where=["role=*sidecar"],
        weight=["unpaired.csv=0.5"],
        key="ecdsa",
    )
    assert problems == []
    assert options.only == ("machine_factor", "cost.http1", "cost.tls")
    assert options.where == {"role": "*sidecar"}
    assert options.weights == {"unpaired.csv": 0.5}
    assert options.key == "ecdsa"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"fix": ["http1.busy"]}, "--fix: needs a path and a value, not 'http1.busy'"),
        ({"fix": ["http1.busy=30"]}, "--fix: cost.http1.busy: a duration needs a unit"),
        ({"fix": ["machine_factor=x"]}, "must be a number of at least zero"),
        ({"bound": ["http1.busy=3us"]}, "--bound: needs two ends"),
        ({"bound": ["=3us..4us"]}, "--bound: needs a path and a value"),
        ({"bound": ["http1.busy=3us..2us"]}, "--bound: must hold a range"),
        ({"where": ["color=red"]}, "--where: knows no such column, not 'color'"),
        ({"where": ["red"]}, "--where: needs a path and a value"),
        ({"weight": ["a.csv=0"]}, "--weight: must be above zero"),
        ({"weight": ["a.csv"]}, "--weight: needs a path and a value"),
        ({"key": "dsa"}, "--key: is rsa or ecdsa, not 'dsa'"),
    ],
)
def test_what_is_wrong_is_said(words, message):
    _, problems = read(**words)
    assert len(problems) == 1
    assert message in problems[0]

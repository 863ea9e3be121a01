"""Goal: a wrong option is refused with its name, the rule and a cure, all at once.
Method: one wrong value for each rule, then several together.
"""

import pytest

from meshsim.errors import InputError
from meshsim.inputs.import_options import ImportOptions


def test_defaults_and_right_values():
    assert ImportOptions().rate is None
    options = ImportOptions("shop-2", 3, "50/s", "500m", ("front/*",), accept_missing_root=True)
    assert options.replicas == 3


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("name", "a b", "must be a name"),
        ("name", "", "must be a name"),
        ("replicas", 0, "must be a whole number from 1 to 10000"),
        ("replicas", 10_001, "must be a whole number from 1 to 10000"),
        ("rate", "50", "a rate needs a unit"),
        ("rate", "0/s", "must be more than zero"),
        ("cpu", "many", "this should be a CPU quantity"),
        ("cpu", "0", "must be more than zero"),
    ],
)
def test_wrong_values(option, value, rule):
    with pytest.raises(InputError) as caught:
        ImportOptions(**{option: value})
    (problem,) = caught.value.problems
    assert problem.path == option
    assert problem.rule == rule
    assert problem.value == str(value)
    assert problem.cure


def test_all_wrong_values_are_told_at_once():
    with pytest.raises(InputError) as caught:
        ImportOptions(name="", replicas=0, rate="x", cpu="x")
    assert len(caught.value.problems) == 4

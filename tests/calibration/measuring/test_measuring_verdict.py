"""Goal: a disturbed machine is not called calibrated, and the reasons are said.

Method: literal numbers.
"""

from measured_sample import measured, references

from meshsim.calibration.measuring.machine import reference_cost
from meshsim.calibration.measuring.pairing import ratio_of
from meshsim.calibration.measuring.verdict import doubts

CALM = [0.99, 1.0, 1.01, 1.0]


def test_a_calm_machine_is_calibrated():
    assert doubts(ratio_of(CALM), reference_cost(references())) == []


def test_reasons_for_doubt():
    wild = reference_cost(references((30, 30, 60, 90, 90), foreign=1.0))
    shifted, spread, foreign = doubts(ratio_of([1.1, 1.1, 1.101, 1.1]), wild)
    assert shifted.startswith("the reference compared with itself differs by 10%")
    assert spread.startswith("the reference was 3.0 times as slow at times")
    assert "in 100% of the slices (1.00 on average)" in foreign
    assert doubts(None, reference_cost(references())) == ["the null test has too few pairs"]


def test_a_whole_measurement_keeps_its_doubts():
    assert measured().doubts == ()
    assert len(measured(noisy=True).doubts) == 2

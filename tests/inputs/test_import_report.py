"""Goal: a report that stays short, adds up, and reads as sentences.
Method: a tally filled by hand; its lines written out.
"""

from meshsim.inputs.import_report import ImportReport, Tally, Unused


def test_equal_reasons_are_one_line_with_the_first_example():
    tally = Tally()
    tally.skip("span", "is broken", "first")
    tally.skip("span", "is broken", "second", 4)
    tally.skip("trace", "is broken", "third")
    assert tally.unused == (
        Unused("span", "is broken", 5, "first"),
        Unused("trace", "is broken", 1, "third"),
    )


def test_tallies_add_up():
    one, other = Tally(), Tally()
    for tally, example in ((one, "here"), (other, "there")):
        tally.use("spans", 3)
        tally.skip("span", "is broken", example)
        tally.assume("all is well")
        tally.measure("it took long")
    one.add(other)
    report = one.report()
    assert report.used == {"spans": 6}
    assert report.unused == (Unused("span", "is broken", 2, "here"),)
    assert report.assumptions == ("all is well",)
    assert report.measured == ("it took long",) * 2


def test_lines():
    report = ImportReport(
        {"traces": 2, "spans": 9},
        (Unused("span", "is broken", 5, "t1"),),
        ("all is well",),
        ("it took long",),
    )
    assert report.lines() == (
        "Used: 2 traces, 9 spans.",
        "Measured: it took long.",
        "Not used:",
        "  5 × span: is broken (e.g. t1)",
        "Assumed:",
        "  all is well",
    )


def test_lines_of_nothing():
    nothing = ImportReport({}).lines()
    assert nothing == ("Used: nothing.", "Not used:", "  nothing", "Assumed:", "  nothing")

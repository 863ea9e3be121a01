"""Goal: charts are right and well-formed. Method: read as XML, positions compared with literals."""

import re
from xml.etree import ElementTree as ET

import pytest

from meshsim.reports.svg import Bar, BarGroup, Dot, DotGroup, Segment, bar_chart, dot_chart, marker

SPACE = 420 - 74 - 24
"""Room of the axis between its margins of 12."""


def dots(*estimates, half_width=1.0):
    return [
        Dot(n, f"s{n}", x, x - half_width, x + half_width, f"{x:g} s")
        for n, x in enumerate(estimates)
    ]


def read(svg):
    return ET.fromstring(svg)


def show(value):
    return f"{value:g}"


def circles(svg):
    return [(float(c.get("cx")), c.get("class")) for c in read(svg).iter("circle")]


def test_dots_stand_at_their_values():
    chart = dot_chart([DotGroup("mean", dots(9.0)), DotGroup("p99", dots(4.0))], show, "latency")
    assert circles(chart) == [
        (pytest.approx(12 + 9 / 10 * SPACE, abs=0.06), "dot m0"),
        (pytest.approx(12 + 4 / 10 * SPACE, abs=0.06), "dot m0"),
    ]
    assert [t.text for t in read(chart).iter("text")][:6] == ["0", "2", "4", "6", "8", "10"]


def test_whiskers_reach_from_end_to_end():
    chart = read(dot_chart([DotGroup("mean", dots(9.0))], show, "latency"))
    whisker = next(line for line in chart.iter("line") if line.get("class") == "whisker m0")
    ends = (float(whisker.get("x1")), float(whisker.get("x2")))
    assert ends == (pytest.approx(12 + 0.8 * SPACE, abs=0.06), pytest.approx(12 + SPACE, abs=0.06))


def test_the_axis_reaches_below_zero_for_negative_values():
    chart = dot_chart([DotGroup("mean", dots(-3.0, 5.0))], show, "difference")
    zero = next(line for line in read(chart).iter("line") if line.get("class") == "zero")
    assert float(zero.get("x1")) == pytest.approx(12 + 4 / 10 * SPACE, abs=0.06)


def test_series_differ_by_shape_and_colour():
    marks = [marker(number) for number in range(8)]
    shapes = [re.sub(r'class="[^"]*"', "", mark) for mark in marks]
    assert len(set(shapes)) == 8
    assert [re.search(r'"dot (m\d)"', mark)[1] for mark in marks] == [f"m{n}" for n in range(8)]
    assert marker(8) == marker(0)


def test_values_have_titles_for_those_who_cannot_see():
    chart = read(dot_chart([DotGroup("mean", dots(2.0))], show, 'all "requests"'))
    assert chart.get("aria-label") == 'all "requests"'
    assert next(chart.iter("title")).text == "s0: 2 s"


def test_groups_without_dots_are_left_out():
    assert dot_chart([DotGroup("p99", [])], show, "x") == ""
    chart = dot_chart([DotGroup("p99", []), DotGroup("mean", dots(2.0))], show, "x")
    assert "p99" not in chart


def test_dots_at_zero_make_an_axis_too():
    chart = dot_chart([DotGroup("mean", dots(0.0, half_width=0.0))], show, "x")
    assert circles(chart) == [(12.0, "dot m0")]


def bar(*values, text="sum", name=""):
    return Bar(
        [Segment(f"k{n}", f"part {n}", v, f"{v:g}%") for n, v in enumerate(values)], text, name
    )


def widths(svg):
    return [float(rect.get("width")) for rect in read(svg).iter("rect")]


def test_bars_are_as_long_as_their_values():
    chart = bar_chart([BarGroup("a", [bar(30.0, 10.0)]), BarGroup("b", [bar(20.0)])], "time")
    unit = (420 - 74) / 40
    assert widths(chart) == pytest.approx([30 * unit, 10 * unit, 20 * unit], abs=0.06)


def test_named_bars_leave_room_for_their_names():
    chart = bar_chart([BarGroup("a", [bar(40.0, name="used")])], "cpu")
    assert widths(chart) == pytest.approx([420 - 74 - 66], abs=0.06)
    assert "used" in [text.text for text in read(chart).iter("text")]


def test_words_stand_in_pieces_with_room_only():
    chart = read(bar_chart([BarGroup("a", [bar(100.0, 1.0)])], "time"))
    inside = [t.text for t in chart.iter("text") if t.get("class").startswith("inside")]
    assert inside == ["100%"]


def test_nothing_to_show_is_nothing():
    assert bar_chart([], "x") == ""
    assert bar_chart([BarGroup("a", [bar(0.0)])], "x") == ""


def test_names_are_escaped():
    hostile = '<script>&"'
    chart = bar_chart(
        [BarGroup(hostile, [Bar([Segment("k", hostile, 1.0)], hostile, hostile)])], hostile
    )
    assert read(chart).get("aria-label") == hostile
    assert "<script>" not in chart

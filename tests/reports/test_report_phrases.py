"""Goal: numbers read as people write them. Method: literal values and literal words."""

from dataclasses import replace

import pytest
from report_samples import MISSING, comparison, interval, precision, result

from meshsim.model.loading import load_topology, topology_from_text
from meshsim.reports import phrases
from meshsim.solvers.observations import Part
from meshsim.stats import Interval
from meshsim.studies.asked import Asked
from meshsim.studies.plan import RunPlan, Target
from meshsim.studies.result import ObjectiveRow
from meshsim.units import show_cpu, show_duration

LOPSIDED = Interval(0.010, 0.009, 0.013, 0.95, 50)


def test_symmetrical_intervals_have_a_half_width():
    value = interval(0.0463, 0.00041)
    assert phrases.exact(value, show_duration) == "46.3 ms ± 410 µs"
    assert phrases.exact_change(value, show_duration) == "+46.3 ms ± 410 µs"
    assert phrases.around_change(value, show_duration) == "± 410 µs"
    assert phrases.short(value, show_duration) == "46.3 ms ±0.89%"
    assert phrases.estimate_of(value, show_duration) == "46.3 ms"


def test_lopsided_intervals_have_two_ends():
    assert phrases.exact(LOPSIDED, show_duration) == "10.0 ms (9.00 ms to 13.0 ms)"
    assert phrases.exact_change(LOPSIDED, show_duration) == "+10.0 ms (+9.00 ms to +13.0 ms)"
    assert phrases.short(LOPSIDED, show_duration) == "10.0 ms ±20%"


def test_a_range_beyond_the_estimate_stands_alone():
    assert phrases.short(Interval(0.06, 0.005, 0.14, 0.95, 0), show_cpu) == "5.00m to 140m"


def test_a_value_without_width_has_no_interval_in_short():
    assert phrases.short(interval(0.0, 0.0), show_cpu) == "0"
    assert phrases.short(interval(2.0, 0.0), show_cpu) == "2.00"


def test_what_lacks_data_says_so():
    assert phrases.exact(MISSING, show_cpu) == "not enough data"
    assert phrases.exact_change(MISSING, show_cpu) == "not enough data"
    assert phrases.short(MISSING, show_cpu) == "—"
    assert phrases.estimate_of(MISSING, show_cpu) == "—"


def test_parts_and_metrics_have_names():
    assert phrases.part_name(Part.APP_WORK) == "app work"
    assert phrases.part_name(Part.PROXY_QUEUE) == "proxy queue"
    assert phrases.part_name(Part.RETRY) == "retries"
    assert phrases.METRICS == ("mean", "p50", "p90", "p99", "p99.9")


@pytest.mark.parametrize(
    ("arrivals", "words"),
    [
        ("{process: poisson, rate: 100/s}", "100/s, Poisson arrivals"),
        ("{process: constant, rate: 90/min}", "1.50/s, evenly spaced arrivals"),
        (
            "{process: schedule, points: [{at: 0s, rate: 5/s}, {at: 1s, rate: 9/s}]}",
            "up to 9.00/s, a schedule of steps",
        ),
        ("{process: trace, times: [1s, 2s]}", "2 recorded arrivals"),
        (
            "{process: closed, users: 1500}",
            "1,500 users, each waiting for the answer (closed loop)",
        ),
        (
            "{process: paced, rate: 1000/s, connections: 64}",
            "1,000/s over 64 connections in step (paced)",
        ),
    ],
)
def test_loads_in_a_few_words(arrivals, words):
    topology = topology_from_text(f"""
meshsim: 1
name: t
services: [{{name: a, endpoints: [{{name: get}}]}}]
load: {{arrivals: {arrivals}, entries: [{{to: a/get}}]}}
nodes: [{{name: n, cores: 4, memory: 8Gi, count: 1}}]
""")
    assert phrases.load_of(topology) == words
    assert phrases.title_of(topology) == "t"


def test_titles():
    assert phrases.title_of(load_topology("chain-3")).startswith("Chain of three services")


@pytest.mark.parametrize(
    ("kept", "certain", "verdict"),
    [
        (True, True, "kept"),
        (True, False, "probably kept"),
        (False, False, "probably broken"),
        (False, True, "broken"),
        (None, False, "unknown"),
    ],
)
def test_verdicts(kept, certain, verdict):
    row = ObjectiveRow("a/get", "p(99)<1s", interval(0.5, 0.1), kept, certain)
    assert phrases.verdict(row) == verdict


def test_objectives_show_times_or_shares():
    row = ObjectiveRow("a/get", "p(99)<1s", interval(0.5, 0.1), kept=True, certain=True)
    assert phrases.objective_value(row) == "500 ms ±20%"
    errors = replace(row, text=" error_rate<1%", value=interval(0.02, 0.001))
    assert phrases.objective_value(errors) == "2.00% ±5.0%"
    rare = replace(errors, value=interval(0.001, 0.002))
    assert phrases.objective_value(rare) == "0.100% ±0.20%"
    assert phrases.objective_value(replace(errors, value=MISSING)) == "—"


def test_changes_are_named_and_only_changes():
    assert phrases.changes_of(comparison().baseline) == ""
    assert phrases.changes_of(replace(result(), asked=None)) == ""
    asked = Asked("shop", "none", 400.0, (("web", 3), ("stock", 1)))
    assert phrases.changes_of(replace(result(), asked=asked)) == "rate 400/s, 3 × web, 1 × stock"


def test_edges_come_apart():
    assert phrases.caller_and_callee("a/x → b/y") == ("a/x", "b/y")


def test_counts_and_lists():
    assert phrases.counted(1, "mesh", "meshes") == "1 mesh"
    assert phrases.counted(5, "mesh", "meshes") == "5 meshes"
    assert phrases.counted(2000, "request") == "2,000 requests"
    assert phrases.listed(["a"]) == "a"
    assert phrases.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    ("remaining_s", "words"),
    [(None, ""), (0.0, "about 1 s left"), (20.4, "about 20 s left"), (203.0, "about 3 min left")],
)
def test_the_time_left_is_rounded_to_what_is_known(remaining_s, words):
    assert phrases.time_left(remaining_s) == words


def test_a_precision_that_was_not_reached_says_what_it_takes():
    assert phrases.precision_sentence(precision(), RunPlan(replications_max=100)) == (
        "the change of p99 of all requests under linkerd is ± 4.1% after 100 replications, the "
        "most that was allowed; 2.0% takes about 420 replications, 4.2 times as many"
    )
    ended = phrases.precision_sentence(precision(), RunPlan(seconds_max=1.0))
    assert "after 100 replications, when the time was up; 2.0% takes" in ended


def test_a_precision_that_was_reached_says_so():
    found = precision(half_width=0.019, needed=100, target=Target("mean", "web/home"))
    assert phrases.precision_sentence(found, RunPlan()) == (
        "the mean of web/home under linkerd is ± 1.9% after 100 replications, and 2.0% was "
        "asked for"
    )


def test_a_precision_without_data_says_what_is_missing():
    found = precision(half_width=None, needed=None, target=Target("p99.9"))
    assert phrases.precision_sentence(found, RunPlan()) == (
        "p99.9 of all requests under linkerd: not enough data: 12 of the 1000 observations "
        "(after 100 replications; 2.0% was asked for)"
    )


@pytest.mark.parametrize(
    ("number", "words"),
    [(1.04, "1.0"), (3.84, "3.8"), (9.97, "10"), (421, "420"), (1e9, "1,000,000,000")],
)
def test_forecasts_have_two_digits(number, words):
    assert phrases.two_digits(number) == words

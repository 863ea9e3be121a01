"""Goal: the sentences say what the numbers say. Method: differences replaced by literal ones."""

from dataclasses import replace

from report_samples import MISSING, bare, comparison, interval, with_differences

from meshsim.reports.summary import baseline_sentence, mesh_sentences
from meshsim.stats import Interval
from meshsim.studies.result import ResourceDifference


def sentence(changed):
    return mesh_sentences(changed)[0]


def test_the_baseline_says_load_mean_and_cores():
    words = baseline_sentence(comparison().baseline)
    assert words.startswith("No mesh on shop at 100/s, evenly spaced arrivals: a request takes ")
    assert "slowest 1%" not in words, "the p99 has too few data"
    assert words.endswith(" CPU.")


def test_the_tail_is_told_where_it_is_known():
    first = comparison().baseline
    quantiles = (*first.overall.quantiles[:2], interval(0.1, 0.01), MISSING)
    known = replace(first, latency=(replace(first.overall, quantiles=quantiles),))
    assert ", the slowest 1% at least 100 ms ± 10 ms;" in baseline_sentence(known)


def test_without_intervals_nothing_is_invented():
    words = baseline_sentence(bare())
    assert "not enough data in the mean" in words
    assert "uses not enough data CPU" in words


def test_more_time_is_added():
    changed = with_differences(interval(0.0051, 0.0004), interval(0.11, 0.01))
    words = sentence(changed)
    assert words.startswith("Istio, sidecar mode: adds 5.10 ms ± 400 µs to the mean (+11%); ")
    assert "; adds 5.10 ms ± 400 µs to p99 (+11%); uses +" in words


def test_less_time_is_taken_off():
    words = sentence(with_differences(interval(-0.002, 0.0004), interval(-0.05, 0.01)))
    assert "takes 2.00 ms ± 400 µs off the mean (-5.0%)" in words


def test_what_may_be_nothing_is_noise():
    words = sentence(with_differences(interval(0.001, 0.002)))
    assert "no change of the mean beyond the noise (+1.00 ms ± 2.0 ms)" in words


def test_what_is_unknown_is_left_out():
    words = sentence(with_differences(MISSING))
    assert "mean" not in words
    assert words.startswith("Istio, sidecar mode: uses ")


def test_a_share_that_is_unknown_is_left_out():
    words = sentence(with_differences(interval(0.0051, 0.0004), MISSING))
    assert "adds 5.10 ms ± 400 µs to the mean;" in words


def test_nodes_and_money():
    first, second = comparison().resources[:2]
    fewer = replace(second, cpu_requested=-1.0, nodes=-2)
    more = replace(comparison(), resources=(replace(first, nodes=1), fewer))
    assert "a month by its share of the nodes (+1 node)." in mesh_sentences(more)[0]
    assert "(-2 nodes)." in mesh_sentences(more)[1]
    assert "(no extra node)." in mesh_sentences(replace_nodes(0))[0]


def replace_nodes(count):
    rows = tuple(replace(row, nodes=count) for row in comparison().resources)
    return replace(comparison(), resources=rows)


def test_without_prices_only_nodes_are_told():
    before = bare()
    after = replace(before, mesh="other", mesh_title="Other")
    zero = ResourceDifference("other", MISSING, 1.0, 0.0, 0.0, 0, 0.0)
    rows = tuple(replace(row, mesh="other", name="all requests") for row in comparison().latency)
    words = sentence(
        replace(comparison(), results=(before, after), resources=(zero,), latency=rows)
    )
    assert words.endswith("; requests +1.00 CPU and 0 B of memory; no extra node.")
    assert "uses not enough data CPU" in words


def test_a_mesh_that_requests_nothing_is_told_of_and_does_not_win_on_the_bill():
    first, second = comparison().resources[:2]
    free = replace(second, cpu_requested=0.0, memory_requested=0.0)
    sentences = mesh_sentences(replace(comparison(), resources=(first, free)))
    assert sentences[1].endswith("; requests nothing as installed, so no bill shows what it uses.")
    assert sentences[-1] == (
        "Linkerd adds least to the mean and to the CPU used; Istio, sidecar mode adds least to "
        "the bill."
    )


def test_the_least_is_named_where_there_is_a_choice():
    first, second = comparison().resources[:2]
    asking = replace(second, cpu_requested=0.1)
    assert mesh_sentences(replace(comparison(), resources=(first, asking)))[-1] == (
        "Linkerd adds least to the mean, to the CPU used and to the bill."
    )
    one = comparison()
    only = replace(
        one,
        results=one.results[:2],
        resources=one.resources[:1],
        latency=tuple(row for row in one.latency if row.mesh == one.results[1].mesh),
    )
    assert len(mesh_sentences(only)) == 1
    unknown = mesh_sentences(with_differences(MISSING))[-1]
    assert unknown.startswith("Linkerd adds least to the CPU used; ")


def test_no_mesh_wins_on_a_mean_that_may_not_have_changed():
    vague = Interval(0.001, -0.001, 0.003, 0.95, 1_000)
    words = mesh_sentences(with_differences(vague))[-1]
    assert "to the mean" not in words

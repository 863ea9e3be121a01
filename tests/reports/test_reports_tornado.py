"""Goal: a tornado says the same in every format, also where there is little to say.

Method: literal bars (``meshsim.reports.tornado``, ``.tornado_text``, ``.tornado_data``,
``.tornado_html``, ``.svg_tornado``), and a comparison without doubt
(``meshsim.reports.uncertainty``, ``.text_uncertainty``).
"""

import csv
import io
import json
from dataclasses import replace

import pytest
from report_samples import MISSING, comparison, interval, result

from meshsim.model.loading import load_mesh, load_topology
from meshsim.model.parameters import parameters
from meshsim.reports.svg_tornado import Effect, EffectPair, tornado_chart
from meshsim.reports.text_uncertainty import of_comparison, of_run
from meshsim.reports.tornado import bar_words, remedies, tornado_command, verdict_words
from meshsim.reports.tornado_data import tornado_to_csv, tornado_to_json
from meshsim.reports.tornado_html import tornado_to_html
from meshsim.reports.tornado_text import tornado_to_text
from meshsim.reports.uncertainty import doubts, tornado_hint
from meshsim.stats import Interval
from meshsim.stats.nested import CombinedInterval
from meshsim.studies.asked import Asked
from meshsim.studies.plan import RunPlan
from meshsim.studies.result import Uncertainty
from meshsim.studies.subject import subject_of
from meshsim.studies.tornado import Bar, Tornado

MESH = load_mesh("istio-sidecar")
KNOWN = {each.path: each for each in parameters(MESH)}
BASE = "proxies.sidecar.memory.base"
WORKERS = "proxies.sidecar.worker_threads"


def around(value, half_width):
    return Interval(value, value - half_width, value + half_width, 0.95, 100)


def bar(path, low, high, share=None):
    return Bar(KNOWN[path], MESH, low, high, share)


def sample(*bars, of="mean", answer=None, **more):
    answer = answer or around(5e-3, 1e-4)
    plan = RunPlan(solver="kernel")
    fields = {"negligible": (), "without_effect": (), **more}
    return Tornado(
        load_topology("chain-3"),
        (MESH,),
        subject_of(of, ["a/get"]),
        plan,
        ("abc",),
        with_choices=False,
        answer=answer,
        bars=bars,
        **fields,
    )


FULL = sample(
    bar("machine_factor", around(-1e-3, 1e-5), around(2e-3, 2e-5), 0.97),
    bar(WORKERS, around(-5e-4, 1e-5), around(0.0, 0.0)),
    bar(BASE, around(1e-6, 1e-5), around(-1e-6, 1e-5), 0.0),
    negligible=("a.b",),
    without_effect=("c.d",),
)


def test_text_has_the_bars_the_remedies_and_the_rest():
    text = tornado_to_text(FULL)
    lines = text.splitlines()
    assert "machine_factor (0.95 to 1.7) matters most: up to 2.00 ms, about 97%" in text
    table = text[text.index("EACH PARAMETER") : text.index("WHAT WOULD")]
    assert table.index("machine_factor") < table.index("worker_threads")
    assert "a choice" in table
    assert BASE not in table
    assert "  - machine_factor: meshsim measure --quick" in text
    assert f"within the noise of the simulation: {BASE}" in text
    assert "too small to simulate, by formulas: a.b" in text
    assert "without effect on this answer: c.d" in text
    assert max(map(len, lines[:-1])) <= 100


def test_bars_are_drawn_to_scale():
    (line,) = [each for each in tornado_to_text(FULL).splitlines() if "machine_factor   " in each]
    drawn = next(word for word in line.split() if "│" in word)
    left, right = drawn.split("│")
    assert (len(left), len(right)) == (3, 6)


def test_an_effect_without_noise_has_no_half_width():
    words = bar_words(FULL, FULL.bars[1])
    assert words.at_high == "0"
    assert words.share == ""
    certain = sample(bar(BASE, around(-1e6, 0.0), around(2e6, 0.0), 1.0), of="memory")
    assert bar_words(certain, certain.bars[0]).at_high == "+1.91 MiB"


def test_small_shares_have_no_remedy():
    small = sample(
        bar("machine_factor", around(-1.0, 0.1), around(1.0, 0.1), 0.96),
        bar(BASE, around(-0.2, 0.1), around(0.2, 0.1), 0.04),
    )
    assert list(remedies(small).values()) == [["machine_factor"]]


def test_nothing_beyond_the_noise_is_said():
    none = sample(bar(BASE, around(0.0, 1.0), around(0.1, 1.0), 0.0))
    assert verdict_words(none).startswith("no uncertain parameter changes this answer")
    text = tornado_to_text(none)
    assert "EACH PARAMETER" not in text
    assert "WHAT WOULD SHRINK" not in text
    assert "<svg" not in tornado_to_html(none)


def test_too_few_data_are_said():
    few = sample(bar(BASE, MISSING, MISSING, 0.0), answer=MISSING)
    assert "not enough data" in verdict_words(few)
    assert "raise --requests" in tornado_to_text(few)
    found = json.loads(tornado_to_json(few))
    assert found["bars"][0]["effect_low"] == {"not_enough": str(MISSING)}
    row = next(csv.DictReader(io.StringIO(tornado_to_csv(few))))
    assert (row["effect_low"], row["beyond_noise"]) == ("", "no")


@pytest.mark.parametrize(
    ("of", "words", "unit"),
    [
        ("mean", "mean latency of all requests", "s"),
        ("p99:a/get", "p99 of a/get", "s"),
        ("cpu", "CPU used by application", "cores"),
        ("memory", "memory used by application", "bytes"),
        ("cost", "cost a month", "USD/month"),
    ],
)
def test_each_answer_has_its_words_and_unit(of, words, unit):
    found = sample(of=of)
    assert tornado_to_text(found).startswith(words)
    assert json.loads(tornado_to_json(found))["unit"] == unit


def test_data_have_every_bar():
    found = json.loads(tornado_to_json(FULL))
    assert [each["parameter"] for each in found["bars"]] == ["machine_factor", WORKERS, BASE]
    assert [each["choice"] for each in found["bars"]] == [False, True, False]
    assert [each["share"] for each in found["bars"]] == [0.97, None, 0.0]
    rows = list(csv.DictReader(io.StringIO(tornado_to_csv(FULL))))
    assert [row["share"] for row in rows] == ["0.97", "", "0.0"]
    assert float(rows[0]["effect_high_to"]) == pytest.approx(2.02e-3)


def test_html_has_chart_table_and_remedies():
    page = tornado_to_html(FULL)
    assert page.count('<rect class="low"') == page.count('<rect class="high"') == 2
    assert "What would shrink it" in page
    assert "<script" not in page
    assert tornado_command(FULL) in page


def test_the_command_names_what_was_asked():
    asked = Asked("mine.yaml", "other.yaml", 300.0, (("a", 3),))
    base = Asked("mine.yaml", "none", 300.0, (("a", 3),))
    both = replace(FULL, meshes=(load_mesh("none"), MESH), asked=(base, asked), with_choices=True)
    assert tornado_command(both) == (
        "meshsim tornado mine.yaml --mesh other.yaml --of mean --baseline none --choices "
        "--rps 300/s --replicas a=3 --requests 2000 --replications 10 --seed 1"
    )


def test_a_chart_without_bars_is_empty():
    assert tornado_chart([], str, "nothing") == ""
    one = EffectPair("x", [Effect("low", -1.0, -1.5, -0.5, "x at 1: -1")])
    chart = tornado_chart([one], "{:g}".format, "about <b>")
    assert "about &lt;b&gt;" in chart
    assert chart.count("<rect") == 1


def combined(simulation, calibration):
    whole = (simulation**2 + calibration**2) ** 0.5
    return CombinedInterval(1.0, 1 - whole, 1 + whole, 0.95, 100, simulation, calibration, draws=40)


def doubted(simulation, calibration):
    """The result with one and the same number everywhere."""
    value = combined(simulation, calibration)
    overall = replace(result().overall, mean=value)
    sums = Uncertainty(40, 0, {"": value}, {"": value})
    return replace(result(), latency=(overall, *result().latency[1:]), uncertainty=sums)


def test_the_larger_cause_decides_what_to_do_next():
    def hint(simulation, calibration):
        one = doubted(simulation, calibration)
        return tornado_hint(replace(comparison(), results=(one,), latency=(), resources=()))

    assert "raise --replications" in hint(0.2, 0.1)
    assert hint(0.1, 0.2).startswith(
        "which assumption matters most: meshsim tornado shop --mesh istio-sidecar --of p99"
    )


def test_without_draws_nothing_is_said():
    assert doubts(comparison()) == []
    assert list(of_run(result())) == list(of_comparison(comparison())) == []


def test_an_interval_of_the_simulation_alone_has_no_row():
    one = doubted(0.1, 0.2)
    plain = replace(one.overall, mean=interval(1.0, 0.9, 1.1))
    one = replace(one, latency=(plain, *one.latency[1:]))
    names = [row.name for row in doubts(replace(comparison(), results=(one,), latency=()))]
    assert "mean" not in names
    assert "CPU used" in names

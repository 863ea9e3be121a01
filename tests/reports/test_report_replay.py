"""Goal: the last line asks for the same study again. Method: literal lines for literal studies."""

import shlex
from dataclasses import replace

from report_samples import comparison, result

from meshsim import __version__
from meshsim.reports.replay import replay_command, replay_line
from meshsim.studies.asked import Asked
from meshsim.studies.plan import RunPlan, Target

PLAN = RunPlan(requests=120, replications=4)


def test_a_comparison_names_its_meshes_and_its_size():
    assert replay_command(comparison().results, "compare") == (
        "meshsim compare shop --mesh none --mesh istio-sidecar --mesh linkerd "
        "--requests 120 --replications 4 --seed 1"
    )


def test_all_that_was_changed_is_repeated():
    asked = Asked("my systems/shop.yaml", "linkerd", 400.0, (("stock", 3), ("web", 2)))
    plan = replace(PLAN, seed=7, confidence=0.9, precision=0.05)
    words = shlex.split(replay_command([replace(result(), asked=asked, plan=plan)], "run"))
    assert words == [
        *("meshsim", "run", "my systems/shop.yaml", "--mesh", "linkerd", "--rps", "400/s"),
        *("--replicas", "stock=3", "--replicas", "web=2"),
        *("--requests", "120", "--replications", "4", "--seed", "7"),
        *("--confidence", "90%", "--precision", "5%"),
    ]


def test_without_a_user_the_names_of_the_descriptions_stand_in():
    line = replay_line([replace(result(), asked=None)], "run")
    command, _, remark = line.partition("   # ")
    assert command.startswith("meshsim run shop --mesh istio-sidecar ")
    assert remark == f"meshsim {__version__}, scenarios {result().scenario_hash}"


def test_what_a_precision_is_about_is_repeated():
    target = Target("mean", "web/home", difference=True)
    plan = replace(PLAN, precision=0.02, precision_of=target, replications_max=50, keep="tallies")
    words = shlex.split(replay_command([replace(result(), plan=plan)], "run"))
    assert words[-8:] == [
        *("--precision", "2%", "--precision-of", "mean-difference:web/home"),
        *("--replications-max", "50", "--keep", "tallies"),
    ]


def test_a_study_that_a_clock_ended_is_repeated_by_its_size():
    plan = replace(PLAN, precision=0.02, seconds_max=60.0)
    line = replay_command([replace(result(), plan=plan, replications=70)], "run")
    assert line.endswith("--requests 120 --replications 70 --seed 1")

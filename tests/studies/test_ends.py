"""Goal: a run that was cut short has no effect, rather than a wrong one.

Method: what :mod:`meshsim.studies.ends` does with sections that do not come in pairs; the rest of
it is tested through :mod:`tests.studies.test_tornado`.
"""

from dataclasses import replace

from uncertain_samples import PLAN, chain, uncertain

from meshsim.model.loading import load_mesh
from meshsim.model.parameters import parameters
from meshsim.model.scenario import Scenario
from meshsim.stats import NotEnough
from meshsim.stats.two_piece import Z_END, TwoPiece
from meshsim.studies.ends import Ends, _following
from meshsim.studies.executors import running_on
from meshsim.studies.simulated import How, Run
from meshsim.studies.subject import subject_of


def test_an_effect_needs_sections_in_pairs():
    plan = replace(PLAN, draws=0).resolved()
    subject = subject_of("mean", [])
    with running_on("here") as where:
        ends = Ends([Scenario(chain(), uncertain())], subject, plan, How(where))
        made = Run.of(Scenario(chain(), uncertain("other")))
        tasks = ends._tasks(made.prepared)[:3]
        few = How(where).run(tasks)
        ends._plan = replace(plan, replications=3)
        effect = ends._effect((made.prepared,), iter(few))
    assert isinstance(effect, NotEnough)
    assert "both ends of a difference" in str(effect)


def test_a_number_that_was_fitted_together_follows():
    """A high scale goes with a low exponent, and the other way round; others stay."""
    listed = {one.path: one for one in parameters(load_mesh("istio-sidecar"))}
    idle = "proxies.sidecar.cost.http2.idle_"
    scale, exponent = listed[f"{idle}scale"], listed[f"{idle}exponent"]
    rho = exponent.correlation
    assert rho < -0.9
    for moved, other in ((scale, exponent), (exponent, scale)):
        for at, sign in enumerate((-1, 1)):
            found = _following(moved, list(listed.values()), at)
            number = other.number
            expected = TwoPiece(number.value, *number.range).at(sign * rho * Z_END)
            assert found == {other.path: expected}
    assert _following(listed["machine_factor"], list(listed.values()), 1) == {}

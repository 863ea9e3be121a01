"""Goal: a control plane (meshsim.model.control_plane) is described whole or not at all.

Method: one mistake each.
"""

import control_plane_samples as samples
import pytest
from pydantic import ValidationError

from meshsim.model.mesh import ControlPlaneComponent


def component(**changes):
    return ControlPlaneComponent.model_validate(samples.part(**changes))


def test_a_part_that_follows_the_mesh_needs_no_numbers_of_a_small_cluster():
    part = component()
    assert (part.cpu_used, part.memory_used) == (None, None)
    assert part.scaling.push.debounce_after == 0.1
    assert part.scaling.cpu.full_per_kib.value == 0.001


def test_a_part_may_follow_with_its_memory_alone():
    part = component(cpu_used=samples.number("10m"), scaling={"memory": samples.SCALING["memory"]})
    assert part.scaling.cpu is None
    assert part.scaling.memory.per_proxy.value == 1e6


def scaling(**parts):
    return {"scaling": samples.scaling(**parts)}


def push(**keys):
    return scaling(push={**samples.SCALING["push"], **keys})


def certificates(**keys):
    return scaling(certificates={**samples.SCALING["certificates"], **keys})


def autoscaling(**keys):
    return scaling(autoscaling={**samples.SCALING["autoscaling"], **keys})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cpu_used": samples.number("10m")}, "either cpu_used or scaling.cpu"),
        ({"memory_used": samples.number("10M")}, "either memory_used or scaling.memory"),
        ({"scaling": None}, "either cpu_used or scaling.cpu"),
        (scaling(memory=None), "either memory_used or scaling.memory"),
        (scaling(push=None), "cpu needs configuration and push"),
        (scaling(configuration=None), "cpu needs configuration and push"),
        (push(debounce_max="50ms"), "debounce_max is shorter than debounce_after"),
        (push(slots_base=0, slots_per_core=0), "no push could ever run"),
        (certificates(jitter="0%"), "jitter must be more than 0%"),
        (certificates(jitter="50%"), "less than renewed_at"),
        (autoscaling(replicas_max=1, replicas_min=2), "replicas_max is less than replicas_min"),
        (autoscaling(cpu_target="0%"), "cpu_target must be more than 0%"),
    ],
)
def test_a_mistake_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        component(**changes)

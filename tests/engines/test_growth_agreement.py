"""Goal: growing in the middle of a run changes nothing. Method: systems that outgrow each array of
the kernel, run by both engines.

What an array is too small for is found out in the middle of a cascade: of a thousand branches, of
answers that make way for others, of tries that are given up together.
"""

import agreement
import builders

from meshsim.solvers import kernel
from meshsim.solvers.kernel import run as kernel_run
from meshsim.solvers.settings import RunSettings

NODES = "[{name: node, cores: 1000, memory: 10Ti, count: 3}]"
BALANCING = ("round_robin", "least_request", "random", "per_connection")


def test_a_thousand_branches():
    branches = ", ".join(["{wait: 1ms}", "{call: b/get}"] * 500)
    a = builders.service("a", f"[{{parallel: [{branches}]}}]")
    b = builders.service("b", "[{compute: 1us}]", resources=builders.cores(1), workers=7)
    described = builders.topology(builders.listed(a, b))
    agreement.assert_agreement(described, requests=5)


def test_a_thousand_branches_that_are_given_up_and_tried_again():
    branches = ", ".join(["{wait: 1ms}", "{call: b/get}"] * 500)
    a = builders.service("a", f"[{{parallel: [{branches}]}}]", when_cancelled="stop")
    b = builders.service("b", "[{compute: 1us}]", resources=builders.cores(1), workers=7)
    arrivals = "{process: constant, rate: 100/s}"
    policies = "{request_timeout: 2ms, retries: {attempts: 2, retry_on: [5xx]}}"
    under = builders.sidecars(policies, busy="10us", workers=2)
    described = builders.topology(builders.listed(a, b), arrivals=arrivals)
    agreement.assert_agreement(described, under, requests=6)


def shop(connections=500):
    """One service with 40 pods calls 40 with 30 pods each, of every balancing and protocol."""
    calls = ", ".join(f"{{call: s{number}/get}}" for number in range(40))
    services = [
        builders.service("a", f"[{{parallel: [{calls}]}}]", replicas=40, balancing="round_robin"),
        *(
            builders.service(
                f"s{number}",
                "[{wait: 1ms}]",
                replicas=30,
                balancing=BALANCING[number % 4],
                protocol=("http1", "grpc")[number % 2],
            )
            for number in range(40)
        ),
    ]
    return builders.topology(
        builders.listed(*services),
        arrivals=builders.POISSON.format(500),
        connections=connections,
        nodes=NODES,
    )


def test_many_pools_turns_and_counts():
    agreement.assert_agreement(shop(), requests=100)


def test_many_pools_behind_proxies_that_choose():
    """Hundreds of tries under way, each of which opens a connection at its second proxy."""
    under = builders.sidecars(busy="10us", workers=2, policy="least_request", choices=3)
    agreement.assert_agreement(shop(), under, requests=60)


def test_many_connections_of_users_who_come_together():
    a = builders.service("a", "[{wait: 10ms}]", replicas=3, balancing="least_request")
    arrivals = "{process: closed, users: 2000, think: 0s}"
    policies = "{request_timeout: 15ms, retries: {attempts: 1, retry_on: [5xx]}}"
    under = builders.sidecars(policies, busy="1us", wake_up="43us")
    described = builders.topology(builders.listed(a), arrivals=arrivals)
    agreement.assert_agreement(described, under, requests=1500)


def test_many_pauses_begin_at_one_moment():
    """127 requests and their tries leave two frames of 256; then all tries are given up at once."""
    a = builders.service("a", "[{wait: 10ms}]")
    arrivals = "{process: closed, users: 127, think: 0s}"
    retries = "{attempts: 2, retry_on: [5xx], per_try_timeout: 5ms, base_interval: 10ms}"
    described = builders.topology(
        builders.listed(a), arrivals=arrivals, clients=f"retries: {retries}"
    )
    seen = agreement.assert_agreement(described, requests=300)
    assert seen.edge_tries.max() == 3


def test_more_calls_and_tries_than_one_block_of_rows_holds():
    steps = "[{call: b/get, count: 1000, probability: 50%, on_error: ignore}]"
    services = builders.listed(
        builders.service("a", steps), builders.service("b", endpoint=", error: 10%")
    )
    described = builders.topology(services)
    seen = agreement.assert_agreement(described, requests=50)
    assert len(seen.edge) > 20_000


def test_the_arrays_did_grow(monkeypatch):
    """Counted where it happens, so that the tests above are about what they say."""
    grown = dict.fromkeys(kernel_run._GROW, 0)

    def counting(name, grow):
        def counted(world):
            grown[name] += 1
            return grow(world)

        return counted

    counted = {name: counting(name, grow) for name, grow in kernel_run._GROW.items()}
    monkeypatch.setattr(kernel_run, "_GROW", counted)
    under = builders.sidecars(busy="10us", workers=2, policy="least_request", choices=3)
    kernel.simulate(builders.program(shop(), under), RunSettings(60))
    assert all(count >= 1 for count in grown.values()), grown

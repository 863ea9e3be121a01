"""Connections and the choice of hosts: pools, pinning, dealing to workers, counting, policies."""

import itertools
from collections import Counter

import builders
import pytest

from meshsim.lowering.program import Balancing
from meshsim.solvers.simpy_model.connections import Connections, HostChoice

APP, OTHER, CLIENT = ("pod", 0), ("pod", 1), ("client", 0)
KEY = 12345


def two_services(
    under, *, protocol="http1", replicas=1, balancing="per_connection", nodes=1, **more
):
    """Services a (2 pods) and b under a mesh; ``requests`` per connection to b."""
    more = {f"{key}_per_connection": value for key, value in more.items()}
    described = builders.topology(
        builders.listed(
            builders.service("a", replicas=2),
            builders.service(
                "b", protocol=protocol, replicas=replicas, balancing=balancing, **more
            ),
        ),
        nodes=f"[{{name: node, cores: 100, memory: 1Ti, count: {nodes}}}]",
    )
    return builders.program(described, under)


def taker(program, path="inside", key=KEY):
    """A function that takes a connection to b over segment ``number`` of the path."""
    connections = Connections(program, key)
    segments = getattr(program, path).segments

    def take(sender=APP, number=0, service=1, pod=-1):
        caller = sender[1] if sender[0] == "pod" else 0
        return connections.take(sender, segments[number], service, caller, pod)

    return connections, take


def identities(connections):
    return [id(connection) for connection in connections]


def test_a_free_connection_is_taken_again():
    connections, take = taker(two_services(builders.sidecars()))
    first = take()
    assert take() is not first
    connections.give_back(first)
    assert take() is first


def test_the_most_recently_used_comes_first():
    connections, take = taker(two_services(builders.sidecars()))
    one, two, three = take(), take(), take()
    for connection in (two, three, one):
        connections.give_back(connection)
    assert identities(take() for _ in range(3)) == identities([one, three, two])
    assert id(take()) not in identities([one, two, three])


def test_senders_services_and_pods_have_pools_of_their_own():
    connections, take = taker(two_services(builders.sidecars(), replicas=2))
    ways = [{}, {"sender": OTHER}, {"service": 0}, {"pod": 2}, {"pod": 3}, {"number": 1, "pod": 2}]
    opened = [take(**way) for way in ways]
    for connection in opened:
        connections.give_back(connection)
    assert identities(take(**way) for way in ways) == identities(opened)
    assert len(set(identities(opened))) == len(ways)


@pytest.mark.parametrize("protocol", ["http2", "grpc"])
def test_multiplexed_protocols_share_one_connection(protocol):
    connections, take = taker(two_services(builders.sidecars(), protocol=protocol))
    first = take()
    assert take() is first
    connections.give_back(first)
    assert take() is first
    assert take(sender=OTHER) is not first


@pytest.mark.parametrize("protocol", ["http1", "tcp"])
def test_a_client_keeps_its_one_connection_whatever_it_carries(protocol):
    _, take = taker(two_services(builders.sidecars(), protocol=protocol), "entry")
    assert take(sender=CLIENT) is take(sender=CLIENT)
    assert take(sender=CLIENT) is not take(sender=("client", 1))


def test_exact_balance_deals_connections_to_the_workers_in_turn():
    program = two_services(builders.sidecars(workers=3, balance="exact"))
    _, take = taker(program)
    stations = [take().stations[0] for _ in range(7)]
    assert stations == [3, 4, 5, 3, 4, 5, 3]
    assert take(sender=OTHER).stations == [6]  # another instance, with turns of its own


def test_random_balance_spreads_connections_evenly_in_the_mean():
    _, take = taker(two_services(builders.sidecars(workers=4, balance="random")))
    counts = Counter(take().stations[0] for _ in range(4000))
    assert sorted(counts) == [3, 4, 5, 6]
    # Binomial(4000, 1/4): standard deviation 27.4; 4 of them.
    assert all(abs(count - 1000) < 110 for count in counts.values())


def test_a_connection_keeps_its_workers_for_life():
    connections, take = taker(two_services(builders.sidecars(workers=8, balance="random")))
    connection = take()
    stations = list(connection.stations)
    for _ in range(20):
        connections.give_back(connection)
        assert take() is connection
        assert connection.stations == stations


def test_a_pod_is_chosen_once_per_connection():
    _, take = taker(two_services(builders.mesh(), replicas=4))
    pods = Counter(take().pod for _ in range(4000))
    assert sorted(pods) == [2, 3, 4, 5]
    assert all(abs(count - 1000) < 110 for count in pods.values())


def test_a_chosen_pod_is_kept():
    _, take = taker(two_services(builders.mesh(), replicas=4))
    assert take(pod=4).pod == 4


def test_no_pod_before_the_waypoint_has_chosen():
    path = "[caller.ztunnel, service.waypoint, callee.ztunnel]"
    under = builders.mesh(
        builders.proxy("ztunnel", scope="node", layer=4),
        builders.proxy("waypoint", scope="service", replicas=3),
        inside=path,
        entry="[callee.ztunnel]",
    )
    program = two_services(under, replicas=4, nodes=3)
    _, take = taker(program)
    first = take()
    assert first.pod == -1
    assert first.instances[0] == program.placement.pod_node[0]  # the caller's ztunnel
    waypoints = Counter(take().instances[1] for _ in range(3000))
    assert sorted(waypoints) == [6, 7, 8]  # b's replicas: after 3 ztunnels and 3 of a
    assert all(abs(count - 1000) < 4 * 25.8 for count in waypoints.values())
    second = take(sender=("proxy", first.stations[1]), number=1, pod=5)
    assert second.pod == 5
    assert second.instances == [program.placement.pod_node[5]]


def test_a_waypoint_of_a_namespace_serves_all_its_services():
    under = builders.mesh(
        builders.proxy("waypoint", scope="namespace", replicas=1), inside="[service.waypoint]"
    )
    _, take = taker(two_services(under))
    assert take(service=0).instances == take(service=1).instances == [0]


def test_sidecars_stand_by_the_caller_and_by_the_chosen_pod():
    program = two_services(builders.sidecars(), replicas=2)
    _, take = taker(program)
    assert take(sender=OTHER).instances == [1]
    assert take(sender=("proxy", 4), number=1, pod=3).instances == [3]


def test_connections_counted_at_sidecars():
    """Accepted ones, and those opened to the next proxy."""
    connections, take = taker(two_services(builders.sidecars()))
    first = take()
    assert connections.per_instance.tolist() == [1, 0, 0]
    take(sender=("proxy", first.stations[0]), number=1, pod=2)
    assert connections.per_instance.tolist() == [2, 0, 1]
    connections.give_back(first)
    take()
    assert connections.per_instance.tolist() == [2, 0, 1]


def test_connections_counted_at_layer_4():
    """Both sides of a tunnel are one connection; on one node the same ztunnel has both ends."""
    under = builders.mesh(
        builders.proxy("ztunnel", scope="node", layer=4),
        inside="[caller.ztunnel, callee.ztunnel]",
    )
    connections, take = taker(two_services(under))
    take()
    take()
    assert connections.per_instance.tolist() == [4]


def test_the_key_decides_and_nothing_else():
    program = two_services(builders.sidecars(workers=16, balance="random"), replicas=50)
    one = [taker(program, key=1)[1](pod=2 + pod).stations for pod in range(20)]
    again = [taker(program, key=1)[1](pod=2 + pod).stations for pod in range(20)]
    other = [taker(program, key=2)[1](pod=2 + pod).stations for pod in range(20)]
    assert one == again != other


PROXY, WORKER, SECOND_WORKER = ("proxy", -1), ("proxy", 10), ("proxy", 11)


def hosts(replicas=4):
    return HostChoice(two_services(builders.mesh(), replicas=replicas), KEY)


def test_round_robin_takes_hosts_in_turn_per_worker():
    choice = hosts()
    picked = [
        choice.pick(Balancing.ROUND_ROBIN, 2, worker, PROXY, 1, key=0)
        for worker in (WORKER, WORKER, SECOND_WORKER, WORKER, SECOND_WORKER, WORKER)
    ]
    first = [picked[0], picked[1], picked[3], picked[5]]
    second = [picked[2], picked[4]]
    assert sorted(first) == [2, 3, 4, 5]
    assert [(b - a) % 4 for a, b in itertools.pairwise(first)] == [1, 1, 1]
    assert (second[1] - second[0]) % 4 == 1


def test_round_robin_starts_anywhere():
    starts = {
        hosts().pick(Balancing.ROUND_ROBIN, 2, ("proxy", worker), PROXY, 1, key=0)
        for worker in range(40)
    }
    assert starts == {2, 3, 4, 5}


def test_random_follows_the_key_of_the_call():
    choice = hosts()
    picked = [choice.pick(Balancing.RANDOM, 2, WORKER, PROXY, 1, key) for key in range(4000)]
    again = [hosts().pick(Balancing.RANDOM, 2, WORKER, PROXY, 1, key) for key in range(10)]
    assert picked[:10] == again
    assert all(abs(count - 1000) < 110 for count in Counter(picked).values())


def test_least_request_counts_the_requests_of_all_workers_of_a_proxy():
    """Two hosts and many choices: the idler one is always among them."""
    choice = hosts(replicas=2)
    picked = [
        choice.pick(Balancing.LEAST_REQUEST, 50, worker, PROXY, 1, key)
        for key, worker in enumerate([WORKER, SECOND_WORKER] * 10)
    ]
    assert [sorted(pair) for pair in zip(picked[::2], picked[1::2], strict=True)] == [[2, 3]] * 10


def test_least_request_goes_where_one_was_answered():
    choice = hosts(replicas=3)
    for key in range(6):  # two each
        choice.pick(Balancing.LEAST_REQUEST, 50, WORKER, PROXY, 1, key)
    choice.done(Balancing.LEAST_REQUEST, PROXY, 1, pod=3)
    assert choice.pick(Balancing.LEAST_REQUEST, 50, WORKER, PROXY, 1, key=99) == 3


def test_least_request_of_another_proxy_knows_nothing_of_it():
    choice = hosts(replicas=2)
    other = [
        choice.pick(Balancing.LEAST_REQUEST, 1, WORKER, ("proxy", -2), 1, key) for key in range(20)
    ]
    alone = hosts(replicas=2)
    assert [
        alone.pick(Balancing.LEAST_REQUEST, 1, WORKER, PROXY, 1, key) for key in range(20)
    ] == other


def test_more_answers_than_requests_are_noticed():
    choice = hosts()
    pod = choice.pick(Balancing.LEAST_REQUEST, 2, WORKER, PROXY, 1, key=0)
    choice.done(Balancing.LEAST_REQUEST, PROXY, 1, pod)
    with pytest.raises(AssertionError, match="more answers"):
        choice.done(Balancing.LEAST_REQUEST, PROXY, 1, pod)


@pytest.mark.parametrize(
    "policy", [Balancing.PER_CONNECTION, Balancing.RANDOM, Balancing.ROUND_ROBIN]
)
def test_other_policies_keep_no_count(policy):
    choice = hosts()
    choice.done(policy, PROXY, 1, pod=2)
    assert choice.pick(Balancing.LEAST_REQUEST, 1, WORKER, PROXY, 1, key=3) in {2, 3, 4, 5}


# Giving up ---------------------------------------------------------------------------------------


def test_a_closed_connection_is_gone_and_another_is_opened():
    connections, take = taker(two_services(builders.sidecars()))
    first, second = take(), take()
    connections.give_back(first)
    connections.close(second)
    assert take() is first
    assert take() is not second


def test_a_connection_opened_after_a_closed_one_draws_anew():
    """Its number counts all that were ever opened: it need not stand where the closed one stood."""
    pods = []
    connections, take = taker(two_services(builders.mesh(), replicas=50))
    for _ in range(20):
        connection = take()
        pods.append(connection.pod)
        connections.close(connection)
    assert len(set(pods)) > 10


def test_closed_connections_are_counted_down_at_both_ends():
    """Pod 0's sidecar holds the one from its application and the one to the callee's sidecar."""
    connections, take = taker(two_services(builders.sidecars()))
    first = take()
    second = take(("proxy", first.stations[-1]), number=1, pod=2)
    assert connections.per_instance.tolist() == [2, 0, 1]
    connections.close(second)
    assert connections.per_instance.tolist() == [1, 0, 0]
    connections.close(first)
    assert connections.per_instance.tolist() == [0, 0, 0]


@pytest.mark.parametrize("protocol", ["http2", "grpc"])
def test_a_shared_connection_outlives_a_request_that_is_given_up(protocol):
    connections, take = taker(two_services(builders.sidecars(), protocol=protocol))
    first = take()
    connections.close(first)
    assert take() is first
    assert connections.per_instance.sum() == 1


def test_a_connection_of_a_client_outlives_a_request_that_is_given_up():
    connections, take = taker(two_services(builders.sidecars()), "entry")
    first = take(sender=CLIENT)
    connections.close(first)
    assert take(sender=CLIENT) is first


def test_a_connection_is_closed_after_so_many_requests():
    connections, take = taker(two_services(builders.sidecars(), requests=2))
    first = take()
    connections.give_back(first)
    assert take() is first
    assert connections.per_instance.sum() == 1
    connections.give_back(first)
    assert connections.per_instance.sum() == 0
    assert take() is not first


def test_a_shared_connection_takes_no_more_requests_and_ends_with_the_last_answer():
    connections, take = taker(two_services(builders.sidecars(), protocol="grpc", requests=2))
    first, again, other = take(), take(), take()
    assert again is first
    assert other is not first
    connections.give_back(first)
    assert connections.per_instance.sum() == 2
    connections.close(first)
    assert connections.per_instance.sum() == 1


def test_what_replaces_a_closed_connection_is_new_and_nothing_else_is():
    connections, take = taker(two_services(builders.sidecars(), requests=2))
    one, two = take(), take()
    assert not one.is_new and not two.is_new  # noqa: PT018
    connections.close(one)
    three, four = take(), take()
    assert three.is_new and not four.is_new  # noqa: PT018
    connections.give_back(three)
    assert take() is three
    assert not three.is_new

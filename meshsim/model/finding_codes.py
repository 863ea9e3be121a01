"""The codes of findings: what each means, why it matters, what to do.

A code is never given another meaning; one that is no longer found keeps its number. Families:
MS01 capacity, MS02 call graph, MS03 load and statistics, MS04 nodes and network, MS05 mesh, MS06
time-outs and retries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""From the least to the most serious."""

BUSY = 0.85
"""Utilisation from which a service counts as busy.

A convention, not a law: with random arrivals and work the mean wait of M/M/1 is then 5.7 service
times and doubles by 0.92.
"""

CALLS_MANY = 100
"""Calls per request from which a topology counts as chatty; a convention."""

CALLS_DEEP = 10
"""Calls below one another from which a chain counts as deep; a convention."""

CALLS_IN_A_ROW = 10
"""Calls one after the other, to one endpoint, that could be one call with a list; a convention."""

ANSWERS_BEYOND = 10
"""Answers slower than a percentile that a run needs before it can say something of it.

With 10 of them their number, and so the share, is known to about 1/√10, a third.
"""

RUN_S_MAX = 3600.0
"""Simulated time [s] beyond which a run counts as long; a convention."""

RECORDING_MIN = 1_000
"""Arrivals below which a recording counts as short: ten of them lie beyond the 99th percentile."""


@dataclass(frozen=True)
class Code:
    """A kind of finding, as ``meshsim explain`` and docs/findings.md show it."""

    code: str
    level: Level
    title: str
    why: str
    cure: str


_ALL = (
    Code(
        "MS0101",
        "warning",
        "Service close to its capacity",
        "The load asks for more than 85% of the CPU that the service's pods can get. Waiting grows "
        "without bound towards 100%, and small errors in the rate or the CPU time change the "
        "latency much. Under closed load, 100% and more means that users wait for each other. "
        "The CPU of proxies is not counted here.",
        "Add replicas, raise the CPU limit or lower the rate.",
    ),
    Code(
        "MS0102",
        "error",
        "Service overloaded",
        "Open load asks for at least as much CPU as the service's pods can get. The queue grows as "
        "long as the run lasts, so every latency depends on how long that is.",
        "Add replicas, raise the CPU limit or lower the rate, until MS0101 is gone too.",
    ),
    Code(
        "MS0103",
        "warning",
        "Nodes overloaded",
        "All services together ask for more CPU than all nodes have after what is reserved. Pods "
        "without limits would slow each other down, which is not simulated: each pod is given its "
        "limit, or the cores of its node.",
        "Add nodes, or lower the rate.",
    ),
    Code(
        "MS0104",
        "info",
        "No CPU request",
        "A pod without request and limit reserves no CPU: the scheduler may put any number on one "
        "node, and plans of nodes and money count nothing for it.",
        "Set resources.requests.cpu.",
    ),
    Code(
        "MS0105",
        "info",
        "No memory request",
        "A pod without request and limit reserves no memory: plans of nodes and money count "
        "nothing for it, and it is the first to be evicted from a full node.",
        "Set resources.requests.memory.",
    ),
    Code(
        "MS0106",
        "info",
        "CPU limit below one core",
        "Linux enforces a limit as a quota per period of 100 ms: a container that has used it up "
        "stands still until the next period. A limit of 200m runs a short request at full speed, "
        "but stops everything in the pod for up to 80 ms after a burst, far below full "
        "utilisation. The upper percentiles are made of these pauses.",
        "Raise the limit to whole cores, or set none, where the tail matters.",
    ),
    Code(
        "MS0107",
        "warning",
        "Requests exceed the nodes",
        "The pods request more CPU or memory than the nodes can set aside, so some would stay "
        "pending. The simulation places them all the same.",
        "Add nodes or lower the requests.",
    ),
    Code(
        "MS0108",
        "info",
        "Entry service with one replica",
        "Clients call a service that has a single pod. Restarting it is an outage; failures are "
        "not simulated.",
        "Set replicas to 2 or more.",
    ),
    Code(
        "MS0109",
        "warning",
        "Few worker slots",
        "A slot is held from admission to reply, through the calls below. By Little's law the "
        "slots in use are rate × time held; they come to more than 85% of those there are, even if "
        "nothing ever waits and proxies cost nothing.",
        "Raise workers or replicas, or shorten what the service waits for.",
    ),
    Code(
        "MS0110",
        "error",
        "Too few worker slots",
        "Open load needs at least as many worker slots as there are (rate × time held), even if "
        "nothing ever waits. The queue for a slot grows as long as the run lasts.",
        "Raise workers or replicas, until MS0109 is gone too.",
    ),
    Code(
        "MS0201",
        "warning",
        "Service never reached",
        "No request from outside leads to any endpoint of the service. Its pods take part in plans "
        "of nodes and money, but never work.",
        "Add the missing call or entry, or remove the service.",
    ),
    Code(
        "MS0202",
        "info",
        "Endpoint never reached",
        "No request from outside leads to the endpoint, though others of its service are reached.",
        "Add the missing call or entry, or remove the endpoint.",
    ),
    Code(
        "MS0203",
        "warning",
        "Calls in a cycle",
        "The calls can come back to where they started. They die out in the mean, but each round "
        "holds another worker slot of the same service, and with few slots a cycle can lock itself "
        "out for good.",
        "Leave it if the system really does so; otherwise mend the call.",
    ),
    Code(
        "MS0204",
        "info",
        "Deep chain of calls",
        "More than 10 calls lie below one another. Latency adds up over them, each passes every "
        "proxy of the data path, and each holds the worker slots of all above.",
        "Look at the added latency per call first; fewer hops help more than faster proxies.",
    ),
    Code(
        "MS0205",
        "warning",
        "Many calls per request",
        "A request from outside leads to more than 100 calls between services. The cost of a mesh "
        "grows with calls, not with requests, and so does the time that a simulation takes.",
        "Check counts and probabilities; merge calls where the system can.",
    ),
    Code(
        "MS0206",
        "info",
        "Many calls in a row to one endpoint",
        "A step makes 10 or more calls one after the other to the same endpoint: the latency of "
        "each hop, and of its proxies, is paid that many times.",
        "If the system allows it, ask for a list in one call, or make the calls in parallel.",
    ),
    Code(
        "MS0301",
        "warning",
        "Percentile out of reach",
        "An objective speaks of a percentile so high, or of an entry point so rarely called, that "
        "it takes more than an hour of simulated time until 10 answers lie beyond it. Shorter runs "
        "cannot say whether the objective is kept.",
        "Run longer, or set the objective on a lower percentile.",
    ),
    Code(
        "MS0302",
        "info",
        "Short recording",
        "The load replays fewer than 1,000 recorded arrivals. Runs longer than the recording "
        "repeat it and learn nothing new of the arrivals, which the intervals do not know.",
        "Record for longer, or take a poisson process of the same rate.",
    ),
    Code(
        "MS0303",
        "info",
        "No objectives",
        "Without objectives a run shows numbers but cannot say whether they are good enough, and "
        "there is no capacity to search for.",
        'Add e.g. slo: {"shop/get": ["p(99)<250ms", "error_rate<0.1%"]}.',
    ),
    Code(
        "MS0304",
        "error",
        "Objective that cannot be kept",
        "What is constant and certain in the topology already takes longer than the objective "
        "allows, or the entry point itself fails more often, without any waiting and any mesh.",
        "Relax the objective, or mend the steps of the endpoint.",
    ),
    Code(
        "MS0401",
        "warning",
        "Zone without a node of its pool",
        "A pool has more zones than nodes. Nodes are dealt to the zones in turn, so the last zones "
        "get none.",
        "Raise count to the number of zones or more, or remove the zones.",
    ),
    Code(
        "MS0402",
        "info",
        "Nodes without a price",
        "The pool's price_per_hour is 0, so every plan and comparison shows its nodes as free.",
        "Set price_per_hour in USD.",
    ),
    Code(
        "MS0403",
        "info",
        "Fewer replicas than zones",
        "In some zones the service has no pod, so all calls to it from there cross zones, which "
        "takes longer and is billed by most clouds.",
        "Set replicas to the number of zones or more, or list the zones that are meant.",
    ),
    Code(
        "MS0404",
        "warning",
        "Round trips out of order",
        "A shorter distance has the longer round trip: node, zone and region usually follow in "
        "this order. Two values may have been swapped, or a unit mistaken.",
        "Compare same_node, same_zone, between_zones and zone_pairs.",
    ),
    Code(
        "MS0501",
        "info",
        "Proxy with more worker threads than cores",
        "The proxy's CPU limit is below its number of worker threads. Under load the real proxy is "
        "throttled in periods of 100 ms; the simulation lets each worker have a core of its own.",
        "Raise the limit to the number of workers, or lower worker_threads.",
    ),
    Code(
        "MS0502",
        "warning",
        "Long connections pinned to one pod",
        "HTTP/2 and gRPC send all requests of a client over one connection, and no layer 7 proxy "
        "stands on the way: each caller's requests go to the pod that its connection was given, "
        "and the pods get uneven shares.",
        "Use a mesh with a layer 7 proxy (a sidecar, a waypoint), or set the service's balancing "
        "if its clients choose a pod per request.",
    ),
    Code(
        "MS0503",
        "info",
        "Proxy requests more CPU than its application",
        "The sidecar reserves more CPU in each pod than the application beside it: more than half "
        "of what this service costs in nodes is the mesh.",
        "Lower the proxy's requests for this service, or share proxies between pods.",
    ),
    Code(
        "MS0504",
        "info",
        "Proxy on no path",
        "The mesh describes a proxy that neither path.inside nor path.entry names: it takes "
        "memory and requests, but no request passes it.",
        "Add it to the path, or remove it.",
    ),
    Code(
        "MS0505",
        "error",
        "No cost of TCP traffic",
        "The topology has a service of the protocol tcp, and a proxy on its way has no cost of "
        "TCP traffic, so what the proxy does with it is not known.",
        "Add cost.tcp to the proxy, or another protocol to the service.",
    ),
    Code(
        "MS0506",
        "warning",
        "Nodes too small for the mesh",
        "The pods fit on the nodes without the mesh; with what its proxies and its control plane "
        "request they do not, so some would stay pending.",
        "Add nodes or lower the proxies' requests.",
    ),
    Code(
        "MS0507",
        "warning",
        "Outside the fitted range",
        "The proxy's costs were fitted to measurements at other loads per worker, or with other "
        "bodies, than this topology gives it. CPU and latency of the proxy are extrapolated there, "
        "and their intervals do not know how far.",
        "Measure at such loads and bodies, and calibrate the mesh on it.",
    ),
    Code(
        "MS0601",
        "warning",
        "Time-out shorter than the work",
        "A caller gives a call, or a try of it, up before it would be answered in the mean, even "
        "if nothing ever waits and proxies cost nothing. Most of these calls come to nothing, and "
        "their work is done for nobody.",
        "Raise the time-out, or shorten what the called endpoint does.",
    ),
    Code(
        "MS0602",
        "warning",
        "Retries at several levels",
        "Callers that stand above one another all try again. Where the lowest call fails, each "
        "level repeats what the levels below it have repeated: r retries at each of n levels make "
        "(1 + r)^n tries of one request. Failures that come from overload are made worse by it.",
        "Try again at one level only, next to the clients or next to what fails.",
    ),
    Code(
        "MS0603",
        "warning",
        "Time-out longer than the caller's own",
        "All who call the endpoint give it up before it would give up its own call. That time-out "
        "then limits nothing that anybody waits for: a server that finishes what it has begun goes "
        "on for nobody.",
        "Let time-outs become shorter from the clients down.",
    ),
    Code(
        "MS0604",
        "info",
        "Time-out of a try that never comes",
        "per_try_timeout is at least as long as the time-out of the whole call, which is over "
        "first: no try is ever given up for another one.",
        "Lower per_try_timeout to a part of timeout, or remove it.",
    ),
    Code(
        "MS0605",
        "info",
        "Retries that never happen",
        "retry_on names only tries that were given up here, and without per_try_timeout none is: "
        "the time-out of the whole call ends the call.",
        "Set per_try_timeout, or add a condition that can come true.",
    ),
)

CODES: dict[str, Code] = {code.code: code for code in _ALL}
"""All codes, in order."""

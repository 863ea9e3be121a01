"""Goal: a dumped topology loads back to an equal one, whatever it says, and reads well.
Method: random topologies with names that YAML readers take for numbers, switches, dates or worse,
read back by meshsim's own loader and by PyYAML; the shipped topologies; one small file in full.
"""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshsim import units
from meshsim.model.decode import decode
from meshsim.model.document import read_text
from meshsim.model.dump import WIDTH, dump_mesh, dump_topology
from meshsim.model.loading import load_mesh, load_topology, mesh_from_text, topology_from_text
from meshsim.model.topology import Topology

SHIPPED = sorted((Path(__file__).parent.parent.parent / "topologies").glob("*.yaml"))

TRAPS = r"""
no Yes off ~ null 1e3 0x1f 0o7 010 1_000 12:30 1.5 .inf - ? : # & * ! | > % @ ` a:b [] {} << =
2020-01-01 true' " ' é 日本 😀
"""
traps = st.sampled_from([*TRAPS.split(), " ", "\t", "\u2028", "\x85", "\ufeff", "\x07"])
text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
words = traps | text | st.builds("{}: {}".format, traps, text) | st.just("a b " * 60)
names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,9}[A-Za-z0-9])?", fullmatch=True)
durations = st.floats(0, 1e4).map(units.print_duration)
sizes = st.integers(0, 10**9).map(units.print_size)
percentages = st.floats(0, 1).map(units.print_percentage)
quantities = st.floats(0.001, 1000).map(units.print_cpu)
memories = st.integers(1, 10**12).map(units.print_memory)
rates = st.floats(0.001, 1e6).map(units.print_rate)
shapes = st.floats(0.01, 20)


def mapping(required, **optional):
    return st.fixed_dictionaries(required, optional=optional)


values = st.lists(durations, min_size=1, max_size=40)
distributions = st.one_of(
    durations,
    mapping({"distribution": st.just("exponential"), "mean": durations}),
    mapping(
        {"distribution": st.sampled_from(["lognormal", "gamma"]), "mean": durations, "cv": shapes}
    ),
    mapping(
        {
            "distribution": st.just("empirical"),
            "values": st.lists(durations, min_size=1, max_size=40),
        }
    ),
)
limits = st.floats(1e-3, 1).map(units.print_duration)
retries = mapping(
    {"attempts": st.integers(1, 100)},
    per_try_timeout=limits,
    retry_on=st.lists(st.sampled_from(["5xx", "gateway-error", "reset"]), min_size=1, max_size=3),
    base_interval=limits,
    max_interval=st.floats(1, 100).map(units.print_duration),
)
calls = mapping(
    {"call": words},
    probability=percentages,
    count=st.integers(1, 10_000),
    request=sizes,
    response=sizes,
    on_error=st.sampled_from(["fail", "ignore"]),
    timeout=limits,
    retries=retries,
)
single_steps = mapping({"compute": distributions}) | mapping({"wait": distributions}) | calls
steps = st.recursive(
    single_steps,
    lambda inner: mapping(
        {"parallel": st.lists(inner | st.lists(inner, max_size=3), min_size=1, max_size=3)}
    ),
    max_leaves=6,
)
endpoints = mapping(
    {"name": words.filter(lambda word: len(word) <= 253)},
    request=sizes,
    response=sizes,
    error=percentages,
    steps=st.lists(steps, max_size=4),
)
amounts = mapping({}, cpu=quantities, memory=memories)
services = mapping(
    {"name": names, "endpoints": st.lists(endpoints, min_size=1, max_size=2)},
    namespace=names,
    version=words,
    labels=st.dictionaries(words, words, max_size=3),
    replicas=st.integers(1, 10_000),
    resources=mapping({}, requests=amounts, limits=amounts),
    working_set=memories,
    cpu_sharing=st.sampled_from(["processor_sharing", "first_come"]),
    workers=st.integers(1, 99) | st.just("unlimited"),
    protocol=st.sampled_from(["http1", "http2", "grpc", "tcp"]),
    when_cancelled=st.sampled_from(["finish", "stop"]),
    zones=st.lists(names, max_size=3),
)
arrivals = st.one_of(
    mapping({"process": st.sampled_from(["poisson", "constant"]), "rate": rates}),
    mapping(
        {
            "process": st.just("schedule"),
            "points": st.lists(mapping({"at": durations, "rate": rates}), min_size=1, max_size=3),
        },
        shape=st.sampled_from(["steps", "ramps"]),
    ),
    mapping({"process": st.just("trace"), "times": st.lists(durations, min_size=1, max_size=30)}),
    mapping({"process": st.just("closed"), "users": st.integers(1, 99)}, think=distributions),
)
entries = mapping({"to": words}, weight=st.floats(1e-9, 1e9))
loads = mapping(
    {
        "arrivals": arrivals,
        "entries": st.lists(
            mapping({"to": words}, weight=st.floats(1e-9, 1e9)), min_size=1, max_size=3
        ),
    },
    client_connections=st.integers(1, 1_000_000),
    timeout=limits,
    retries=retries,
)
pools = mapping(
    {"name": names, "cores": quantities, "memory": memories, "count": st.integers(1, 10_000)},
    reserved_cpu=quantities,
    reserved_memory=memories,
    zones=st.lists(names, min_size=1, max_size=3),
    price_per_hour=st.floats(0, 1e6),
)
zone_pairs = mapping({"zones": st.tuples(names, names).map(list), "round_trip": durations})
topologies = mapping(
    {
        "meshsim": st.just(1),
        "name": names,
        "services": st.lists(services, min_size=1, max_size=2),
        "load": loads,
        "nodes": st.lists(pools, min_size=1, max_size=2),
    },
    title=words,
    look_at=words,
    sources=st.lists(words, max_size=3),
    network=mapping(
        {},
        same_node=durations,
        client=durations,
        zone_pairs=st.lists(
            mapping({"zones": st.tuples(names, names).map(list), "round_trip": durations}),
            max_size=2,
        ),
        bandwidth=st.floats(1, 1e12).map(units.print_bandwidth),
    ),
    slo=st.dictionaries(words, st.lists(words, max_size=2), max_size=2),
)


@given(topologies, st.lists(words, max_size=2))
def test_a_dump_loads_back(data, comments):
    topology = Topology.model_validate(data)
    dumped = dump_topology(topology, comments)
    assert decode(Topology, read_text(dumped, "dump.yaml")) == topology
    assert Topology.model_validate(yaml.safe_load(dumped)) == topology


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_topologies_load_back(path):
    topology = load_topology(path)
    assert topology_from_text(dump_topology(topology)) == topology


SMALL = """\
# Imported by hand.
#
#   An indented line that is so long that it has to go on in the next one, where it is indented a
#     little more than before
meshsim: 1
name: small
services:
- name: front
  labels: {app: 'no', tier: '1e3'}
  resources:
    limits: {cpu: '2', memory: 1Gi}
  endpoints:
  - name: GET /
    error: 1%
    steps:
    - compute: {distribution: lognormal, mean: 3ms, cv: 0.5}
    - wait: 2ms
    - parallel:
      - call: back/get
      - - wait:
            distribution: empirical
            values: [1ms, 2ms, 3ms, 4ms, 5ms, 6ms, 7ms, 8ms, 9ms, 10ms, 11ms, 12ms, 13ms]
        - {call: back/get, count: 3}
- name: back
  endpoints:
  - name: get
load:
  arrivals: {process: poisson, rate: 50/s}
  entries:
  - to: front/GET /
nodes:
- {name: node, cores: '8', memory: 32Gi, count: 2}
network: {same_node: 0s, same_zone: 100us}
slo:
  front/GET /: [p(99)<250ms]
"""


def test_a_small_file_in_full():
    comments = [
        "Imported by hand.",
        "",
        "  An indented line that is so long that it has to go on in the next one, where it is "
        "indented a little more than before",
    ]
    assert dump_topology(topology_from_text(SMALL), comments) == SMALL


def test_comments_cannot_become_content():
    topology = topology_from_text(SMALL)
    dumped = dump_topology(topology, ["a\nname: other", "b\u2028c\rd\x00"])
    assert dumped.startswith("# a name: other\n# b c d\nmeshsim: 1\n")
    assert topology_from_text(dumped) == topology


def test_lists_of_times_stay_within_the_page():
    times = ", ".join(f"{n}us" for n in range(100_000, 103_000))
    listed = f"wait: {{distribution: empirical, values: [{times}]}}"
    topology = topology_from_text(SMALL.replace("wait: 2ms", listed))
    lines = dump_topology(topology).splitlines()
    assert 80 < max(map(len, lines)) <= WIDTH
    assert len(lines) > 200


MESHES = sorted((Path(__file__).parent.parent.parent / "models").glob("*.yaml"))


@pytest.mark.parametrize("path", MESHES, ids=lambda path: path.stem)
def test_shipped_meshes_load_back_equal(path):
    mesh = load_mesh(path)
    text = dump_mesh(mesh, ["A comment."])
    assert text.startswith("# A comment.\nmeshsim_mesh: 1\n")
    assert mesh_from_text(text) == mesh

"""A small measurement with literal numbers, for what shows and judges one."""

from meshsim.calibration.measuring.bench import Target
from meshsim.calibration.measuring.cells import Cell, Part, null_cell
from meshsim.calibration.measuring.handshakes import HandshakeRow
from meshsim.calibration.measuring.load import Slice
from meshsim.calibration.measuring.machine import Machine, reference_cost
from meshsim.calibration.measuring.memory import MemoryRow
from meshsim.calibration.measuring.pairing import Pair, ratio_of
from meshsim.calibration.measuring.rounds import CellRecord
from meshsim.calibration.measuring.session import Measured, plan_of
from meshsim.calibration.measuring.topologies import ROLES_OF_A_PAIR
from meshsim.calibration.measuring.verdict import doubts

KIB, MIB = 1 << 10, 1 << 20
MACHINE = Machine("Some CPU", "6.1.0", 4, (0, 3), "1.40.0")


def references(costs_us=(30, 31, 32, 33, 34), foreign=0.1):
    return [Slice(100, 0.25, 0, {"reference": us * 1e-4}, foreign) for us in costs_us]


def pairs(ratios, reference_us=32.0, rate=400.0):
    return [
        Pair(i, rate, ratio * reference_us * 1e-6, reference_us * 1e-6, 0.1)
        for i, ratio in enumerate(ratios)
    ]


def record(cell, ratios, **more):
    return CellRecord(cell, {r: pairs(ratios) for r in cell.roles}, count=len(ratios), **more)


def cells():
    plain = Cell("topo", "proxy", Target("client", "proxy", 1024), "h1", tls=False)
    posted = Cell("topo", "proxy", Target("client", "proxy", 0, 16 * KIB), "h1", tls=False)
    pair = Cell(
        "load",
        "sidecar_h2@100",
        Target("client", "sidecar_h2"),
        "h2",
        tls=True,
        rate_per_s=100,
        roles=ROLES_OF_A_PAIR,
    )
    threads = Cell("workers", "proxy workers=4", Target("workers4", "proxy"), "h1", tls=False)
    failing = Cell("filter", "gzip", Target("client", "filter gzip"), "h1", tls=False)
    late = Cell("load", "proxy@9", Target("client", "proxy"), "h1", tls=False, rate_per_s=9)
    latencies = {"latencies_s": [0.001, 0.002, 0.003], "lags_s": [0.0001] * 3}
    return (
        record(null_cell(), [0.99, 1.0, 1.01, 1.0]),
        record(plain, [1.0, 1.1, 1.2, 1.1]),
        record(posted, [2.0, 2.0, 2.1, 2.1]),
        record(pair, [9.0, 10.0, 11.0, 10.0], **latencies),
        CellRecord(failing, failures=["it answered 503"] * 3),
        CellRecord(late),
        record(threads, [1.5, 1.5, 1.6, 1.6]),
    )


def handshakes():
    def row(side, key, mutual, us, repeat, resumption=False):
        return HandshakeRow(side, key, mutual, resumption, 500, us * 1e-6, 0.1, repeat)

    return tuple(
        one
        for repeat in (0, 1)
        for one in (
            row("server", "plain", False, 100 + repeat, repeat),
            row("client_sidecar", "plain", False, 200, repeat),
            row("server", "rsa", False, 800 + repeat, repeat),
            row("client_sidecar", "ec", True, 400 + 10 * repeat, repeat, True),
        )
    )


def memory():
    def row(kind, number, mib, workers=2, **more):
        sizes = [mib * MIB, (mib - 30) * MIB, (mib - 40) * MIB, 6 * MIB, 10 * MIB]
        return MemoryRow(kind, number, workers, *sizes, **{"start_s": 0.25, "repeat": 0, **more})

    return (
        row("clusters", 0, 63, endpoints_per_cluster=1),
        row("clusters", 1000, 113, endpoints_per_cluster=1),
        row("clusters", 2000, 163, endpoints_per_cluster=1),
        row("vhosts", 100, 63.5),
        row("vhosts", 1000, 68),
        row("clusters", 1000, 120, workers=4),
        row("idle_conn_h1_mtls", 0, 65, tls=True, start_s=None),
    )


def measured(*, noisy=False):
    slices = references((30, 30, 60, 90, 90), foreign=1.0) if noisy else references()
    cost = reference_cost(slices)
    null = ratio_of([0.99, 1.0, 1.01, 1.0])
    return Measured(
        plan=plan_of(list(Part), quick=False, seconds_max=None),
        machine=MACHINE,
        reference=cost,
        null=null,
        cells=cells(),
        handshakes=handshakes(),
        memory=memory(),
        seconds=12.34,
        doubts=tuple(doubts(null, cost)),
    )

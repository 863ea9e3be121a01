"""Load: how requests arrive from outside the system, and at which entry points.

Open load keeps its rate whatever the system does (``poisson``, ``constant``, ``schedule``,
``trace``); closed load is a number of users who each wait for their answer and think before they
ask again (``closed``). Latency of open load is counted from the intended arrival, so a stalled
system cannot hide its own slowness (no coordinated omission).

Between the two is ``paced`` load, that of a load generator with a fixed number of connections, each
of which carries one request at a time and has a timetable. Latency is counted from when a request
was really sent, as such generators do it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field

from meshsim.model.base import Described
from meshsim.model.call_policy import Retries
from meshsim.model.distribution import Constant, Distribution
from meshsim.model.fields import (
    Duration,
    Number,
    Percentage,
    PositiveDuration,
    PositiveRate,
    Rate,
    Whole,
)


class PoissonArrivals(Described):
    """Open load: independent users, exponential gaps."""

    process: Literal["poisson"]
    """Kind of arrivals."""
    rate: PositiveRate
    """Mean requests per second over all entry points."""


class ConstantArrivals(Described):
    """Open load: evenly spaced requests, as most load generators send them."""

    process: Literal["constant"]
    """Kind of arrivals."""
    rate: PositiveRate
    """Requests per second over all entry points."""


class SchedulePoint(Described):
    """The rate from a moment on."""

    at: Duration
    """Time since the start of the run."""
    rate: Rate
    """Requests per second from this moment on."""


class ScheduleArrivals(Described):
    """Open load whose rate changes over time, in steps or in ramps."""

    process: Literal["schedule"]
    """Kind of arrivals."""
    shape: Literal["steps", "ramps"] = "steps"
    """``steps``: the rate jumps at each point; ``ramps``: it moves in a straight line between."""
    spacing: Literal["poisson", "constant"] = "poisson"
    """Random (Poisson) or even spacing at the momentary rate."""
    points: tuple[SchedulePoint, ...] = Field(min_length=1)
    """The points in order of time; the first is at 0s, the last rate goes on to the end."""


class TraceArrivals(Described):
    """Open load replayed from recorded arrival times."""

    process: Literal["trace"]
    """Kind of arrivals."""
    times: tuple[Duration, ...] = Field(min_length=1, max_length=1_000_000)
    """Arrival times since the start of the run, in order. A longer run repeats the recording."""


class ClosedArrivals(Described):
    """Closed load: each user waits for the answer, thinks, and asks again."""

    process: Literal["closed"]
    """Kind of arrivals."""
    users: Whole = Field(ge=1, le=1_000_000)
    """Number of users."""
    think: Distribution = Constant(mean="0s")
    """Time between an answer and the user's next request."""


class PacedArrivals(Described):
    """Load as fortio makes it: connections that send in step, each after its last answer.

    Connection i sends its request k at ``k * connections / rate``, all connections at the same
    moments. One whose answer comes after the next moment has passed sends at once, until it has
    caught up.
    """

    process: Literal["paced"]
    """Kind of arrivals."""
    rate: PositiveRate
    """Requests per second over all connections; fewer if answers take longer than an interval."""
    connections: Whole = Field(ge=1, le=1_000_000)
    """Number of connections; they stand in the place of ``client_connections``."""
    jitter: Percentage = Field(default="0%", ge=0, le=1)  # type: ignore[assignment]
    """Each pause is made longer or shorter at random, by up to this share (fortio: 0% or 10%)."""
    clock_tick: Duration = Field(default="0s")  # type: ignore[assignment]
    """Pauses end at whole multiples of this only (Go programs, fortio among them: up to 1ms)."""


Arrivals = Annotated[
    PoissonArrivals
    | ConstantArrivals
    | ScheduleArrivals
    | TraceArrivals
    | ClosedArrivals
    | PacedArrivals,
    Discriminator("process"),
]


class Entry(Described):
    """An entry point of the system and its share of the requests."""

    to: str
    """``service/endpoint`` that the clients call."""
    weight: Number = Field(default=1.0, gt=0)
    """Relative share of the requests; the weights need not sum to anything."""


class Load(Described):
    """The requests from outside."""

    arrivals: Arrivals
    """The arrival process of the requests, over all entry points together."""
    entries: tuple[Entry, ...] = Field(min_length=1)
    """Entry points with the mix."""
    client_connections: Whole = Field(default=64, ge=1, le=1_000_000)
    """Connections that the clients keep open, shared evenly by their requests (open load)."""
    requests_per_connection: Whole | None = Field(default=None, ge=1)
    """Requests after which a client closes a connection (1: no keep-alive); unset: never."""
    timeout: PositiveDuration | None = None
    """Time after which a client gives its request up, retries included; unset: never."""
    retries: Retries | None = None
    """What a client tries again; unset: nothing."""

"""Units: what is written is what is meant, and what is refused comes with a cure.

Tables of literal texts pin the grammar of each kind from both sides. Properties, over every float a
kind may hold, pin ``parse(print(x)) == x``; junk, drawn from the characters that units are made of,
must never raise anything but UnitError; and every cure that quotes a text must parse itself.
"""

import math
import pickle
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meshsim import units
from meshsim.units import UnitError

POSITIVE = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
FRACTION = st.floats(min_value=0, max_value=1)
KINDS = ["duration", "cpu", "memory", "size", "percentage", "rate", "bandwidth"]
PARSERS = {kind: getattr(units, f"parse_{kind}") for kind in KINDS}
PRINTERS = {kind: getattr(units, f"print_{kind}") for kind in KINDS}
JUNK = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="0159.+-eE msuµnhkKMGiBbtp/%rq \n", max_size=12),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["1", "0.5", "12", ".5", "3.", "1e3", "-1", "99999"]),
        st.sampled_from(["", " ", "\t"]),
        st.text(alphabet="msuµnhkKMGTPEiBbt/%rqpsoec", max_size=7),
    ),
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("25ms", 0.025),
        ("1h30m", 5400.0),
        ("1.5s", 1.5),
        ("100us", 1e-4),
        ("100µs", 1e-4),
        ("100μs", 1e-4),
        ("2h", 7200.0),
        ("0s", 0.0),
        ("7ns", 7e-9),
        (".5s", 0.5),
        ("1.s", 1.0),
        ("+3s", 3.0),
        ("1h2m3s4ms5us6ns", 3723.004005006),
        ("1m0.5s", 60.5),
    ],
)
def test_durations(text, seconds):
    assert units.parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "a duration needs a unit, not '5'; write '5ms' or '5s'"),
        ("0", "a duration needs a unit, not '0'; write '0ms' or '0s'"),
        ("-5s", "a duration is zero or more, not '-5s'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("nan", "this should be a duration, not 'nan'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("inf", "this should be a duration, not 'inf'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("", "this should be a duration, not ''; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("1d", "this should be a duration, not '1d'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("1e3s", "this should be a duration, not '1e3s'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("1.2.3s", "this should be a duration, not '1.2.3s'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("1h5", "this should be a duration, not '1h5'; write e.g. '25ms', '1.5s' or '1h30m'"),
        ("5 ms", "a duration is written without spaces, not '5 ms'; write '5ms'"),
        ("1h 30m", "a duration is written without spaces, not '1h 30m'; write '1h30m'"),
        ("5MS", "a duration has no unit 'MS', not '5MS'; write '5ms'"),
        ("5min", "a duration has no unit 'min', not '5min'; write '5m'"),
        ("5hours", "a duration has no unit 'hours', not '5hours'; write '5h'"),
        ("5sec", "a duration has no unit 'sec', not '5sec'; write '5s'"),
        ("5millis", "a duration has no unit 'millis', not '5millis'; write '5ms'"),
        (
            "5ms1s",
            "the parts of a duration go from the larger unit to the smaller, each once, "
            "not '5ms1s'; write e.g. '1h30m' or '1s500ms'",
        ),
        (
            "1s1s",
            "the parts of a duration go from the larger unit to the smaller, each once, "
            "not '1s1s'; write e.g. '1h30m' or '1s500ms'",
        ),
        (
            "9" * 350 + "s",
            f"a duration is less than 1e308, not '{'9' * 59}…'; write a smaller one",
        ),
        (
            "9" * 500 + "s",
            f"this should be a duration, not '{'9' * 59}…'; write e.g. '25ms', '1.5s' or '1h30m'",
        ),
    ],
)
def test_no_durations(text, message):
    assert refusal("duration", text) == message


@pytest.mark.parametrize(
    ("text", "cores"),
    [("250m", 0.25), ("2", 2.0), ("0.5", 0.5), ("1e3", 1000.0), ("0", 0.0), ("243567n", 243567e-9)],
)
def test_cpu(text, cores):
    assert units.parse_cpu(text) == cores


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("250M", "a CPU quantity has no unit 'M', not '250M'; write '250m'"),
        ("2cores", "a CPU quantity has no unit 'cores', not '2cores'; write '2'"),
        ("9millicores", "a CPU quantity has no unit 'millicores', not '9millicores'; write '9m'"),
        ("128Mi", "this should be a CPU quantity, not '128Mi'; write e.g. '250m' or '2'"),
        ("-1", "a CPU quantity is zero or more, not '-1'; write e.g. '250m' or '2'"),
        ("1_000", "this should be a CPU quantity, not '1_000'; write e.g. '250m' or '2'"),
        ("250 m", "a CPU quantity is written without spaces, not '250 m'; write '250m'"),
    ],
)
def test_no_cpu(text, message):
    assert refusal("cpu", text) == message


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("128Mi", 134217728.0),
        ("1Gi", 1073741824.0),
        ("512Ki", 524288.0),
        ("1e9", 1e9),
        ("1E3", 1000.0),
        ("1E", 1e18),
        ("1000000", 1e6),
        ("128M", 128e6),
        ("1G", 1e9),
        ("1k", 1000.0),
        ("1.5Gi", 1610612736.0),
        ("0", 0.0),
    ],
)
def test_memory(text, bytes_):
    assert units.parse_memory(text) == bytes_


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("250mi", "write '250Mi' (1024-based) or '250M' (1000-based)"),
        ("128mb", "write '128Mi' (1024-based) or '128M' (1000-based)"),
        ("128MB", "write '128Mi' (1024-based) or '128M' (1000-based)"),
        ("128m", "write '128Mi' (1024-based) or '128M' (1000-based)"),
        ("1K", "write '1Ki' (1024-based) or '1k' (1000-based)"),
        ("1KB", "write '1Ki' (1024-based) or '1k' (1000-based)"),
        ("12B", "write '12'"),
        ("64 Mi", "write '64Mi'"),
        ("-1Mi", "write e.g. '128Mi' or '1Gi'"),
        ("lots", "write e.g. '128Mi' or '1Gi'"),
    ],
)
def test_no_memory(text, cure):
    with pytest.raises(UnitError) as caught:
        units.parse_memory(text)
    assert caught.value.cure == cure
    assert caught.value.value == text


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("512B", 512.0),
        ("1KiB", 1024.0),
        ("8KB", 8000.0),
        ("8kB", 8000.0),
        ("8 KB", 8000.0),
        ("1MiB", 1048576.0),
        ("1.5MB", 1500000.0),
        ("0B", 0.0),
        ("2GiB", 2147483648.0),
    ],
)
def test_sizes(text, bytes_):
    assert units.parse_size(text) == bytes_


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "5",
            "a size needs a unit, not '5'; write '5B' or '5KiB' (1024-based) or '5KB' (1000-based)",
        ),
        (
            "5Ki",
            "a size has no unit 'Ki', not '5Ki'; write '5KiB' (1024-based) or '5KB' (1000-based)",
        ),
        (
            "5m",
            "a size has no unit 'm', not '5m'; write '5MiB' (1024-based) or '5MB' (1000-based)",
        ),
        ("5b", "a size has no unit 'b', not '5b'; write '5B'"),
        ("5  KB", "a size is written without spaces, not '5 KB'; write '5KB'"),
        ("-5B", "a size is zero or more, not '-5B'; write e.g. '512B', '1KiB' or '8KB'"),
    ],
)
def test_no_sizes(text, message):
    assert refusal("size", text) == message


@pytest.mark.parametrize(
    ("text", "fraction"),
    [("0.1%", 0.001), ("50%", 0.5), ("100%", 1.0), ("0%", 0.0), ("1e-3%", 1e-5)],
)
def test_percentages(text, fraction):
    assert units.parse_percentage(text) == fraction


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "0.5",
            "a percentage needs its sign, not '0.5'; write '50%', or '0.5%' if so little is meant",
        ),
        ("1", "a percentage needs its sign, not '1'; write '100%', or '1%' if so little is meant"),
        ("50", "a percentage needs a unit, not '50'; write '50%'"),
        ("0", "a percentage needs a unit, not '0'; write '0%'"),
        ("150", "a percentage is at most 100%, not '150'; write '0%' to '100%'"),
        ("100.1%", "a percentage is at most 100%, not '100.1%'; write '0%' to '100%'"),
        ("-1%", "a percentage is zero or more, not '-1%'; write e.g. '0.1%' or '50%'"),
        ("50 %", "a percentage is written without spaces, not '50 %'; write '50%'"),
        ("half", "this should be a percentage, not 'half'; write e.g. '0.1%' or '50%'"),
    ],
)
def test_no_percentages(text, message):
    assert refusal("percentage", text) == message


@pytest.mark.parametrize(
    ("text", "per_second"),
    [
        ("200/s", 200.0),
        ("90/min", 1.5),
        ("9/h", 0.0025),
        ("1000rps", 1000.0),
        ("200 req/s", 200.0),
        ("30 qps", 30.0),
        ("0/s", 0.0),
    ],
)
def test_rates(text, per_second):
    assert units.parse_rate(text) == per_second


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("200", "a rate needs a unit, not '200'; write '200/s' or '200/min'"),
        ("5/m", "a rate has no unit '/m', not '5/m'; write '5/min'"),
        ("5/sec", "a rate has no unit '/sec', not '5/sec'; write '5/s'"),
        ("5 per hour", "a rate has no unit 'perhour', not '5perhour'; write '5/h'"),
        ("5 requests/s", "a rate has no unit 'requests/s', not '5 requests/s'; write '5/s'"),
        ("12k/s", "this should be a rate, not '12k/s'; write e.g. '12000/s' or '90/min'"),
        ("-1/s", "a rate is zero or more, not '-1/s'; write e.g. '12000/s' or '90/min'"),
    ],
)
def test_no_rates(text, message):
    assert refusal("rate", text) == message


@pytest.mark.parametrize(
    ("text", "bytes_per_second"),
    [
        ("10Gbit/s", 1.25e9),
        ("1Gbps", 1.25e8),
        ("100Mbit/s", 1.25e7),
        ("8bit/s", 1.0),
        ("1GB/s", 1e9),
        ("1 MiB/s", 1048576.0),
    ],
)
def test_bandwidths(text, bytes_per_second):
    assert units.parse_bandwidth(text) == bytes_per_second


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "a bandwidth needs a unit, not '5'; write '5Gbit/s' or '5GB/s'"),
        (
            "1Gb/s",
            "a bandwidth has no unit 'Gb/s', not '1Gb/s'; write '1Gbit/s' or '1GB/s' or '1GiB/s'",
        ),
        ("fast", "this should be a bandwidth, not 'fast'; write e.g. '10Gbit/s' or '1GB/s'"),
    ],
)
def test_no_bandwidths(text, message):
    assert refusal("bandwidth", text) == message


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("duration", 0.0, "0s"),
        ("duration", 0.025, "25ms"),
        ("duration", 1.5, "1.5s"),
        ("duration", 0.25, "250ms"),
        ("duration", 5400.0, "5400s"),
        ("duration", 8.5e-4, "850us"),
        ("duration", 3e-9, "3ns"),
        ("duration", 0.30000000000000004, "0.30000000000000004s"),
        ("cpu", 0.25, "250m"),
        ("cpu", 2.0, "2"),
        ("cpu", 0.0, "0"),
        ("memory", 134217728.0, "128Mi"),
        ("memory", 1e9, "1G"),
        ("memory", 1234567.0, "1234567"),
        ("memory", 0.5, "0.5"),
        ("size", 8000.0, "8KB"),
        ("size", 512.0, "512B"),
        ("size", 1048576.0, "1MiB"),
        ("percentage", 0.001, "0.1%"),
        ("percentage", 1.0, "100%"),
        ("rate", 200.0, "200/s"),
        ("rate", 0.0025, "0.0025/s"),
        ("bandwidth", 1.25e9, "10Gbit/s"),
        ("bandwidth", 1024.0, "8192bit/s"),
    ],
)
def test_print_is_short(kind, value, text):
    assert PRINTERS[kind](value) == text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "percentage"])
@given(value=POSITIVE)
@example(value=5e-324)
@example(value=2.2250738585072014e-308)
@example(value=1.7976931348623157e308)
@example(value=1e22)
@example(value=1e23)
def test_parse_reads_what_print_writes(kind, value):
    assert PARSERS[kind](PRINTERS[kind](value)) == value


@given(value=FRACTION)
@example(value=math.nextafter(1, 0))
@example(value=5e-324)
def test_parse_reads_what_print_writes_of_a_fraction(value):
    assert units.parse_percentage(units.print_percentage(value)) == value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan])
def test_print_asserts_its_range(kind, value):
    with pytest.raises(AssertionError):
        PRINTERS[kind](value)


@pytest.mark.parametrize("kind", KINDS)
@given(text=JUNK)
def test_junk_raises_nothing_but_a_unit_error(kind, text):
    try:
        assert 0 <= PARSERS[kind](text) < math.inf
    except UnitError as refused:
        error = refused
    else:
        return
    assert error.rule
    assert error.cure.startswith("write ")
    for quoted in cures(error):
        assert PARSERS[kind](quoted) >= 0


def test_a_unit_error_survives_the_way_between_processes():
    with pytest.raises(UnitError) as caught:
        units.parse_duration("5")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.rule, copy.value, copy.cure) == (
        "a duration needs a unit",
        "5",
        "write '5ms' or '5s'",
    )
    assert str(copy) == str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "12.3 ms"),
        (0.00085, "850 µs"),
        (2.1, "2.10 s"),
        (5e-10, "0.500 ns"),
        (0.99996, "1.00 s"),
        (59.94, "59.9 s"),
        (60.0, "1.00 min"),
        (5400.0, "1.50 h"),
        (1e8, "27,778 h"),
        (0.0, "0 s"),
        (-0.0, "0 s"),
        (1e-30, "0 s"),
        (-0.0012, "-1.20 ms"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (math.nan, "—"),
    ],
)
def test_show_duration(seconds, text):
    assert units.show_duration(seconds) == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (units.show_duration(0.0123456, 2), "12 ms"),
        (units.show_duration(0.0123456, 5), "12.346 ms"),
        (units.show_duration(0.0012, signed=True), "+1.20 ms"),
        (units.show_duration(-0.0012, signed=True), "-1.20 ms"),
        (units.show_duration(0.0, signed=True), "0 s"),
        (units.show_duration(math.inf, signed=True), "+∞"),
        (units.show_cpu(0.2434), "243m"),
        (units.show_cpu(2.434), "2.43"),
        (units.show_cpu(0.9996), "1.00"),
        (units.show_cpu(0.0), "0"),
        (units.show_cpu(-0.1, signed=True), "-100m"),
        (units.show_memory(536870912.0), "512 MiB"),
        (units.show_memory(1610612736.0), "1.50 GiB"),
        (units.show_memory(12.0), "12 B"),
        (units.show_memory(12.5), "12.5 B"),
        (units.show_memory(0.0), "0 B"),
        (units.show_memory(-5e6), "-4.77 MiB"),
        (units.show_percentage(0.123), "12.3%"),
        (units.show_percentage(0.001), "0.100%"),
        (units.show_percentage(1.0), "100%"),
        (units.show_percentage(0.9995), "99.95%"),
        (units.show_percentage(0.99999), "99.999%"),
        (units.show_percentage(math.nextafter(1, 0)), "100%"),
        (units.show_percentage(12.5), "1,250%"),
        (units.show_percentage(-0.05), "-5.00%"),
        (units.show_percentage(0.0), "0%"),
        (units.show_rate(200.0), "200/s"),
        (units.show_rate(1250.0), "1,250/s"),
        (units.show_rate(12.5), "12.5/s"),
        (units.show_rate(0.0), "0/s"),
        (units.show_money(1234.5), "$1,234.50"),
        (units.show_money(-5.0), "-$5.00"),
        (units.show_money(5.0, signed=True), "+$5.00"),
        (units.show_money(0.0031), "$0.0031"),
        (units.show_money(-1e-12), "$0.00"),
        (units.show_money(0.0, signed=True), "$0.00"),
        (units.show_money(math.nan), "—"),
        (units.show_money(math.inf), "∞"),
    ],
)
def test_show(shown, text):
    assert shown == text


@given(seconds=st.floats(min_value=1e-8, max_value=1e9), digits=st.integers(1, 6))
def test_shown_durations_are_right_to_the_digits_shown(seconds, digits):
    number, unit = units.show_duration(seconds, digits).replace(",", "").split(" ")
    scale = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}[unit]
    assert float(number) * scale == pytest.approx(seconds, rel=0.51 * 10.0 ** (1 - digits))


def refusal(kind, text):
    with pytest.raises(UnitError) as caught:
        PARSERS[kind](text)
    return str(caught.value)


def cures(error):
    """The quoted texts of a cure that was made for this very text."""
    made = error.cure.startswith("write '") and " to " not in error.cure
    return re.findall(r"'([^']*)'", error.cure) if made else []

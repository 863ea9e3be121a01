"""Reads and writes quantities with their units; nothing else in the project does.

Three families of functions, one member for each kind of quantity:

* ``parse_<kind>(text)`` gives SI (seconds, cores, bytes, fraction, 1/s, bytes/s) as the float
  nearest to what is written: the arithmetic is exact until the last rounding. A text that is not a
  quantity of that kind raises :class:`UnitError`, which says what to write instead.
* ``print_<kind>(value)`` writes a finite value of at least zero so that ``parse(print(x)) == x``.
* ``show_<kind>(value)`` rounds for people to read in tables; it takes differences too.

Durations follow Go (https://pkg.go.dev/time#ParseDuration) without minus sign and bare zero, the
larger unit first; CPU and memory follow Kubernetes
(https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/) without the
suffixes that nobody means (thousandths of a byte, millions of cores).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from meshsim.errors import shorten

NOT_A_NUMBER = "—"  # what the show functions write for NaN, a quantity that does not exist
_TEXT_LENGTH_MAX = 400  # every float fits: the longest, near 1e-308, has 308 zeros and 17 digits
_SHOWN_DECIMALS_MAX = 9
_ONE = Fraction(1)
_BIT = Fraction(1, 8)
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_QUANTITY = re.compile(rf"([+-]?)({_NUMBER}(?:[eE][+-]?[0-9]{{1,3}})?)\s?(.*)")
_DURATION_PART = re.compile(r"([0-9.]+)([^0-9.]+)")


class UnitError(ValueError):
    """A text is not a quantity of the kind wanted.

    ``rule`` says what should hold, ``value`` is the text, ``cure`` says what to write.
    """

    def __init__(self, rule: str, value: str, cure: str) -> None:
        super().__init__(rule, value, cure)
        self.rule, self.value, self.cure = rule, value, cure

    def __str__(self) -> str:
        return f"{self.rule}, not {shorten(self.value)!r}; {self.cure}"


@dataclass(frozen=True)
class _Kind:
    """What the parser needs to know about one kind of quantity."""

    noun: str
    example: str
    units: Mapping[str, Fraction]
    ignored: str = "(?!)"  # expression: what people drop, add or confuse in a unit, lower case
    usual: Sequence[str] = ()  # offered when the unit is missing
    spaced: bool = False  # one space may stand between number and unit

    def meant_by(self, suffix: str) -> list[str]:
        """The units that ``suffix``, which is none, may stand for; one spelling of each."""
        cores = {unit: re.sub(self.ignored, "", unit.lower()) for unit in (*self.units, suffix)}
        alike = [unit for unit in self.units if cores[unit] == cores[suffix]]
        return list({self.units[unit]: unit for unit in reversed(alike)}.values())[::-1]


def _powers(of: int, suffix: str, prefixes: str, base: Fraction = _ONE) -> dict[str, Fraction]:
    """One unit for each of ``prefixes``; ``k`` and ``K`` are the same power."""
    return {p + suffix: base * of ** ("KMGTPE".index(p.upper()) + 1) for p in prefixes}


_DURATION = _Kind(
    noun="a duration",
    example="'25ms', '1.5s' or '1h30m'",
    units={
        "h": Fraction(3600),
        "m": Fraction(60),
        "s": _ONE,
        "ms": Fraction(1, 10**3),
        **dict.fromkeys(("us", "µs", "μs"), Fraction(1, 10**6)),  # micro sign, then Greek letter
        "ns": Fraction(1, 10**9),
    },
    usual=("ms", "s"),
    ignored="(?<=h)(ou)?rs?|(?<=m)in(ute)?s?|illi|(?<=s)ec(ond)?s?",
)
_CPU = _Kind(
    noun="a CPU quantity",
    example="'250m' or '2'",
    units={"": _ONE, "m": Fraction(1, 10**3), "u": Fraction(1, 10**6), "n": Fraction(1, 10**9)},
    ignored="v?cpus?|(illi)?cores?",
)
_MEMORY = _Kind(
    noun="a memory quantity",
    example="'128Mi' or '1Gi'",
    units={"": _ONE, **_powers(1024, "i", "KMGTPE"), **_powers(1000, "", "kMGTPE")},
    ignored="[ib]",
)
_SIZE = _Kind(
    noun="a size",
    example="'512B', '1KiB' or '8KB'",
    units={"B": _ONE, **_powers(1024, "iB", "KMGT"), **_powers(1000, "B", "KkMGT")},
    usual=("B", "KiB", "KB"),
    ignored="[ib]",
    spaced=True,
)
_PERCENTAGE = _Kind(
    noun="a percentage",
    example="'0.1%' or '50%'",
    units={"%": Fraction(1, 100)},
    usual=("%",),
)
_RATE = _Kind(
    noun="a rate",
    example="'12000/s' or '90/min'",
    units={
        **dict.fromkeys(("/s", "req/s", "qps", "rps"), _ONE),
        **dict.fromkeys(("/min", "req/min"), Fraction(1, 60)),
        **dict.fromkeys(("/h", "req/h"), Fraction(1, 3600)),
    },
    usual=("/s", "/min"),
    ignored="/|requests?|req|per|in(ute)?|ec(ond)?|ou|[pr]",
    spaced=True,
)
_BANDWIDTH = _Kind(
    noun="a bandwidth",
    example="'10Gbit/s' or '1GB/s'",
    units={
        **dict.fromkeys(("bit/s", "bps"), _BIT),
        **_powers(1000, "bit/s", "kKMGT", _BIT),
        **_powers(1000, "bps", "kKMGT", _BIT),
        "B/s": _ONE,
        **_powers(1000, "B/s", "KkMGT"),
        **_powers(1024, "iB/s", "KMGT"),
    },
    usual=("Gbit/s", "GB/s"),
    ignored="bits?|b|i|ps|/s",
    spaced=True,
)


def parse_duration(text: str) -> float:
    """Seconds [s] from Go's notation: ``25ms``, ``1.5s``, ``100us``, ``1h30m``.

    Raises UnitError, also for a bare number, a negative one and units not in falling order.
    """
    _check_writing(_DURATION, text, parse_duration)
    parts = _DURATION_PART.findall(text.removeprefix("+"))
    if not parts or "".join(map("".join, parts)) != text.removeprefix("+"):
        if "e" in text.lower():  # an exponent, which Go does not know
            raise _not_a_quantity(_DURATION, text)
        return _parse(_DURATION, text, parse_duration)
    total, previous = Fraction(0), Fraction(10**6)
    for number, suffix in parts:
        if not re.fullmatch(_NUMBER, number):
            raise _not_a_quantity(_DURATION, text)
        unit = _unit(_DURATION, text, number, suffix)
        if unit >= previous:
            rule = "the parts of a duration go from the larger unit to the smaller, each once"
            raise UnitError(rule, text, "write e.g. '1h30m' or '1s500ms'")
        total, previous = total + Fraction(number) * unit, unit
    return _float(_DURATION, text, total)


def parse_cpu(text: str) -> float:
    """Cores from a Kubernetes CPU quantity: ``250m``, ``2``, ``0.5``. Raises UnitError."""
    return _parse(_CPU, text, parse_cpu)


def parse_memory(text: str) -> float:
    """Bytes [B] from a Kubernetes quantity: ``128Mi``, ``1G``, ``1000000``. Raises UnitError."""
    thousandths = re.fullmatch(rf"({_NUMBER})m", text)
    if thousandths:
        rule = "memory is not counted in thousandths of a byte, which 'm' means to Kubernetes"
        raise UnitError(rule, text, _cure(thousandths[1], ["Mi", "M"]))
    return _parse(_MEMORY, text, parse_memory)


def parse_size(text: str) -> float:
    """Bytes [B] of a payload: ``512B``, ``1KiB`` (1024), ``8KB`` (8000). Raises UnitError."""
    return _parse(_SIZE, text, parse_size)


def parse_percentage(text: str) -> float:
    """A fraction of 0 to 1 from ``0.1%`` or ``50%``. Raises UnitError, also beyond 100%."""
    if re.fullmatch(r"0?\.[0-9]{1,17}|1", text):
        cure = f"write '{_digits(float(text), 2)}%', or '{text}%' if so little is meant"
        raise UnitError("a percentage needs its sign", text, cure)
    match = _QUANTITY.fullmatch(text)
    if match and match[3] in ("", "%") and float(match[2]) > 100:
        raise UnitError("a percentage is at most 100%", text, "write '0%' to '100%'")
    return _parse(_PERCENTAGE, text, parse_percentage)


def parse_rate(text: str) -> float:
    """Events per second [1/s] from ``20/s``, ``9 req/s``, ``9rps``, ``5/h``. Raises UnitError."""
    return _parse(_RATE, text, parse_rate)


def parse_bandwidth(text: str) -> float:
    """Bytes per second [B/s] from ``10Gbit/s``, ``1Gbps``, ``1GB/s``. Raises UnitError."""
    return _parse(_BANDWIDTH, text, parse_bandwidth)


def print_duration(seconds: float) -> str:
    """Exact text of a finite time of at least 0 s, such as ``25ms``."""
    return _shortest(seconds, {"s": 0, "ms": 3, "us": 6, "ns": 9})


def print_cpu(cores: float) -> str:
    """Exact text of a finite number of cores of at least 0, such as ``250m``."""
    return _shortest(cores, {"": 0, "m": 3})


def print_memory(bytes_: float) -> str:
    """Exact text of a finite number of bytes of at least 0, such as ``128Mi``."""
    return _shortest_multiple(bytes_, _MEMORY)


def print_size(bytes_: float) -> str:
    """Exact text of a finite payload of at least 0 bytes, such as ``8KB``."""
    return _shortest_multiple(bytes_, _SIZE)


def print_percentage(fraction: float) -> str:
    """Exact text of a fraction of 0 to 1, such as ``0.1%``."""
    assert fraction <= 1, fraction
    return _shortest(fraction, {"%": 2})


def print_rate(per_second: float) -> str:
    """Exact text of a finite rate of at least 0 1/s, such as ``200/s``."""
    return _shortest(per_second, {"/s": 0})


def print_bandwidth(bytes_per_second: float) -> str:
    """Exact text of a finite bandwidth of at least 0 B/s, such as ``10Gbit/s``."""
    exponents = {"Gbit/s": -9, "Mbit/s": -6, "kbit/s": -3, "bit/s": 0}
    return _shortest(bytes_per_second, exponents, times=8)


def show_duration(seconds: float, digits: int = 3, *, signed: bool = False) -> str:
    """Rounded to ``digits`` significant digits: ``12.3 ms``, ``850 µs``, ``2.10 s``, ``—``."""
    scales = {" h": 3600.0, " min": 60.0, " s": 1.0, " ms": 1e-3, " µs": 1e-6, " ns": 1e-9}
    return _show(seconds, scales, digits, signed=signed, zero="0 s")


def show_cpu(cores: float, digits: int = 3, *, signed: bool = False) -> str:
    """Rounded, as Kubernetes writes it: ``243m`` below one core, ``2.43`` from there."""
    return _show(cores, {"": 1.0, "m": 1e-3}, digits, signed=signed, zero="0")


def show_memory(bytes_: float, digits: int = 3, *, signed: bool = False) -> str:
    """Rounded, in powers of 1024: ``512 MiB``, ``1.50 GiB``."""
    scales = {f" {prefix}iB": 1024.0 ** ("KMGTPE".index(prefix) + 1) for prefix in "EPTGMK"}
    return _show(bytes_, {**scales, " B": 1.0}, digits, signed=signed, zero="0 B")


def show_percentage(fraction: float, digits: int = 3, *, signed: bool = False) -> str:
    """Rounded: ``12.3%``; what lies just below 100% keeps the digits that tell it from 100%."""
    return _show(fraction, {"%": 0.01}, digits, signed=signed, zero="0%")


def show_rate(per_second: float, digits: int = 3, *, signed: bool = False) -> str:
    """Rounded events per second: ``200/s``, ``12.5/s``, ``1,250/s``."""
    return _show(per_second, {"/s": 1.0}, digits, signed=signed, zero="0/s")


def show_money(dollars: float, *, signed: bool = False) -> str:
    """To the cent, ``$1,234.50``; from a millionth to a cent two digits, ``$0.0031``."""
    if not math.isfinite(dollars):
        return _show(dollars, {"": 1.0}, 3, signed=signed, zero="")
    size = abs(dollars)
    if size < 1e-6:
        return "$0.00"
    decimals = _decimals(size, 2) if size < 0.01 else 2
    return f"{_sign(dollars, signed=signed)}${size:,.{decimals}f}"


def _parse(kind: _Kind, text: str, parse: Callable[[str], float]) -> float:
    """The value of one number with one unit; ``parse`` is the public parser of that kind."""
    _check_writing(kind, text, parse)
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise _not_a_quantity(kind, text)
    sign, number, suffix = match.groups()
    if sign == "-":
        raise UnitError(f"{kind.noun} is zero or more", text, f"write e.g. {kind.example}")
    return _float(kind, text, Fraction(number) * _unit(kind, text, number, suffix))


def _check_writing(kind: _Kind, text: str, parse: Callable[[str], float]) -> None:
    """Refuses what is too long for a number and, unless ``kind`` allows the space, spaces."""
    if len(text) > _TEXT_LENGTH_MAX:
        raise _not_a_quantity(kind, text)
    compact = "".join(text.split())
    if compact == text or (kind.spaced and re.fullmatch(r"\S*[0-9.] [^\s0-9]\S*", text)):
        return
    parse(compact)
    raise UnitError(f"{kind.noun} is written without spaces", text, f"write '{compact}'")


def _unit(kind: _Kind, text: str, number: str, suffix: str) -> Fraction:
    if suffix in kind.units:
        return kind.units[suffix]
    if not suffix:
        raise UnitError(f"{kind.noun} needs a unit", text, _cure(number, kind.usual))
    meant = kind.meant_by(suffix)
    if not meant:
        raise _not_a_quantity(kind, text)
    rule = f"{kind.noun} has no unit {shorten(suffix)!r}"
    raise UnitError(rule, text, _cure(number, meant))


def _cure(number: str, units: Sequence[str]) -> str:
    """``write '128Mi' (1024-based) or '128M' (1000-based)``, or what else there is to choose."""
    based = any(unit.endswith(("i", "iB")) for unit in units)
    notes = {unit: " (1024-based)" if "i" in unit else " (1000-based)" for unit in units if based}
    notes["B"] = ""
    choices = [f"'{shorten(number)}{unit}'{notes.get(unit, '')}" for unit in units]
    return f"write {' or '.join(choices)}"


def _not_a_quantity(kind: _Kind, text: str) -> UnitError:
    return UnitError(f"this should be {kind.noun}", text, f"write e.g. {kind.example}")


def _float(kind: _Kind, text: str, value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        raise UnitError(f"{kind.noun} is less than 1e308", text, "write a smaller one") from None


def _digits(value: float, exponent: int = 0, times: int = 1) -> str:
    """Exactly ``value`` * ``times`` * 10 ** ``exponent``, without superfluous zeros."""
    assert 0 <= value < math.inf, value
    text = f"{(abs(Decimal(repr(float(value)))) * times).scaleb(exponent):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shortest(value: float, exponents: Mapping[str, int], times: int = 1) -> str:
    """The shortest exact text of ``value`` * ``times`` in one of the units 10 ** -exponent."""
    texts = [_digits(value, exponent, times) + unit for unit, exponent in exponents.items()]
    return min(texts, key=lambda text: (len(text), "." in text))


def _shortest_multiple(value: float, kind: _Kind) -> str:
    """The shortest exact text as a whole number of some unit, in the base unit if there is none."""
    texts = [_digits(value) + next(iter(kind.units))]
    for unit, scale in kind.units.items():
        times = Fraction(float(value)) / scale
        if times.denominator == 1:
            texts.append(f"{times.numerator}{unit}")
    return min(texts, key=len)


def _show(value: float, scales: Mapping[str, float], digits: int, signed: bool, zero: str) -> str:
    """``value`` in the largest unit in which it does not round to less than one.

    ``scales`` maps what follows the number to the size of the unit, the largest first.
    """
    assert digits >= 1, digits
    if math.isnan(value):
        return NOT_A_NUMBER
    if math.isinf(value):
        return _sign(value, signed=signed) + "∞"
    size = abs(value)
    large = [u for u, scale in scales.items() if float(f"{size / scale:.{digits - 1}e}") >= 1]
    unit = large[0] if large else list(scales)[-1]
    number = _rounded(size / scales[unit], unit, digits)
    if not number.strip("0."):
        return zero
    return _sign(value, signed=signed) + number + unit


def _rounded(number: float, unit: str, digits: int) -> str:
    if unit == " B" and number == int(number):
        return str(int(number))
    decimals = _decimals(number, digits)
    if unit == "%" and round(number, decimals) >= 100 > round(number, _SHOWN_DECIMALS_MAX):
        decimals = next(d for d in itertools.count(decimals) if round(number, d) < 100)
    return f"{number:,.{decimals}f}"


def _decimals(number: float, digits: int) -> int:
    """Decimals that show ``digits`` significant digits of ``number``, within reason."""
    exponent = int(f"{number:.{digits - 1}e}".split("e")[1])
    return min(max(0, digits - 1 - exponent), _SHOWN_DECIMALS_MAX)


def _sign(value: float, *, signed: bool) -> str:
    if value < 0:
        return "-"
    return "+" if signed and value > 0 else ""

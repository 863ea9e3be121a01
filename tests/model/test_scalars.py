"""Plain words are read as YAML 1.2 reads them, or refused where YAML 1.1 reads something else.

Method: tables of literals from both specifications, and one comparison with the YAML 1.1 resolver
of PyYAML: a word that it reads differently must be a trap here, or text, or a float.
"""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshsim.model.scalars import Trap, read_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nUll", "nUll"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("0", 0),
        ("-0", 0),
        ("+7", 7),
        ("-12", -12),
        ("9" * 18, 10**18 - 1),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("007.5", 7.5),
        ("-1.5E-3", -0.0015),
        ("1e3", 1000.0),
        ("0e0", 0.0),
        (".inf", math.inf),
        ("+.Inf", math.inf),
        ("-.INF", -math.inf),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01 10:00:00", "2024-01-01 10:00:00"),
        ("10.0.0.1", "10.0.0.1"),
        ("25ms", "25ms"),
        ("8080:80", "8080:80"),
        ("0x", "0x"),
        ("0o8", "0o8"),
        (".", "."),
        ("-", "-"),
        ("1e", "1e"),
        ("=", "="),
        ("nan", "nan"),
        ("_1", "_1"),
        ("norway", "norway"),
        ("１２", "１２"),
    ],
)
def test_words_with_one_meaning(text: str, value: object) -> None:
    result = read_plain(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_read_and_left_to_the_schema(text: str) -> None:
    result = read_plain(text)
    assert isinstance(result, float)
    assert math.isnan(result)


@pytest.mark.parametrize("text", ["-0.0", "-.0", "-0e5"])
def test_negative_zero_loses_its_sign(text: str) -> None:
    assert math.copysign(1, read_plain(text)) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "rule", "cure"),
    [
        ("yes", "true, false or a text", 'write true, or "yes" if'),
        ("NO", "true, false or a text", 'write false, or "NO" if'),
        ("On", "true, false or a text", 'write true, or "On" if'),
        ("off", "true, false or a text", 'write false, or "off" if'),
        ("010", "begin with a zero", 'write 10, or "010" if'),
        ("-00", "begin with a zero", 'write 0, or "-00" if'),
        ("08", "begin with a zero", 'write 8, or "08" if'),
        ("0o10", "decimal", 'write 8, or "0o10" if'),
        ("0x1F", "decimal", 'write 31, or "0x1F" if'),
        ("-0b1_1", "decimal", 'write -3, or "-0b1_1" if'),
        ("0x_", "decimal", "write it in decimal"),
        ("0x" + "f" * 5000, "decimal", "write it in decimal"),
        ("1_000", "without underscores", 'write 1000, or "1_000" if'),
        ("1_0.5e3", "without underscores", "write 10.5e3"),
        ("1:30", "colon", 'write 1m30s for a duration, or "1:30" if'),
        ("2:00:05", "colon", "write 2h0m5s for a duration"),
        ("1:2:3:4", "colon", "write e.g. 1m30s for a duration"),
        ("-1:30.5", "colon", "write e.g. 1m30s for a duration"),
        ("1" + "0" * 18, "18 digits", "write a smaller number"),
        ("9" * 5000, "18 digits", "write a smaller number"),
        ("1e400", "1e308", 'write a number that exists, or "1e400" if'),
        ("-1e-400", "1e308", "write a number that exists"),
    ],
)
def test_words_with_several_meanings_are_traps(text: str, rule: str, cure: str) -> None:
    trap = read_plain(text)
    assert isinstance(trap, Trap)
    assert rule in trap.rule
    assert cure in trap.cure
    assert len(trap.cure) < 160


@given(st.text(alphabet="0123456789+-._:eExobynYNasfulr~", max_size=8))
def test_no_word_is_silently_read_in_another_way_than_yaml_1_1_reads_it(text: str) -> None:
    loader = yaml.SafeLoader("")
    old_tag = loader.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]
    value = read_plain(text)
    if isinstance(value, Trap):
        return
    if old_tag == "int":
        node = yaml.ScalarNode("tag:yaml.org,2002:int", text)
        assert value == loader.construct_yaml_int(node)
    elif old_tag == "bool":
        assert value is loader.construct_yaml_bool(yaml.ScalarNode("", text))
    elif old_tag == "null":
        assert value is None
    elif old_tag == "str":
        assert isinstance(value, str | float)
    elif old_tag == "float":
        node = yaml.ScalarNode("tag:yaml.org,2002:float", text)
        old = loader.construct_yaml_float(node)
        assert value == old or (math.isnan(value) and math.isnan(old))  # type: ignore[arg-type]
    else:
        assert old_tag in {"timestamp", "merge", "value"}
        assert value == text

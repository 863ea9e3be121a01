"""Goal: what a tornado is about is read from words, and wrong words are told with a cure.

Method: literal words.
"""

import pytest

from meshsim.errors import InputError
from meshsim.studies.answers import Key
from meshsim.studies.result import ALL
from meshsim.studies.subject import subject_of


@pytest.mark.parametrize(
    ("text", "key", "quantity"),
    [
        ("p99", Key("all", ALL, 0.99), "latency"),
        ("mean", Key("all", ALL, None), "latency"),
        ("p99.9:a/get", Key("entry", "a/get", 0.999), "latency"),
        ("cpu", Key("cpu", ""), "cpu"),
        ("memory", Key("memory", ""), "memory"),
        ("cost", None, "cost"),
    ],
)
def test_words_name_a_number(text, key, quantity):
    subject = subject_of(text, ["a/get"])
    assert (subject.key, subject.quantity, subject.text) == (key, quantity, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("latency", "cpu, memory or cost"),
        ("p100", "mean or a quantile"),
        ("p99:b/get", "known: a/get"),
        ("p99-difference", "--baseline none"),
    ],
)
def test_wrong_words_are_told_with_a_cure(text, words):
    with pytest.raises(InputError, match=words):
        subject_of(text, ["a/get"])

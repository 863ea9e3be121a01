"""Goal: answers are kept for as long as there is room, and the time left is told.

Method: a shelf of two places; literal times. What a session does with them is tested where pages
are run.
"""

import pytest

from meshsim.app import session
from meshsim.app.session import Shelf, progress_text, text_before
from meshsim.solvers import kernel


def test_what_was_put_is_found():
    shelf = Shelf(2)
    shelf.put("a", 1)
    assert (shelf.get("a"), shelf.get("b")) == (1, None)


def test_what_was_unused_for_longest_goes():
    shelf = Shelf(2)
    shelf.put("a", 1)
    shelf.put("b", 2)
    shelf.get("a")
    shelf.put("c", 3)
    assert [shelf.get(key) for key in "abc"] == [1, None, 3]


def test_putting_again_replaces():
    shelf = Shelf(2)
    shelf.put("a", 1)
    shelf.put("a", 2)
    shelf.put("b", 3)
    assert [shelf.get(key) for key in "ab"] == [2, 3]


@pytest.mark.parametrize(
    ("done", "total", "remaining_s", "text"),
    [
        (0, 15, None, "0 of 15 runs"),
        (5, 15, 20.0, "5 of 15 runs, about 20 s left"),
        (1, 30, 203.0, "1 of 30 runs, about 3 min left"),
        (15, 15, 0.0, "15 of 15 runs, about 1 s left"),
    ],
)
def test_the_time_left_is_told_once_it_is_known(done, total, remaining_s, text):
    assert progress_text(done, total, remaining_s) == text


def test_what_stands_beside_the_bar_before_anything_is_finished(monkeypatch):
    monkeypatch.setattr(kernel, "is_compiled", lambda: True)
    assert text_before("Simulating") == "Simulating …"
    monkeypatch.setattr(kernel, "is_compiled", lambda: False)
    assert text_before("Simulating") == "Simulating: compiling once for this machine, about 20 s …"
    monkeypatch.setattr(session, "available_solver", lambda: "simpy")
    assert text_before("Simulating") == "Simulating …"

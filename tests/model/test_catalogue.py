"""Catalogue: shipped files by name from a checkout and from an installed package, and paths."""

from pathlib import Path

import pytest

from meshsim.errors import InputError
from meshsim.model import catalogue


def test_a_checkout_has_the_files_beside_the_package():
    root = Path(catalogue.__file__).resolve().parents[2]
    assert catalogue.shelf("models") == root / "models"
    assert catalogue.shelf("topologies") == root / "topologies"


def test_a_wheel_has_them_inside(tmp_path, monkeypatch):
    shipped = tmp_path / "meshsim" / "shipped" / "models"
    shipped.mkdir(parents=True)
    (shipped / "mine.yaml").touch()
    (shipped / "README.md").touch()
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "meshsim" / "model" / "x.py"))
    assert catalogue.shelf("models") == shipped
    assert catalogue.names("models") == ["mine"]
    assert catalogue.find("models", "mine") == shipped / "mine.yaml"


def test_names_are_sorted_and_have_their_files():
    names = catalogue.names("topologies")
    assert {"bookinfo", "chain-3"} <= set(names)
    assert names == sorted(names)
    assert all(catalogue.find("topologies", name).is_file() for name in names)


@pytest.mark.parametrize("path", ["./shop.yaml", "shop.yaml", "shop.yml", "a/b", "/dev/stdin"])
def test_what_looks_like_a_path_is_one(path):
    assert catalogue.find("topologies", path) == Path(path)


def test_a_file_of_that_name_is_meant_and_a_folder_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").mkdir()
    assert catalogue.find("models", "none") == catalogue.shelf("models") / "none.yaml"
    (tmp_path / "linkerd").touch()
    assert catalogue.find("models", "linkerd") == Path("linkerd")


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("models", "linkrd", "no mesh of this name, and no such file; did you mean 'linkerd'?"),
        (
            "topologies",
            "chain-4",
            "no topology of this name, and no such file; did you mean 'chain-",
        ),
        ("topologies", "qqq", "; known: "),
    ],
)
def test_names_that_are_not_there(kind, name, message):
    with pytest.raises(InputError) as caught:
        catalogue.find(kind, name)
    assert message in str(caught.value)
    assert str(caught.value).endswith("or give the path of a YAML file")


def test_a_folder_is_left_to_the_reader_who_says_what_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "systems").mkdir()
    assert catalogue.find("topologies", "systems") == Path("systems")

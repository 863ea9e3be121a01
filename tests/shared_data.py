"""Data beside the repository that not every machine has."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parent.parent.parent / "shared"


def shared(path: str) -> Path:
    """The file or folder ``path`` of the folder ``shared`` beside the repository.

    Skips the test where it does not exist.
    """
    found = _FOLDER / path
    if not found.exists():
        pytest.skip(f"needs shared/{path} beside the repository")
    return found

"""Goal: notebooks open and run as they are, and their conclusions hold.

Method: each is run from top to bottom in an empty folder by a real kernel; its own assertions are
the test. Its two forms, ``.py`` and ``.ipynb``, must hold the same cells, without outputs.

MESHSIM_REWRITE_NOTEBOOKS=1 writes each ``.ipynb`` anew from its ``.py``.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from percent import cells, notebook_of, written

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))
REWRITE = os.environ.get("MESHSIM_REWRITE_NOTEBOOKS") == "1"


def run(notebook, folder):
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    return client.execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_both_forms_hold_the_same_cells(path):
    text = path.read_text(encoding="utf-8")
    paired = path.with_suffix(".ipynb")
    if REWRITE:
        paired.write_text(written(notebook_of(text)), encoding="utf-8")
    assert paired.read_text(encoding="utf-8") == written(notebook_of(text))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_has_no_outputs(path):
    notebook = nbformat.read(path.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(notebook)
    assert all(cell.outputs == [] for cell in notebook.cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asserts_its_conclusions(path):
    code = [source for kind, source in cells(path.read_text(encoding="utf-8")) if kind == "code"]
    assert sum(source.count("assert ") for source in code) >= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path):
    done = run(nbformat.read(path.with_suffix(".ipynb"), as_version=4), tmp_path)
    printed = [out for cell in done.cells for out in cell.get("outputs", [])]
    assert not [out for out in printed if out.get("name") == "stderr"]


def test_a_conclusion_that_does_not_hold_is_seen(tmp_path):
    with pytest.raises(CellExecutionError, match="concave"):
        run(notebook_of('# %%\nassert 1 > 2, "the curve is concave"\n'), tmp_path)


def test_cells_are_told_apart():
    text = "# %% [markdown]\n# # Title\n#\n# Words.\n\n# %%\nx = 1\n\n\n# %%\nx\n"
    assert list(cells(text)) == [
        ("markdown", "# Title\n\nWords."),
        ("code", "x = 1"),
        ("code", "x"),
    ]

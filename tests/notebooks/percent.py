"""The two forms of a notebook: ``.py`` with ``# %%`` lines, which people edit, and ``.ipynb``.

A line ``# %%`` begins a cell of code, ``# %% [markdown]`` a cell of text in comments. Blank lines
at the ends of a cell do not count. Ids of cells are their numbers, so that the same cells make the
same file.
"""

import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def cells(text):
    """Kind and source of each cell of a ``.py``."""
    starts = list(re.finditer(r"^# %%(.*)\n", text, re.MULTILINE))
    assert text[: starts[0].start()].strip() == "", "nothing before the first cell"
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends, strict=True):
        source = text[start.end() : end].strip("\n")
        if start[1].strip() == "[markdown]":
            yield "markdown", re.sub(r"^# ?", "", source, flags=re.MULTILINE)
        else:
            yield "code", source


def notebook_of(text):
    """The notebook of a ``.py``, without outputs."""
    make = {"markdown": new_markdown_cell, "code": new_code_cell}
    made = [
        make[kind](source, id=f"cell-{number}") for number, (kind, source) in enumerate(cells(text))
    ]
    return new_notebook(cells=made, metadata={"kernelspec": KERNEL})


def written(notebook):
    """The text of an ``.ipynb``."""
    return nbformat.writes(notebook) + "\n"

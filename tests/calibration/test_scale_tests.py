"""Goal: figures restated are those of docs/sources.md. Method: each is looked up on the page."""

import re
from pathlib import Path

import pytest

from meshsim.calibration import scale_tests

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
SECTION = " ".join(PAGE.split("## Control planes")[1].split("\n## ")[0].split())


@pytest.mark.parametrize("row", [*scale_tests.ISTIOD_MEMORY, *scale_tests.OSM_MEMORY])
def test_every_memory_figure_stands_on_the_page(row):
    sizes = [
        f"{row.memory_bytes / 1e9:.1f} GB",
        f"{row.memory_bytes / 1e6:,.0f} MB",
        f"{row.memory_bytes / 2**20:,.1f} MiB",
        f"{row.memory_bytes / 2**20:,.0f} MiB",
    ]
    assert any(re.search(rf"(?<![\d.,]){re.escape(size)}", SECTION) for size in sizes), row


@pytest.mark.parametrize(
    "figure",
    ["315.7 kB", "116.5 kB", "467.6 kB", "59.2 kB", "54.67 kB", "128 and 129 kB", "4.28 ms"],
)
def test_sizes_and_times_stand_on_the_page(figure):
    assert figure in SECTION


def test_rows_are_possible():
    for row in scale_tests.ISTIOD_MEMORY:
        assert row.memory_bytes > 0
        assert row.seen <= row.services
        assert re.fullmatch(r"[a-z0-9-]+", row.source)

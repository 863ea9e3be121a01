"""Samples of cells and files are shared by the tests of readers, fits and the command."""

import sys
from pathlib import Path

for folder in ("readers", "fitting"):
    sys.path.append(str(Path(__file__).parent / folder))

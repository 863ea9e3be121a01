"""``meshsim app``: the browser application, served on this machine."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from meshsim.errors import InputError, Place, Problem


def app(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8501,
    headless: Annotated[
        bool, typer.Option("--headless", help="Do not open a browser window.")
    ] = False,
) -> None:
    """Open the application in the browser."""
    if importlib.util.find_spec("streamlit") is None:
        rule, cure = "needs the package streamlit", "pip install 'meshsim[app]'"
        raise InputError([Problem(Place("meshsim app"), "", rule, "", cure)])
    page = Path(__file__).resolve().parent.parent / "app" / "main.py"
    command = [sys.executable, "-m", "streamlit", "run", str(page)]
    settings = {
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "browser.gatherUsageStats": "false",
    }
    command += [word for key, value in settings.items() for word in (f"--{key}", value)]
    try:
        raise typer.Exit(subprocess.call(command, env=os.environ))  # noqa: S603 - our own words
    except KeyboardInterrupt:
        raise typer.Exit(0) from None

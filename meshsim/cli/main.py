"""The entry point: hands the words to the subcommands and turns failures into exit codes.

0 all well, 2 the input cannot be used, 99 an objective was broken, 130 interrupted.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated, NoReturn

import typer

from meshsim import __version__
from meshsim.cli import (
    accuracy,
    calibrate,
    check,
    compare,
    controlplane,
    explain,
    import_jaeger,
    run,
    tornado,
)
from meshsim.cli import app as app_command
from meshsim.cli.console import BAD_INPUT, INTERRUPTED, complain, tell
from meshsim.cli.optional_number import WithUncertainty
from meshsim.errors import InputError

application = typer.Typer(
    name="meshsim",
    help="What a service mesh does to latency, CPU, memory and cost, with intervals and sources.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 all well, 2 the input cannot be used, 99 an objective was broken, "
        "130 interrupted."
    ),
)
application.command("check")(check.check)
application.command("run", cls=WithUncertainty)(run.run)
application.command("compare", cls=WithUncertainty)(compare.compare)
application.command("tornado")(tornado.tornado)
application.command("controlplane")(controlplane.controlplane)
imports = typer.Typer(
    help="Turn recordings of a real system into a topology.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
imports.command("jaeger")(import_jaeger.jaeger)
application.add_typer(imports, name="import")
application.command("calibrate")(calibrate.calibrate)
application.command("explain")(explain.explain)
application.command("accuracy")(accuracy.accuracy)
application.command("app")(app_command.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        tell(f"meshsim {__version__}")
        raise typer.Exit


@application.callback()
def _common(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options of meshsim itself."""


def main() -> NoReturn:
    """Run the command line; never shows a traceback for what a user did."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no ✓ shows a ?
    try:
        application()
    except InputError as error:
        complain(str(error))
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(INTERRUPTED)
    raise AssertionError("the application always exits")

"""The command line: parse, call, print. stdout is data, stderr is talk."""

import typer

app = typer.Typer(
    name="workbench",
    help="Read, summarise, translate, score and compare Arabic and English news.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """Read, summarise, translate, score and compare Arabic and English news."""


# Commands register themselves on `app`; they import nothing heavy until they run.
from workbench.cli import articles as articles  # noqa: E402
from workbench.cli import batch as batch  # noqa: E402
from workbench.cli import doctor as doctor  # noqa: E402
from workbench.cli import evaluation as evaluation  # noqa: E402
from workbench.cli import export as export  # noqa: E402
from workbench.cli import models as models  # noqa: E402
from workbench.cli import pulling as pulling  # noqa: E402
from workbench.cli import read as read  # noqa: E402
from workbench.cli import review as review  # noqa: E402
from workbench.cli import training as training  # noqa: E402

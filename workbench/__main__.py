"""The door: runs the command line and turns our errors into one message and an exit code."""

import sys


def main() -> None:
    """Run `workbench`; exit 2 with the problem and its cure where the user must change something."""
    from workbench.cli import app
    from workbench.errors import WorkbenchError

    try:
        app()
    except WorkbenchError as fault:
        print(fault, file=sys.stderr)  # noqa: T201 - stderr is where talk goes
        sys.exit(2)


if __name__ == "__main__":
    main()

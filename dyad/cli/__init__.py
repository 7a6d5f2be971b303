"""The command line. ``dyad --help`` must answer within a second, so commands import what they need when they run."""

import sys


def main() -> None:
    """Run a command; an error a user can act on is one line on standard error and exit code 2."""
    from dyad.cli.app import app
    from dyad.errors import DyadError

    try:
        app()
    except DyadError as error:
        print(f"dyad: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("dyad: stopped", file=sys.stderr)
        sys.exit(130)

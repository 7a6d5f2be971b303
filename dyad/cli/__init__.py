"""The command line. ``dyad --help`` must answer within a second, so commands import what they need when they run."""

import signal
import sys


def main() -> None:
    """Run a command; an error a user can act on is one line on standard error and exit code 2."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # clean up as after Ctrl-C
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

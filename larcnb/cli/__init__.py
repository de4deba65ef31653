"""The command ``larcnb``: thin, quick to start, and never a traceback.

In: the command line. Out: an exit code of docs/batch.md. What a command needs is imported when it runs.
"""

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        from larcnb.cli.output import open_streams

        open_streams()
        from larcnb.cli.app import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)

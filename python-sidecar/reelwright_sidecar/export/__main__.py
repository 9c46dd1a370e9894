"""`python -m reelwright_sidecar.export`: the exporter, spoken to over its standard input and output."""

# The descriptors come first, before anything can print.
from ..descriptors import die_with_parent, take_descriptors

if __name__ == "__main__":
    _read, _write = take_descriptors()

import os
import signal


def main(read: int, write: int) -> None:
    """Answers until the pipe closes; what is being written then is taken away."""
    die_with_parent()
    # Ctrl-C in a terminal reaches the whole group: what it means is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from ..protocol import Connection
    from .serve import Exporter

    Exporter(Connection(read, write, lambda: os._exit(0))).run()


if __name__ == "__main__":
    main(_read, _write)

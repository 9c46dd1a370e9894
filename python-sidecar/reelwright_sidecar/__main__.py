"""`python -m reelwright_sidecar`: the worker, spoken to over its standard input and output."""

# The descriptors come first, before anything can print.
from .descriptors import die_with_parent, take_descriptors

if __name__ == "__main__":
    _read, _write = take_descriptors()

import os
import signal


def main(read: int, write: int) -> None:
    """Runs the worker until its parent goes or tells it to end."""
    parent = os.getppid()
    die_with_parent()
    # Ctrl-C in a terminal reaches the whole group: what it means is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from .allocator import configure

    configure()
    from .protocol import Connection
    from .worker import EXIT_DONE, Worker, end

    Worker(Connection(read, write, lambda: end(EXIT_DONE)), parent).run()


if __name__ == "__main__":
    main(_read, _write)

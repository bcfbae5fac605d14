"""The command line as a process of its own: how it begins and ends quickly."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

YOUNG = 1_000_000
"""New objects between two collections: next to nothing here is cyclic, and looking for it takes time."""


def run() -> NoReturn:
    """Run the command line and end at once: the system takes the memory back quicker than we could."""
    gc.set_threshold(YOUNG)
    from tcpverify.cli.main import main

    try:
        main()
    except SystemExit as end:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(OSError, ValueError):
                    stream.flush()
        os._exit(int(end.code or 0))

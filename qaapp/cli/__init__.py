"""Every job without a window. ``main`` is the ``qaapp`` command; each room's commands are in a module of their own."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    The rest is imported here, so that Ctrl-C while a slow computer is still loading the program is one sentence too.
    """
    try:
        from qaapp.cli import root

        return root.main(argv)
    except KeyboardInterrupt:
        try:
            from qaapp.i18n import _

            print(_("Stopped; what was done is kept."), file=sys.stderr)
        except (KeyboardInterrupt, ImportError):
            pass  # stopped before there was a language to say it in
        return 1

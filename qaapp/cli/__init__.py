"""Every job without a window. ``main`` is the ``qaapp`` command; each room's commands are in a module of their own."""

from qaapp.cli.root import main

__all__ = ["main"]

"""A desk for this screen."""

from __future__ import annotations

from dressed import desk  # noqa: F401

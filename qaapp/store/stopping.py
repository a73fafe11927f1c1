"""Questions that may be stopped: a person typed on, and the answer is not wanted any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session


class Stopped(Exception):
    """``should_stop`` said yes."""


@contextmanager
def stoppable(session: Session, should_stop: Callable[[], bool] | None) -> Iterator[None]:
    """Let SQLite ask every 20 000 steps of its machine whether to go on. PostgreSQL is asked before and after."""
    if should_stop is None:
        yield
        return
    if should_stop():
        raise Stopped
    driver: Any = session.connection().connection.driver_connection
    handler = getattr(driver, "set_progress_handler", None)
    if handler is None:
        yield
        return
    handler(should_stop, 20_000)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error.orig):
            raise Stopped from error
        raise
    finally:
        handler(None, 0)

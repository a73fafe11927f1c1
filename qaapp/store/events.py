"""The append-only log of what people and imports did."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from qaapp import clock
from qaapp.store.schema import Event


def record(
    session: Session, kind: str, *, user_id: int | None = None, subject: str = "", subject_id: int | None = None,
    **details: Any,
) -> None:  # fmt: skip
    """Append one event to the caller's transaction, so that it is kept exactly when the change is."""
    session.add(
        Event(
            at=clock.now(),
            user_id=user_id,
            kind=kind,
            subject=subject,
            subject_id=subject_id,
            details=details,
        )
    )

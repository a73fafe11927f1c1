"""Users, managers, groups, extensions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qaapp.store.schema.base import Base, make_id


class User(Base):
    """Somebody who uses the app and signs what he makes (a reviewer chooses who he is at first start)."""

    __tablename__ = "users"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    role: Mapped[str] = mapped_column(String(20), default="reviewer")
    created_at: Mapped[datetime]
    active: Mapped[bool] = mapped_column(default=True)


class Group(Base):
    __tablename__ = "groups"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Manager(Base):
    """An employee whose calls are scored. ``name_key`` is the casefolded name for matching."""

    __tablename__ = "managers"
    id: Mapped[int] = make_id()
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    group: Mapped[Group | None] = relationship()


class Extension(Base):
    """An inner number and whose it is now; ``number`` is unique, so re-assigning it moves it."""

    __tablename__ = "extensions"
    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    manager_id: Mapped[int] = mapped_column(ForeignKey("managers.id"), index=True)

"""About: the version, where things are, and the licences of everything that ships inside. All of it can be copied."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from html import escape
from importlib import metadata
from importlib.resources import files
from typing import Any

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from qaapp import __version__
from qaapp.i18n import _
from qaapp.ui import theme
from qaapp.ui.dialogs import open_at
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label

# What the application itself uses; their own dependencies are found through the metadata.
PACKAGES = (
    "PySide6", "SQLAlchemy", "alembic", "psycopg", "numpy", "soundfile", "av", "pydub", "XlsxWriter", "openpyxl",
    "python-calamine", "babel", "platformdirs", "tzdata", "tzlocal", "typer", "rich", "httpx", "tenacity", "keyring",
    "PyMySQL", "python-jsonpath",
)  # fmt: skip
BUNDLED = (
    ("Inter", "4.001", "SIL OFL 1.1", "fonts/LICENSE-Inter.txt"),
    ("Lucide", "", "ISC, MIT", "icons/LICENSE-Lucide.txt"),
)
# Where the package's own metadata says nothing usable.
KNOWN = {
    "PySide6": "LGPL-3.0",
    "shiboken6": "LGPL-3.0",
    "PySide6_Essentials": "LGPL-3.0",
    "PySide6_Addons": "LGPL-3.0",
}


def third_parties() -> list[tuple[str, str, str]]:
    """(name, version, licence) of every library that is installed with the application, and of fonts and icons."""
    found: dict[str, tuple[str, str, str]] = {}
    waiting = list(PACKAGES)
    while waiting:
        name = waiting.pop()
        try:
            about = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        proper = about.metadata["Name"]
        if proper.casefold() in found:
            continue
        found[proper.casefold()] = (proper, about.version, licence_of(proper, about.metadata))
        for need in about.requires or []:
            if "extra ==" not in need:
                waiting.append(
                    need.split(";")[0].split("[")[0].split("<")[0].split(">")[0].split("=")[0].strip(" !~")
                )
    bundled = [(name, version, licence) for name, version, licence, _path in BUNDLED]
    return bundled + sorted(found.values(), key=lambda row: row[0].casefold())


def licence_of(name: str, about: Any) -> str:
    """The licence in a few words, from the newest field that is filled."""
    if about.get("License-Expression"):
        return str(about["License-Expression"])
    classifiers = [
        value.rpartition("::")[2].strip()
        for value in about.get_all("Classifier") or []
        if value.startswith("License ::")
    ]
    stated = str(about.get("License") or "").strip()
    if name in KNOWN:
        return KNOWN[name]
    if classifiers:
        return ", ".join(classifiers)
    return stated.splitlines()[0][:60] if stated else _("see the package")


def versions() -> list[tuple[str, str]]:
    """What a developer asks first."""
    return [
        ("qaapp", __version__), ("Python", platform.python_version()), ("Qt", str(qVersion())),
        (_("System"), f"{platform.system()} {platform.release()}"),
    ]  # fmt: skip


class AboutDialog(QDialog):
    """``places`` are (words, path) lines: workspace, log file, settings."""

    def __init__(self, places: Sequence[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("About qaapp"))
        self._places = places
        self.page = QTextBrowser()
        self.page.setProperty("kind", "plain")
        self.page.setOpenExternalLinks(True)
        self.page.setAccessibleName(_("About qaapp"))
        self.page.setHtml(self._html())
        copy = Button(_("Copy"), icon="copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.plain_text()))
        close = Button(_("Close"), key="Esc")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(copy)
        foot.addStretch()
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(10)
        layout.addWidget(Label(f"qaapp {__version__}", "time"))
        layout.addWidget(
            Label(_("Hear your own sales calls, score them against a card, see who needs help."), wrap=True)
        )
        layout.addWidget(self.page, 1)
        layout.addLayout(foot)
        open_at(self, 620, 560)

    def plain_text(self) -> str:
        """Everything of the page as text."""
        lines = [f"{name}: {value}" for name, value in [*versions(), *self._places]]
        lines += ["", _("Licences of third parties")]
        lines += [f"{name} {version}: {licence}" for name, version, licence in third_parties()]
        return "\n".join(lines)

    def _html(self) -> str:
        quiet = theme.tokens().ink_2
        facts = "".join(
            f'<tr><td style="padding:2px 16px 2px 0; color:{quiet}">{escape(name)}</td>'
            f'<td style="padding:2px 0">{escape(value)}</td></tr>'
            for name, value in [*versions(), *self._places]
        )
        rows = "".join(
            f'<tr><td style="padding:2px 16px 2px 0">{escape(name)}</td>'
            f'<td style="padding:2px 16px 2px 0; color:{quiet}">{escape(version)}</td>'
            f'<td style="padding:2px 0; color:{quiet}">{escape(licence)}</td></tr>'
            for name, version, licence in third_parties()
        )
        texts = "".join(
            f"<p><b>{escape(name)}</b></p><pre style='font-size:11px; white-space:pre-wrap'>"
            f"{escape((files('qaapp.resources') / path).read_text(encoding='utf-8'))}</pre>"
            for name, _version, _licence, path in BUNDLED
        )
        return (
            f"<table cellspacing='0'>{facts}</table><p style='font-weight:600'>{_('Licences of third parties')}</p>"
            f"<table cellspacing='0'>{rows}</table>{texts}"
        )

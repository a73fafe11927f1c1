"""All keys on one page: by group, searchable, printable."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from qaapp.i18n import N_, _
from qaapp.ui import fuzzy, theme
from qaapp.ui.dialogs import open_at
from qaapp.ui.keys import ACTIONS, GROUPS, Keyboard, key_text, layout_help, title_of
from qaapp.ui.widgets.buttons import Button
from qaapp.ui.widgets.labels import Label
from qaapp.ui.widgets.search_field import SearchField

MOUSE = (  # on the timeline and beside it: gesture, what it does
    (N_("Click"), N_("Go there; on a mark of the card: play it")),
    (N_("Drag over the lanes"), N_("Select a stretch")),
    (N_("Drag an edge"), N_("Move it; with Alt it does not snap")),
    (N_("Double click on an annotation"), N_("Play it, a region around and around")),
    (N_("Right click on an annotation"), N_("Everything one can do with it")),
    (N_("Right click on the loudspeaker of a side"), N_("Louder or quieter")),
    (N_("Wheel"), N_("Zoom about the pointer")),
    (N_("Shift and the wheel"), N_("Earlier or later")),
    (N_("Alt and the wheel"), N_("Taller or lower waveform")),
)


MEDIA = {
    "MediaPlay": N_("media keys"), "MediaPause": N_("media keys"), "MediaPlayPause": N_("media keys"),
    "MediaStop": N_("media keys"), "MediaPrevious": N_("media key “back”"), "MediaNext": N_("media key “forward”"),
}  # fmt: skip


def shown_keys(combos: Sequence[str]) -> list[str]:
    """The keys of an action for people; media keys in words, each word once."""
    return list(dict.fromkeys(_(MEDIA[combo]) if combo in MEDIA else key_text(combo) for combo in combos))


def keys_html(keyboard: Keyboard, query: str = "", *, ink: str = "", quiet: str = "", line: str = "") -> str:
    """A table per group and what the mouse does, without actions that have no key. ``query`` narrows by words or a key."""
    parts = []
    for group in GROUPS:
        rows = []
        for action in ACTIONS:
            keys = shown_keys(keyboard.keys_of(action.name))
            words = title_of(action)
            if action.group != group or not keys:
                continue
            if query and not fuzzy.score(query, words) and not any(_is_meant(query, key) for key in keys):
                continue
            joined = "&nbsp;&nbsp; ".join(escape(key) for key in keys)
            rows.append(_row(words, joined, quiet))
        parts.append(_table(_(group), rows, quiet))
    mouse = [
        _row(_(words), escape(_(gesture)), quiet)
        for gesture, words in MOUSE
        if not query or fuzzy.score(query, f"{_(words)} {_(gesture)}")
    ]
    parts.append(_table(_("The mouse on the timeline"), mouse, quiet))
    return f'<div style="color:{ink}">{"".join(parts)}</div>'


def _is_meant(query: str, key: str) -> bool:
    """A whole key, one of its parts, or the beginning of either: ``9``, ``alt``, ``ctrl+sh``."""
    query, key = query.casefold().strip(), key.casefold()
    parts = [key, *key.split("+")]
    return query in parts or (len(query) > 1 and any(part.startswith(query) for part in parts))


def _row(words: str, keys: str, quiet: str) -> str:
    return (
        f'<tr><td style="padding:3px 24px 3px 0">{escape(words)}</td>'
        f'<td style="padding:3px 0; color:{quiet}">{keys}</td></tr>'
    )


def _table(title: str, rows: list[str], quiet: str) -> str:
    if not rows:
        return ""
    return (
        f'<p style="font-weight:600; color:{quiet}; margin:14px 0 4px 0">{escape(title)}</p>'
        f'<table width="100%" cellspacing="0">{"".join(rows)}</table>'
    )


class KeysDialog(QDialog):
    """Opened by ``?`` and from the status bar."""

    def __init__(self, keyboard: Keyboard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("All keys"))
        self._keyboard = keyboard
        self.search = SearchField(_("Action or key"), delay_ms=0)
        self.search.textChanged.connect(self._show)
        self.page = QTextBrowser()
        self.page.setProperty("kind", "plain")
        self.page.setAccessibleName(_("All keys"))
        printing = Button(_("Print…"))
        printing.clicked.connect(self._print)
        close = Button(_("Close"), key="Esc")
        close.clicked.connect(self.reject)
        head = QHBoxLayout()
        head.addWidget(Label(_("All keys"), "title"))
        head.addStretch()
        head.addWidget(self.search)
        foot = QHBoxLayout()
        foot.addWidget(Label(layout_help(), "small", "ink_2", wrap=True), 1)
        foot.addWidget(printing)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.page, 1)
        layout.addLayout(foot)
        open_at(self, 640, 620)
        self._show("")
        self.search.setFocus()

    def _show(self, query: str) -> None:
        colors = theme.tokens()
        html = keys_html(self._keyboard, query, ink=colors.ink, quiet=colors.ink_2)
        self.page.setHtml(html if "<tr>" in html else escape(_("There is no such key.")))

    def _print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            document = QTextDocument()
            document.setHtml(keys_html(self._keyboard, ink="black", quiet="black"))
            document.print_(printer)

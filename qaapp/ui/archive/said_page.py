"""What was said in all calls: phrases of their texts found by words, heard one after another, opened at their moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt

from qaapp import i18n
from qaapp.calls import transcript_search as searching
from qaapp.calls.clip_export import ClipWish
from qaapp.calls.transcript_search import Hit, PhraseCursor, WantedPhrases
from qaapp.i18n import N_, _, ngettext
from qaapp.player.player import Player
from qaapp.ui import theme
from qaapp.ui.archive.found_bar import FoundBar, phrase_menus
from qaapp.ui.archive.paged_model import HIT_ROLE, PagedModel
from qaapp.ui.archive.search_page import Found, SearchPage, belongs_to
from qaapp.ui.desk import Desk
from qaapp.ui.waves import WaveCache
from qaapp.ui.widgets.tables import INK_ROLE, AnyIndex, Column

BEFORE_MS, AFTER_MS = 300, 500  # recognisers cut the first and last sounds of words
COLUMNS = (
    Column("call", 136, fixed=True), Column("manager", 140), Column("at", 64), Column("side", 96),
    Column("text", 0, fixed=True), Column("customer", 150, visible=False),
)  # fmt: skip
CALL, MANAGER, AT, SIDE, TEXT, CUSTOMER = range(6)


@dataclass(frozen=True)
class SaidStretch:
    """A phrase as something to be played, with a little air around it."""

    hit: Hit

    @property
    def id(self) -> int:
        return self.hit.phrase_id

    @property
    def call_id(self) -> int:
        return self.hit.call_id

    @property
    def start_ms(self) -> int:
        return max(0, self.hit.start_ms - BEFORE_MS)

    @property
    def end_ms(self) -> int:
        return self.hit.end_ms + AFTER_MS


class SaidModel(PagedModel):
    """Rows are ``Hit``. GUI thread only."""

    heads = (N_("Call"), N_("Manager"), N_("At"), N_("Side"), N_("Phrase"), N_("Number"))
    right = AT

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        hit, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(hit, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (TEXT, MANAGER):
            return self._text(hit, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            told = (self._text(hit, each) for each in (CALL, MANAGER, AT, SIDE, TEXT))
            return ", ".join(part for part in told if part) if column == CALL else self._text(hit, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(column)
        if role == Qt.ItemDataRole.FontRole and column in (CALL, AT):
            return theme.font("body", tabular=True)
        if role == INK_ROLE:
            return "ink_2" if column in (SIDE, CUSTOMER) else None
        return hit if role == HIT_ROLE else None

    def _text(self, hit: Hit, column: int) -> str:
        if column == CALL:
            return i18n.moment(hit.started_at, self.zone)
        if column == CUSTOMER:
            return i18n.mask_phone(hit.customer_number) if self.mask else i18n.phone(hit.customer_number)
        return {
            MANAGER: hit.manager or _("Not assigned"), AT: i18n.duration(hit.start_ms / 1000), TEXT: hit.text,
            SIDE: i18n.word(hit.lane) if hit.lane is not None else hit.speaker or "",
        }[column]  # fmt: skip


class SaidInCalls(SearchPage):
    """A page of the archive. GUI thread only."""

    def __init__(self, desk: Desk, player: Player, waves: WaveCache) -> None:
        self._texts: int | None = None  # calls with a text
        bar = FoundBar(desk, WantedPhrases(), N_("Words that were said"), phrase_menus())
        super().__init__(desk, player, waves, Found("said", searching, COLUMNS), bar, SaidModel())

    def activate(self) -> None:
        with self.desk.database.read() as session:
            self._texts = searching.calls_with_text(session)
        super().activate()

    def retranslate(self) -> None:
        super().retranslate()
        self.table.setAccessibleName(_("Texts of all calls"))

    def stretch_of(self, hit: Hit) -> SaidStretch:
        return SaidStretch(hit)

    def place_of(self, hit: Hit) -> tuple[int, int]:
        return hit.call_id, hit.start_ms

    def cursor_of(self, hit: Hit) -> PhraseCursor:
        return searching.cursor_of(hit)

    def words_of(self, hit: Hit) -> tuple[str, str]:
        return f"«{hit.text}»", belongs_to(hit.manager, hit.started_at, self.desk.rules.zone)

    def wish_of(self, hit: Hit) -> ClipWish:
        stretch = SaidStretch(hit)
        return ClipWish(hit.call_id, stretch.start_ms, stretch.end_ms, "", hit.text, hit.start_ms)

    def counted_text(self, number: int) -> str:
        if not self.bar.wanted.text.strip():
            texts = self._texts or 0
            return ngettext("{n} call has a text", "{n} calls have a text", texts).format(
                n=i18n.group_digits(texts)
            )
        return ngettext("{n} phrase", "{n} phrases", number).format(n=i18n.group_digits(number))

    def tell_nothing(self) -> None:
        if self._texts == 0:
            self.nothing.set_texts(
                _(
                    "No call has a text yet: put a WebVTT, SRT or JSON file beside its recording and import it."
                )
            )
        elif not self.bar.wanted.text.strip():
            self.nothing.set_texts(_("Type words that were said: every call with them is found."))
        else:
            self.nothing.set_texts(_("Nobody said that in any call."), _("Clear all"))

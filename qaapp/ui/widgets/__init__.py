"""Small painted parts that every screen is made of; colours and sizes come from ``ui.theme``."""

from qaapp.ui.widgets.buttons import Button, LoneButton, MenuButton
from qaapp.ui.widgets.check_menu import CheckMenu
from qaapp.ui.widgets.chips import Chip
from qaapp.ui.widgets.empty import EmptyState
from qaapp.ui.widgets.flow import FlowLayout
from qaapp.ui.widgets.labels import Hairline, Label, restyle
from qaapp.ui.widgets.scores import ScoreDelegate
from qaapp.ui.widgets.search_field import SearchField
from qaapp.ui.widgets.segmented import Segmented
from qaapp.ui.widgets.strips import ErrorStrip, UndoStrip
from qaapp.ui.widgets.tables import Column, RowDelegate, TableView
from qaapp.ui.widgets.tristate import UNMARKED, TriState, paint_tristate, tristate_at

__all__ = [
    "UNMARKED", "Button", "CheckMenu", "Chip", "Column", "EmptyState", "ErrorStrip", "FlowLayout", "Hairline",
    "Label", "LoneButton", "MenuButton", "RowDelegate", "ScoreDelegate", "SearchField", "Segmented", "TableView",
    "TriState", "UndoStrip", "paint_tristate", "restyle", "tristate_at",
]  # fmt: skip

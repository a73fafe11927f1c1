"""Dialogs that bring things in: recordings and call logs, and marks from a workbook."""

from __future__ import annotations

from qaapp.ui.imports.dialog import ImportDialog, open_import
from qaapp.ui.imports.marks import MarksDialog, open_marks

__all__ = ["ImportDialog", "MarksDialog", "open_import", "open_marks"]

"""The one style sheet of the application (``resources/window.qss``), filled from the tokens.

No widget carries a style sheet of its own.

Widgets ask for a look by properties: ``kind`` (primary, flat, link, small) of buttons, ``role`` and ``tone`` of labels,
``ground`` (window, sunken, panel) of panes, ``invalid`` of fields.
"""

from __future__ import annotations

import atexit
import re
import tempfile
from importlib.resources import files
from pathlib import Path

from qaapp.ui import theme
from qaapp.ui.theme import Tokens

ICONS = {  # name in the sheet: (icon, size, token)
    "icon_check": ("check", 12, "on_accent"),
    "icon_tick": ("check", 12, "ink"),
    "icon_down": ("chevron-down", 12, "ink_2"),
    "icon_up": ("chevron-up", 12, "ink_2"),
    "icon_sort_up": ("arrow-up", 12, "ink"),
    "icon_sort_down": ("arrow-down", 12, "ink"),
}
_folder: tempfile.TemporaryDirectory[str] | None = None


def sheet(colors: Tokens) -> str:
    """The style sheet of ``colors`` at the current text scale."""
    source = (files("qaapp.resources") / "window.qss").read_text(encoding="utf-8")
    text = re.sub(r"(\d+)px", _scaled, source)
    paths = _icon_files(colors)
    return re.sub(r"@(\w+)", lambda found: paths.get(found[1]) or str(getattr(colors, found[1])), text)


def _scaled(found: re.Match[str]) -> str:
    length = int(found[1])
    return f"{length if length <= 3 else theme.px(length)}px"


def _icon_files(colors: Tokens) -> dict[str, str]:
    """A style sheet takes pictures from files only: a handful are written into a folder that lives with the process."""
    global _folder
    from qaapp.ui import icons

    if _folder is None:
        _folder = tempfile.TemporaryDirectory(prefix="qaapp-style-")
        atexit.register(_folder.cleanup)  # left to itself it complains at the end
    found = {}
    for key, (name, size, token) in ICONS.items():
        path = Path(_folder.name) / f"{key}-{getattr(colors, token).lstrip('#')}-{theme.text_scale()}.png"
        if not path.exists():
            icons.pixmap(name, size, token, 1.0).save(str(path))
            icons.pixmap(name, size, token, 2.0).save(str(path.with_name(path.stem + "@2x.png")))
        found[key] = path.as_posix()
    return found

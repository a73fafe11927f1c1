"""The editor of technological cards."""

from qaapp.ui.scorecards.screen import ScorecardsScreen

__all__ = ["ScorecardsScreen"]

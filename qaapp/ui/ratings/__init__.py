"""Who is red, since when, at which checkpoint, and is it enough calls to say so."""

from qaapp.ui.ratings.screen import RatingsScreen

__all__ = ["RatingsScreen"]

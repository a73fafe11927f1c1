"""The Review screen: the queue, one call as sound, and the card that is filled while listening."""

from qaapp.ui.review.screen import ReviewScreen

__all__ = ["ReviewScreen"]

"""qaapp: listen to sales calls, score them against a card, rate managers, keep the best and the worst."""

__version__ = "0.1.0"

"""Real recordings and logs, read from a folder beside the checkout; a test that needs one skips where there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(
    os.environ.get("QAAPP_REAL_SAMPLES") or Path(__file__).resolve().parents[2] / "shared" / "samples"
)


def real(name: str) -> Path:
    """The path of a real sample, or a skip that says what is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"real sample {name} is not here (set QAAPP_REAL_SAMPLES to the folder of samples)")
    return path

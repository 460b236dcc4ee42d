"""Where Prudent keeps its own files, never inside a reviewed repository."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """Return the folder of what must not be lost: PRUDENT_DATA, or the user's data folder."""
    return _folder("PRUDENT_DATA", "user_data_dir")


def cache_folder() -> Path:
    """Return the folder of what can be made again: PRUDENT_CACHE, or the user's cache folder."""
    return _folder("PRUDENT_CACHE", "user_cache_dir")


def _folder(variable: str, kind: str) -> Path:
    if chosen := os.environ.get(variable):
        return Path(chosen).expanduser()
    import platformdirs  # lazily: most runs in CI name their folders

    return Path(getattr(platformdirs, kind)("prudent", appauthor=False))

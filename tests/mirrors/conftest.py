from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.mirrors import Mirrors
from tests.mirrors.projects import Project
from tests.mirrors.served import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "served") as made:
        yield made


@pytest.fixture
def project(served: Served, tmp_path: Path) -> Project:
    return Project(served, tmp_path / "work")


@pytest.fixture
def mirrors(served: Served, tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path / "mirrors", git_url=served.url, limit_gb=1.0)

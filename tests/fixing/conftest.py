"""What the tests of fixing share with those of models."""

from __future__ import annotations

from tests.models.weights import smollm2_path

__all__ = ["smollm2_path"]

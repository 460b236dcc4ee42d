"""What the tests of the inference check share."""

from __future__ import annotations

from tests.models.weights import smollm2_path

__all__ = ["smollm2_path"]

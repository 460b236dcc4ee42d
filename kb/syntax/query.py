"""Queries over syntax trees, and cursors through them, for those who read facts: the names alone."""

from __future__ import annotations

from tree_sitter import Query, QueryCursor, TreeCursor

__all__ = ["Query", "QueryCursor", "TreeCursor"]

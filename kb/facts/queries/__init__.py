"""Queries for facts: one file per language, read by `kb.facts.queried`."""

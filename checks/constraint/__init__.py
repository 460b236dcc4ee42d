"""Checks of what the repository implies or declares, proven by paths through its graph."""

"""Patches written to a working tree: found, shown, applied all or none, and taken back."""

"""The past: every verdict that was given, and what became of each finding."""

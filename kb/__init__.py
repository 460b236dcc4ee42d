"""Facts about code (git, diff, syntax) and about the past (outcomes)."""

"""The checks that stand on the past: what was decided, mended, taken back and broken before."""

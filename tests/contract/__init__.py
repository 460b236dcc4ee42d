"""The gate to GitHub's own contract: what it catches, and that the official examples pass."""

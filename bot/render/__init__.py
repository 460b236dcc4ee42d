"""A verdict in the forms people and programs read: pure functions from `Verdict` to text."""

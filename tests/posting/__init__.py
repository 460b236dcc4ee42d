"""What is posted: where, what, and what is left to do."""

"""What is wrong with a change, and how sure we are."""

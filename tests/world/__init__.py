"""A fake GitHub on real bare git repositories that keeps GitHub's own rules; see README.md for how to write a story."""

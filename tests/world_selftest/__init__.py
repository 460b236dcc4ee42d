"""Tests of the fake GitHub itself: what it allows and refuses is what GitHub does."""

"""Slash commands: text to a command (`parse`), and a command's answer (`answers`). Nothing here speaks to GitHub."""

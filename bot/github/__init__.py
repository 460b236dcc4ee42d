"""Speaks to GitHub. Only `bot.github.client` imports githubkit; everything that leaves is values of `bot.github.model`."""

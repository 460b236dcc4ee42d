"""Speaks to GitHub. Only `bot.github.client` imports githubkit; what leaves is values of `bot.github.model`."""

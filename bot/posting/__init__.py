"""From a verdict to what is changed on a pull request: `wanted_of` and `plan` decide, `bot.workflow` does."""

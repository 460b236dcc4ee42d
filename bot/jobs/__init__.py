"""Durable jobs. Only this folder imports dbos; `bot.jobs.port` says what the rest of the App knows of it."""

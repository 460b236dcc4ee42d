"""The check that runs rules which people's own comments have proposed, and what our models got wrong."""

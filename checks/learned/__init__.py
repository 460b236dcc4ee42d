"""The check that runs rules which people's own comments have proposed."""

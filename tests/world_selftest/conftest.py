"""The fake, as its own tests use it."""

pytest_plugins = ["tests.world.fixtures"]

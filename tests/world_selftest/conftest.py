"""The fake, as its own tests use it."""

from tests.world.fixtures import world  # noqa: F401  (pytest takes `pytest_plugins` in the outermost conftest only)

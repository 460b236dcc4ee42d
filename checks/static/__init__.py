"""Checks that need nothing but the code: adapters around engines, and our own."""

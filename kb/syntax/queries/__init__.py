"""One query file per language: what counts as a definition there. Read by `kb.syntax.symbols`."""

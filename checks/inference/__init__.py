"""The checks that a model reads for: typed claims, each grounded in code before it may be said."""

"""Text under constraint: edits and the part of a proof that needs only bytes and syntax trees."""

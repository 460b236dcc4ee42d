"""Files as syntax: languages, trees, definitions, comments. The one place that knows tree-sitter."""

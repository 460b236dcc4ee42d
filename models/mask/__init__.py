"""Where a file is opened up: holes cut on the boundaries of its syntax tree."""

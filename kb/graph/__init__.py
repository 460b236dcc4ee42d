"""What a tree of files says together: who calls, imports and inherits what."""

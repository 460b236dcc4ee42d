"""What one file says: definitions, references, imports and scopes, read off its syntax tree."""

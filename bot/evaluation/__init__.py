"""How well the local model does, measured so that anybody can repeat it: `prudent eval`."""

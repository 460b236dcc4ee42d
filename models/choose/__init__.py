"""The few things that can stand in a small hole, listed: what a model then only has to choose from."""

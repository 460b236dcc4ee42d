"""Providers of models on this machine: a server that speaks their wire formats, and breaks them where it is told to."""

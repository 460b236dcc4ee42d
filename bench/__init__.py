"""Benchmarks and evaluations: figures that the docs quote are printed by these scripts."""

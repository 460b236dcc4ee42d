"""What a model is shown of a change: chosen by the graph, counted in tokens, compressed without loss of place."""

"""Fits of the cost of a proxy to measured cells, with errors that carry the model's own."""

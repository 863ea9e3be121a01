"""Readers of measurements: our CSV layouts, load generators, Prometheus; all give cells."""

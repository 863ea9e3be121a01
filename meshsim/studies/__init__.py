"""Run, compare, sweep: what a user asks of one or many scenarios."""

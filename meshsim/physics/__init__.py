"""What things cost: a passage, an idle worker, memory, shared cores."""

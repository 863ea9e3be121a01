"""The vocabulary of descriptions: topology, load, mesh, scenario; validation with a cure."""

"""Engines that run a program, and the keyed random numbers that they share."""

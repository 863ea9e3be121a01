"""Pods, nodes, requests and money, from what a run used and a description asks for."""

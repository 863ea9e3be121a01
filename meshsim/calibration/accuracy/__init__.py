"""Stating the error: measured figures rebuilt as scenarios, simulated and compared.

``cells``       a measured figure and its circumstances
``published``   reads files of published figures
``our_files``   reads files of our own measurements of an Envoy
``recognised``  tells which of these a file is
``wording``     what the words of a figure say about load generator, features and size
``rebuilding``  from a figure to a scenario, or to the reason why not
``bench``       the scenario: client, server, load, mesh, as values of the model
``machine``     the machine a figure was measured on: its factor, its latency without a mesh
``simulating``  what a scenario takes and how long, for a machine
``judging``     all figures of all sources: predicted, compared, summed up
``intervals``   how far a prediction may be off, learned from the other sources
``checks``      two comparisons that everybody can repeat
"""

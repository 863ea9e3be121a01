"""From a scenario to a flat program: names to indices, defaults filled in, data path expanded."""

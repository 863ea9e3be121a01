"""Measuring a real Envoy on this machine: what it spends per request, connection and object.

The reference proxy and the proxies under test live next to each other and take turns in slices of
a quarter of a second, because the speed of a shared machine moves by tens of percent from second to
second while the ratio of neighbours does not. Nothing is written but what the user asked for:
configuration reaches Envoy through memory, and all processes die with the one that started them.
"""

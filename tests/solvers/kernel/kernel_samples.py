"""Worlds for tests of the kernel's parts, of the copy that is not compiled."""

import builders
import uncompiled

K = uncompiled.kernel()
NONE = K.records.NONE


def world(described=None, under=None, *, measured=10, log_tries=True):
    """A world at time zero: of one service without steps, unless told otherwise."""
    described = described or builders.topology(builders.listed(builders.service("a")))
    program = builders.program(described, under)
    return K.build.build(program, 1, measured, log_tries, None)


def line(first, following):
    """The numbers of a line that begins with ``first`` and is linked through ``following``."""
    numbers = []
    while first != NONE:
        numbers.append(int(first))
        assert len(numbers) <= len(following), "a line without an end"
        first = following[first]
    return numbers

"""A table from whole numbers to whole numbers: open addressing, linear probing, never emptied.

Looked up by who asks and what for are pools of connections, the active requests of a balancer at
its hosts, and the turns of round robin. A key carries its kind in the low bits.
"""

from __future__ import annotations

import numpy as np

from meshsim.solvers.kernel.jit import compiled, inlined
from meshsim.solvers.kernel.keyed import mix
from meshsim.solvers.kernel.records import NONE
from meshsim.solvers.kernel.world import World

POOLS, ACTIVE, TURNS = range(3)


@inlined
def find(w: World, key: int) -> int:
    """The slot of a key, or the empty one where it belongs."""
    mask = len(w.table_keys) - 1
    slot = np.int64(mix(key, 0) & np.uint64(mask))
    while w.table_keys[slot] != key and w.table_keys[slot] != NONE:
        slot = (slot + 1) & mask
    return slot  # type: ignore[return-value]


@compiled
def enter(w: World, slot: int, key: int, value: int) -> None:
    """Fill an empty slot."""
    w.table_keys[slot] = key
    w.table_values[slot] = value
    w.clock[0].keys += 1


@compiled
def enter_all(w: World) -> None:
    """Fill the table from the smaller one that it replaces."""
    for index in range(len(w.old_keys)):
        if w.old_keys[index] != NONE:
            slot = find(w, w.old_keys[index])
            w.table_keys[slot] = w.old_keys[index]
            w.table_values[slot] = w.old_values[index]

"""Goal: the table is a dictionary. Method: random keys are entered and found in both, while the
table grows.
"""

import kernel_samples
from hypothesis import given
from hypothesis import strategies as st
from kernel_samples import NONE, K

table = K.table

KEYS = st.one_of(st.integers(0, 50), st.integers(0, 2**40))


@given(st.lists(st.tuples(KEYS, st.integers(0, 2**31)), max_size=120), st.integers(0, 3))
def test_a_table_is_a_dictionary(pairs, grow_after):
    world, expected = kernel_samples.world(), {}
    for number, (key, value) in enumerate(pairs):
        slot = table.find(world, key)
        if key in expected:
            assert world.table_keys[slot] == key
        else:
            assert world.table_keys[slot] == NONE
            table.enter(world, slot, key, value)
            expected[key] = value
        if number % 40 == grow_after:
            world = K.growth.more_connections(world)
        assert world.clock[0].keys == len(expected)
    for key, value in expected.items():
        slot = table.find(world, key)
        assert (world.table_keys[slot], world.table_values[slot]) == (key, value)


def test_keys_that_meet_in_one_slot_are_told_apart():
    world = kernel_samples.world()
    first = table.find(world, 0)
    same = [key for key in range(1, 20_000) if table.find(world, key) == first][:3]
    assert len(same) == 3
    for value, key in enumerate([0, *same]):
        table.enter(world, table.find(world, key), key, value)
    found = [int(world.table_values[table.find(world, key)]) for key in [0, *same]]
    assert found == [0, 1, 2, 3]

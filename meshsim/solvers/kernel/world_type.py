"""How numba sees a world: as one pointer to a table of the addresses and shapes of its arrays.

A tuple of fifty arrays would be copied into each call and slow compilation down tenfold; a pointer
is passed in a register, so functions may stay small and need not be melted into one. Attributes of
the pointer are arrays that own nothing: the Python object keeps them alive while the loop runs.

Uses numba's low-level extension interface (numba documentation, "Extending Numba").
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from meshsim.solvers.kernel.records import FIELDS, World

_PLACES = {name: place for place, (name, _, _) in enumerate(FIELDS)}
_WORDS = 3
"""Of each array in the table: address, length, length of a row."""


class WorldType(types.Type):  # type: ignore[misc]
    """The numba type of :class:`~meshsim.solvers.kernel.records.World`."""

    def __init__(self) -> None:
        super().__init__(name="MeshsimWorld")


_WORLD_TYPE = WorldType()
_ARRAYS = {name: types.Array(from_dtype(kind), rank, "C") for name, kind, rank in FIELDS}


@register_model(WorldType)  # type: ignore[misc]
class _WorldModel(models.PrimitiveModel):  # type: ignore[misc]
    """A pointer to the table."""

    def __init__(self, manager: Any, world_type: Any) -> None:  # noqa: ANN401
        super().__init__(manager, world_type, cgutils.voidptr_t)


@typeof_impl.register(World)  # type: ignore[misc]
def _typeof(_world: World, _context: object) -> WorldType:
    return _WORLD_TYPE


@unbox(WorldType)  # type: ignore[misc]
def _unbox(_world_type: Any, world: Any, context: Any) -> NativeValue:  # noqa: ANN401
    address = context.pyapi.object_getattr_string(world, "address")
    number = context.pyapi.long_as_longlong(address)
    context.pyapi.decref(address)
    pointer = context.builder.inttoptr(number, cgutils.voidptr_t)
    return NativeValue(pointer, is_error=cgutils.is_not_null(context.builder, context.pyapi.err_occurred()))


@infer_getattr
class _WorldAttributes(AttributeTemplate):  # type: ignore[misc]
    key = WorldType

    def generic_resolve(self, _world_type: object, name: str) -> Any:  # noqa: ANN401
        """The type of an array of the world."""
        return _ARRAYS.get(name)


@lower_getattr_generic(WorldType)  # type: ignore[misc]
def _lower_attribute(context: Any, builder: Any, _type: Any, value: Any, name: str) -> Any:  # noqa: ANN401
    """The array at its place in the table."""
    array_type = _ARRAYS[name]
    word = context.get_value_type(types.intp)
    table = builder.bitcast(value, word.as_pointer())
    words = [
        builder.load(builder.gep(table, [word(_WORDS * _PLACES[name] + number)]))
        for number in range(_WORDS)
    ]
    item_bytes = word(context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
    if isinstance(array_type.dtype, types.Record):
        item_bytes = word(array_type.dtype.size)
    shape = words[1 : 1 + array_type.ndim]
    strides = [item_bytes] if array_type.ndim == 1 else [builder.mul(words[2], item_bytes), item_bytes]
    array = make_array(array_type)(context, builder)
    data = builder.inttoptr(words[0], array.data.type)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=item_bytes, meminfo=None)
    return array._getvalue()

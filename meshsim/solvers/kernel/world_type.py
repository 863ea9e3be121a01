"""How numba sees a world: as one pointer to a table of the addresses and shapes of its arrays.

A tuple of fifty arrays would be copied into each call and slow compilation down tenfold; a pointer
is passed in a register, so functions may stay small and need not be melted into one. The attributes
of the pointer are *rows*: an address with one or two lengths. They own nothing (the Python object
keeps the arrays alive while the loop runs), and an index is taken as it is: rows know no negative
indices and check no bounds. Those few that policies get a piece of are numba's own arrays instead.

Uses numba's low-level extension interface (numba documentation, "Extending Numba").
"""

from __future__ import annotations

import operator
from typing import Any

from numba.core import cgutils, types
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
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

from meshsim.solvers.kernel.world import FIELDS, World

_WORDS = 3
"""Of each array in the table: address, length, length of a row."""
_PIECES = {"active", "draws"}
"""Arrays that policies get pieces of."""
_PLACES = {name: place for place, (name, _, _) in enumerate(FIELDS)}


class WorldType(types.Type):
    """The numba type of :class:`~meshsim.solvers.kernel.records.World`."""

    def __init__(self) -> None:
        super().__init__(name="MeshsimWorld")


class RowsType(types.Type):
    """An array of a world, of one or two dimensions."""

    def __init__(self, dtype: Any, ndim: int) -> None:  # noqa: ANN401
        self.dtype, self.ndim = dtype, ndim
        super().__init__(name=f"MeshsimRows({dtype}, {ndim})")


WORLD_TYPE = WorldType()
_ATTRIBUTES = {
    name: types.Array(from_dtype(kind), rank, "C")
    if name in _PIECES
    else RowsType(from_dtype(kind), rank)
    for name, kind, rank in FIELDS
}


@register_model(WorldType)
class _WorldModel(models.PrimitiveModel):
    """A pointer to the table."""

    def __init__(self, manager: Any, world_type: Any) -> None:  # noqa: ANN401
        super().__init__(manager, world_type, cgutils.voidptr_t)


@register_model(RowsType)
class _RowsModel(models.StructModel):
    def __init__(self, manager: Any, rows: Any) -> None:  # noqa: ANN401
        members = [("data", types.voidptr), ("length", types.intp), ("row", types.intp)]
        super().__init__(manager, rows, members)


@typeof_impl.register(World)
def _typeof(_world: World, _context: object) -> WorldType:
    return WORLD_TYPE


@unbox(WorldType)
def _unbox(_world_type: Any, world: Any, context: Any) -> NativeValue:  # noqa: ANN401
    address = context.pyapi.object_getattr_string(world, "address")
    number = context.pyapi.long_as_longlong(address)
    context.pyapi.decref(address)
    pointer = context.builder.inttoptr(number, cgutils.voidptr_t)
    failed = cgutils.is_not_null(context.builder, context.pyapi.err_occurred())
    return NativeValue(pointer, is_error=failed)


@infer_getattr
class _WorldAttributes(AttributeTemplate):
    key = WorldType

    def generic_resolve(self, value: object, attr: str) -> Any:  # type: ignore[override]  # noqa: ANN401
        """The type of an array of the world."""
        return _ATTRIBUTES.get(attr)


@lower_getattr_generic(WorldType)
def _lower_attribute(context: Any, builder: Any, _type: Any, value: Any, name: str) -> Any:  # noqa: ANN401
    """The array at its place in the table."""
    kind = _ATTRIBUTES[name]
    word = context.get_value_type(types.intp)
    table = builder.bitcast(value, word.as_pointer())
    words = [
        builder.load(builder.gep(table, [word(_WORDS * _PLACES[name] + number)]))
        for number in range(_WORDS)
    ]
    for load in words:
        # The table stays as it is while compiled code runs, so an address is loaded once.
        load.set_metadata("invariant.load", builder.module.add_metadata([]))
    if isinstance(kind, RowsType):
        rows = cgutils.create_struct_proxy(kind)(context, builder)
        rows.data = builder.inttoptr(words[0], cgutils.voidptr_t)
        rows.length, rows.row = words[1], words[2]
        return rows._getvalue()
    array = make_array(kind)(context, builder)
    item = word(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    data = builder.inttoptr(words[0], array.data.type)
    populate_array(array, data=data, shape=[words[1]], strides=[item], itemsize=item, meminfo=None)
    return array._getvalue()


@infer_global(len)
class _Length(AbstractTemplate):
    def generic(self, args: Any, _keywords: object) -> Any:  # noqa: ANN401
        """``len(rows)``."""
        is_rows = isinstance(args[0], RowsType)
        return signature(types.intp, args[0]) if is_rows else None


@infer_global(operator.getitem)
class _Read(AbstractTemplate):
    def generic(self, args: Any, _keywords: object) -> Any:  # noqa: ANN401
        """``rows[i]`` or ``rows[i, j]``."""
        rows, index = args
        if not isinstance(rows, RowsType):
            return None
        return signature(rows.dtype, rows, _index_type(rows, index))


@infer_global(operator.setitem)
class _Write(AbstractTemplate):
    def generic(self, args: Any, _keywords: object) -> Any:  # noqa: ANN401
        """``rows[i] = x`` or ``rows[i, j] = x``."""
        rows, index, _ = args
        if not isinstance(rows, RowsType):
            return None
        return signature(types.none, rows, _index_type(rows, index), rows.dtype)


def _index_type(rows: RowsType, index: Any) -> Any:  # noqa: ANN401
    if rows.ndim == 1:
        return index if isinstance(index, types.Integer) else types.intp
    return types.UniTuple(types.intp, 2)


def _item(context: Any, builder: Any, rows_type: Any, index_type: Any, values: Any) -> Any:  # noqa: ANN401
    """The address of an item."""
    rows = cgutils.create_struct_proxy(rows_type)(context, builder, values[0])
    if rows_type.ndim == 1:
        number = context.cast(builder, values[1], index_type, types.intp)
    else:
        row, column = cgutils.unpack_tuple(builder, values[1], 2)
        number = builder.add(builder.mul(row, rows.row), column)
    if isinstance(rows_type.dtype, types.Record):
        size = context.get_constant(types.intp, rows_type.dtype.size)
        address = builder.gep(rows.data, [builder.mul(number, size)])
        return builder.bitcast(address, context.get_value_type(rows_type.dtype))
    item = context.get_data_type(rows_type.dtype).as_pointer()
    return builder.gep(builder.bitcast(rows.data, item), [number])


@lower_builtin(len, RowsType)
def _lower_length(context: Any, builder: Any, sig: Any, values: Any) -> Any:  # noqa: ANN401
    return cgutils.create_struct_proxy(sig.args[0])(context, builder, values[0]).length


@lower_builtin(operator.getitem, RowsType, types.Any)
def _lower_read(context: Any, builder: Any, sig: Any, values: Any) -> Any:  # noqa: ANN401
    rows, index = sig.args
    address = _item(context, builder, rows, index, values)
    if isinstance(rows.dtype, types.Record):
        return address
    return context.unpack_value(builder, rows.dtype, address)


@lower_builtin(operator.setitem, RowsType, types.Any, types.Any)
def _lower_write(context: Any, builder: Any, sig: Any, values: Any) -> Any:  # noqa: ANN401
    rows, index, _ = sig.args
    address = _item(context, builder, rows, index, values)
    context.pack_value(builder, rows.dtype, values[2], address)
    return context.get_dummy_value()

"""Writes signatures.json: the input signature of every operation of one TensorFlow library.

    python src/engine/graph/signatures.py LIBTENSORFLOW_CC VERSION > src/engine/graph/signatures.json

Eager TensorFlow infers an operation's type attributes from its inputs, a graph must carry them. The signatures say
which attribute an input determines. One string per operation, one word per input:

    T       attribute T is the input's type          N*T     a list of N inputs of type T
    :       the type is fixed                        N*:     a list of N inputs of a fixed type
    [T]     a list of inputs whose types are the list attribute T
"""

import ctypes
import json
import sys


def fields(data):
    """Yields (field number, value) of one protobuf message: int for varints, bytes for what has a length."""
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            length = varint()
            yield key >> 3, data[position : position + length]
            position += length
        else:
            position += {1: 8, 5: 4}[key & 7]


def word(argument):
    """The word of one OpDef.ArgDef: type_attr = 4, number_attr = 5, type_list_attr = 6."""
    found = dict(fields(argument))
    text = {number: found[number].decode() for number in (4, 5, 6) if found.get(number)}
    if 6 in text:
        return f"[{text[6]}]"
    return (f"{text[5]}*" if 5 in text else "") + text.get(4, ":")


def operations(library):
    class Buffer(ctypes.Structure):
        _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("free", ctypes.c_void_p)]

    tensorflow = ctypes.CDLL(library)
    tensorflow.TF_GetAllOpList.restype = ctypes.POINTER(Buffer)
    buffer = tensorflow.TF_GetAllOpList().contents
    for number, definition in fields(ctypes.string_at(buffer.data, buffer.length)):
        if number == 1:
            parts = list(fields(definition))
            yield dict(parts)[1].decode(), " ".join(word(value) for field, value in parts if field == 2)


if __name__ == "__main__":
    library, version = sys.argv[1:]
    ops = dict(sorted(operations(library)))
    print(json.dumps({"version": version, "ops": ops}, indent=2))

"""Writes generated line-protocol lines and what PyPI's line-protocol-parser makes of each.

    line_protocol_peer.py SEED COUNT > cases.jsonl

Each line of output is a JSON object: "line", and "reading", which is null where the peer rejects the line or finds nothing
that can be measured, else {"stream", "time" (null where the line has none), "cells": [[key, bits of the double], ...]}.
Exits with 3 where the package is not installed.
"""

import json
import random
import struct
import sys

try:
    from line_protocol_parser import LineFormatError, parse_line
except ImportError:
    sys.exit(3)

LETTERS = "abcdefgXYZ0189_-.:/#éß温度😀"
SPECIAL = ", =\\\"'"


def name(rng, escaped, length=6):
    """A name as it is written in a line: what must be escaped mostly is."""
    written = ""
    for _ in range(rng.randint(1, length)):
        if rng.random() < 0.12:
            char = rng.choice(SPECIAL)
            if char in escaped and rng.random() < 0.99:
                written += "\\"
            written += char
        else:
            written += rng.choice(LETTERS)
    return written


def digits(rng, low, high):
    return "".join(rng.choice("0123456789") for _ in range(rng.randint(low, high)))


def number(rng):
    kind = rng.randrange(8)
    sign = rng.choice(["", "-"]) if rng.random() < 0.98 else "+"
    if kind == 0:
        return sign + digits(rng, 1, 20)
    if kind == 1:
        return sign + digits(rng, 1, 8) + "." + digits(rng, 0, 12)
    if kind == 2:
        return sign + "." + digits(rng, 0 if rng.random() < 0.1 else 1, 5)
    if kind == 3:
        return sign + digits(rng, 1, 3) + "." + digits(rng, 1, 17) + rng.choice("eE") + rng.choice(["", "-", "+"]) + digits(rng, 0 if rng.random() < 0.03 else 1, 2 if rng.random() < 0.9 else 3)
    if kind == 4:
        return repr(rng.gauss(0, 10 ** rng.randint(-12, 12)))
    if kind == 5:
        return repr(struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0])
    length = 17 if rng.random() < 0.8 else 21
    if kind == 6:
        return sign + digits(rng, 1, length) + "i"
    return ("" if rng.random() < 0.95 else "-") + digits(rng, 1, length) + "u"


def text(rng):
    content = "".join(rng.choice(LETTERS + " ,=\n") for _ in range(rng.randint(0, 8)))
    if rng.random() < 0.15:
        content += rng.choice(['\\"', "\\\\", "\\", "\\n", '"'])
    return '"' + content + '"'


def value(rng):
    draw = rng.random()
    if draw < 0.62:
        return number(rng)
    if draw < 0.76:
        return rng.choice(["t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"])
    if draw < 0.985:
        return text(rng)
    return rng.choice(["NaN", "inf", "-Inf", "tRUE", "TRUe", "yes", "0x1F", "1_000", "1i5", "1.5i", "-1u", "--1", "1e", "", "tr"])


def timestamp(rng):
    draw = rng.random()
    if draw < 0.2:
        return ""
    if draw < 0.97:
        return str(rng.randint(-(10**18), 2 * 10**18))
    return rng.choice(
        ["9223372036854775806", "9223372036854775807", "-9223372036854775806", "-9223372036854775808",
         "0", "-0", "-", "+5", "1.5", "1e9", "12a", "007", "00000000000000000000123", "99999999999999999999"])


def gap(rng):
    return rng.choice([" "] * 40 + ["  ", "   ", " \t", "\t", ""])


def line(rng):
    draw = rng.random()
    if draw < 0.02:
        return rng.choice(["", " ", "\t", "# comment v=1 1", "  # a=b", "#"])
    written = rng.choice([""] * 8 + [" ", "\t "]) + name(rng, ", ")
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 5])):
        written += "," + name(rng, ", =") + "=" + name(rng, ", =")
    written += gap(rng)
    # Repeated keys are a matter of taste, and the peer does not tell that there were any.
    keys = {name(rng, ", =") for _ in range(rng.choice([1, 1, 2, 3, 6]))}
    written += ",".join(key + "=" + value(rng) for key in sorted(keys))
    stamp = timestamp(rng)
    if stamp:
        written += gap(rng) + stamp
    written += rng.choice([""] * 20 + [" ", "  ", "\r", " x"])
    if rng.random() < 0.15:
        written = mutate(rng, written)
    return written


def mutate(rng, written):
    """One letter lost, doubled, changed or put somewhere else."""
    place = rng.randrange(len(written))
    kind = rng.randrange(4)
    if kind == 0:
        return written[:place] + written[place + 1:]
    if kind == 1:
        return written[:place] + written[place] + written[place:]
    if kind == 2:
        return written[:place] + rng.choice(SPECIAL + "1ie.\n") + written[place + 1:]
    return written[:place] + rng.choice(SPECIAL + "1ie.\n") + written[place:]


def reading(written):
    try:
        point = parse_line(written)
    except LineFormatError:
        return None
    if point is None:
        return None
    cells = [
        [key, struct.unpack("<Q", struct.pack("<d", float(value)))[0]]
        for key, value in point["fields"].items()
        if not isinstance(value, str)
    ]
    if not cells:
        return None
    stream = point["measurement"] + "".join(f",{key}={value}" for key, value in sorted(point["tags"].items()))
    return {"stream": stream, "time": point["time"], "cells": cells}


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        written = line(rng)
        print(json.dumps({"line": written, "reading": reading(written)}))


main()

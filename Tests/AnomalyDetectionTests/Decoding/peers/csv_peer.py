"""Writes a generated CSV file and what Python's csv module makes of each of its rows.

    csv_peer.py SEED COUNT FILE > expected.jsonl

The file is in the long layout. Its quoting, line ends and delimiter are drawn from the seed, and some of its rows are
malformed. Each line of output is a JSON object for a row that is good by the rules of Harken's decoder, applied to the
fields as csv.reader splits them: {"stream", "time", "channel", "bits" of the double, null where the value is missing}.
"""

import csv
import json
import random
import struct
import sys

MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "none", "-"]


def name(rng):
    letters = "abcXYZ0189_-.:/#éß温度😀" + ",;\t\"'\n\r= "
    written = "".join(rng.choice(letters) for _ in range(rng.randint(1, 8)))
    if rng.random() < 0.1:
        written += rng.choice(["\r\n", '""', ",,", "\n\n"]) + "x"
    return written


def write(rng, field, delimiter, quoting):
    """A field as it stands in the file. Python's own writer leaves lone carriage returns bare, so it is not used."""
    must = any(char in field for char in delimiter + "\r\n") or field.startswith('"') or field.strip(" \t") != field
    if must or rng.random() < quoting:
        return '"' + field.replace('"', '""') + '"'
    return field


def row(rng, names):
    value = repr(rng.gauss(0, 10 ** rng.randint(-9, 9))) if rng.random() < 0.9 else rng.choice(MISSING)
    # Fifty channel names keep each stream below its limit of 64; streams may be many.
    stream = name(rng) if rng.random() < 0.2 else rng.choice(names)
    return [str(rng.randint(10**18, 2 * 10**18)), stream, rng.choice(names), value]


def spoil(rng, fields):
    kind = rng.randrange(5)
    if kind == 0:
        fields[0] = rng.choice(["yesterday", "2024-02-30", "12:00", "1e99"])
    elif kind == 1:
        fields[3] = rng.choice(["abc", "1.2.3", "inf", "1e999", "0x10", "1,5"])
    elif kind == 2:
        fields.pop()
    elif kind == 3:
        fields.append("extra")
    else:
        fields[rng.randrange(1, 3)] = ""
    return fields


def reading(fields):
    if len(fields) != 4 or not fields[0].isdigit() or not fields[1] or not fields[2]:
        return None
    bits = None
    if fields[3] not in MISSING:
        try:
            bits = struct.unpack("<Q", struct.pack("<d", float(fields[3])))[0]
        except ValueError:
            return None
        if abs(float(fields[3])) == float("inf"):
            return None
    return {"stream": fields[1], "time": int(fields[0]), "channel": fields[2], "bits": bits}


def main():
    rng = random.Random(int(sys.argv[1]))
    delimiter = rng.choice(",,,;\t")
    quoting = rng.choice([0, 0.3, 1])
    line_ends = rng.choice([["\n"], ["\r\n"], ["\n", "\r\n"]])
    names = [name(rng) for _ in range(50)]
    encoding = "utf-8-sig" if rng.random() < 0.5 else "utf-8"
    with open(sys.argv[3], "w", newline="", encoding=encoding) as file:
        rows = [["timestamp", "stream", "channel", "value"]] + [row(rng, names) for _ in range(int(sys.argv[2]))]
        for index, fields in enumerate(rows):
            if index > 0 and rng.random() < 0.05:
                fields = spoil(rng, fields)
            file.write(delimiter.join(write(rng, field, delimiter, quoting) for field in fields) + rng.choice(line_ends))
            if rng.random() < 0.02:
                file.write(rng.choice(line_ends))
    with open(sys.argv[3], newline="", encoding="utf-8-sig") as file:
        parsed = csv.reader(file, delimiter=delimiter)
        next(parsed)
        for fields in parsed:
            expected = reading(fields)
            if expected is not None:
                print(json.dumps(expected))


main()

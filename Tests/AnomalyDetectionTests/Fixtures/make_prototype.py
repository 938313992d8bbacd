#!/usr/bin/env python3
"""Writes prototype.json: what the parts without randomness say of three labelled series, computed independently of Harken.

    python3 make_prototype.py FOLDER        (FOLDER has the labelled series; needs numpy, the numbers kept came from 2.4)

The formulas are those of the detector's prototype: principal components of the flattened windows (T2 and Q), ridge
regression of each value on those before it (forecast), values never seen on constant and few-valued channels (novelty),
and channels that stopped moving (stuck).  All of it is in double precision.  The fixture holds, for every 97th row or
so after the training rows, and every 7th of those with a novelty, these numbers and nothing of the series themselves.

Where it departs from the prototype, so that a comparison is one of formulas and not of samples:
- evenly spaced windows are picked in whole numbers, where floating point lands one window beside in rare cases;
- the deviation of Q's residuals comes from the windows that the components were fitted to (at most 2500), as in Harken,
  and not from all of them.
Novelty is written twice: `novelty`, as in the prototype, is the share of rows in which any channel is novel, and
`noveltyOfWorst`, as in Harken, that of the channel in which it is largest.
"""
import csv
import json
import os
import sys

import numpy as np

SERIES = {"ucr_161_WalkingAceleration1": 97, "skab_valve1_10": 11, "smap_P-1": 61}  # and of each every 97th row or so
CLIP, STATE_VALUES = 8.0, 3
LENGTHS, EXPLAINED, WINDOW_LIMIT, WIDTH_LIMIT, RESIDUAL_FLOOR = (16, 64), 0.95, 2500, 1000, 0.05
LAGS, LAG_CELLS, SMOOTHED, FORECAST_FLOOR = 32, 400, 32, 0.03
STATE_ROWS, FADING = 32, 256


def moving_average(x, length):
    """over the last `length` rows, fewer at the start"""
    sums = np.cumsum(np.concatenate((np.zeros((1,) + x.shape[1:]), x)), axis=0)
    last = np.arange(len(x))
    first = np.maximum(0, last - length + 1)
    return (sums[last + 1] - sums[first]) / (last + 1 - first).reshape((-1,) + (1,) * (x.ndim - 1))


def windows(z, length):
    """(rows x length * channels), the newest slot last; before the first row stands the first row again"""
    n, d = z.shape
    padded = np.concatenate((np.repeat(z[:1], length - 1, 0), z))
    return np.lib.stride_tricks.sliding_window_view(padded, length, axis=0).transpose(0, 2, 1).reshape(n, length * d)


def bounded(length, d, limit):
    while length * d > WIDTH_LIMIT and length > 4:
        length //= 2
    return max(2, min(length, limit))


def linear(rows, fitted):
    """T2 and Q of each window"""
    a = rows[fitted]
    if len(a) > WINDOW_LIMIT:
        a = a[np.arange(WINDOW_LIMIT) * (len(a) - 1) // (WINDOW_LIMIT - 1)]
    mean = a.mean(0)
    values, vectors = np.linalg.eigh(np.cov(a.T).reshape(a.shape[1], -1))
    order = np.argsort(values)[::-1]
    values = np.maximum(values[order], 0)
    k = min(int(np.searchsorted(np.cumsum(values) / max(values.sum(), 1e-12), EXPLAINED) + 1), len(values))
    v = vectors[:, order[:k]]
    floor = max(values[k:].mean() if k < len(values) else 0, 1e-6)
    deviations = np.sqrt(np.maximum(values[:k], floor))

    def split(x):
        c = (x - mean) @ v
        return c / deviations, x - mean - c @ v.T

    residual_deviations = np.maximum(split(a)[1].std(0), RESIDUAL_FLOOR)
    inside, outside = split(rows)
    return (inside ** 2).mean(1), ((outside / residual_deviations) ** 2).mean(1), k


def forecast(z, fitted):
    """the mean squared residual of the newest rows; and how many rows a forecast looks back on"""
    lags = LAGS
    while lags * z.shape[1] > LAG_CELLS and lags > 2:
        lags //= 2
    g = windows(np.concatenate((z[:1], z[:-1])), lags)
    g = np.c_[g, np.ones(len(g))]
    a = g[fitted]
    b = np.linalg.solve(a.T @ a + max(1, 1e-3 * len(a)) * np.eye(g.shape[1]), a.T @ z[fitted])
    residuals = z - g @ b
    deviations = np.maximum(residuals[fitted].std(0), FORECAST_FLOOR)
    return moving_average(((residuals / deviations) ** 2).mean(1), SMOOTHED), lags


def novelty(x, channels, train, known):
    """the share of rows in which any channel shows a value never seen, and that of the channel that does so most"""
    novel = np.zeros((len(x), max(1, len(channels))))
    for place, j in enumerate(channels):
        i = np.clip(np.searchsorted(known[j], x[:, j]), 0, len(known[j]) - 1)
        distance = np.minimum(np.abs(known[j][i] - x[:, j]), np.abs(known[j][np.maximum(i - 1, 0)] - x[:, j]))
        novel[:, place] = distance > 1e-6 * (1 + np.abs(x[:train, j].mean()))
    return moving_average(novel.max(1), STATE_ROWS), moving_average(novel, STATE_ROWS).max(1)


def stuck(z, train):
    """how far standing still rises over its own past; and that past at the first row that has a whole window"""
    movement = moving_average(np.diff(z, axis=0, prepend=z[:1]) ** 2, STATE_ROWS)
    rest = np.quantile(movement[STATE_ROWS:train], 0.005, axis=0)
    x = np.clip(np.log2((rest + 1e-5) / (movement + 1e-5)), 0, 10).max(1)
    past, value = np.empty(len(x)), 0.0
    for i, u in enumerate(x):
        value += (u - value) / FADING
        past[i] = value
    return x, np.maximum(0, x - past), past[STATE_ROWS - 1]


def reference(folder, name, train, step):
    with open(os.path.join(folder, name + ".csv")) as file:
        x = np.array([[float(v) for v in row[1:-1]] for row in list(csv.reader(file))[1:]])
    a = x[:train]
    mean, deviation = a.mean(0), a.std(0)
    constant = deviation < 1e-9 * (1 + np.abs(mean))
    known = [np.unique(a[:, j]) for j in range(x.shape[1])]
    state = np.array([len(v) <= STATE_VALUES for v in known]) & ~constant
    used = ~(constant | state)
    assert used.any()
    z = np.clip((x - mean) / np.where(constant, 1, deviation), -CLIP, CLIP)[:, used]
    lengths = [bounded(length, z.shape[1], train // 4) for length in LENGTHS]
    fitted = slice(min(max(lengths) - 1, train // 4), train)
    watched = np.where(~used)[0]
    any_novel, worst = novelty(x, watched, train, known)
    rows = np.unique(np.r_[np.arange(train, len(x), step), train + np.where(any_novel[train:] > 0)[0][::7]])
    result = {
        "name": name, "trainRows": train, "firstFitted": fitted.start, "rows": rows.tolist(),
        "windowed": np.where(used)[0].tolist(), "linear": [],
    }

    def kept(v):
        return [float("%.9g" % e) for e in v[rows]]

    for length in lengths:
        inside, outside, dimensions = linear(windows(z, length), fitted)
        result["linear"].append(
            {"length": length, "dimensions": dimensions, "inside": kept(inside), "outside": kept(outside)})
    errors, lags = forecast(z, fitted)
    result["lags"], result["forecast"] = lags, kept(errors)
    result["novelty"], result["noveltyOfWorst"] = kept(any_novel), kept(worst)
    stillness, faded, past = stuck(z, train)
    result["stillness"], result["stuck"], result["stuckPast"] = kept(stillness), kept(faded), past
    return result


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "index.csv")) as file:
        train = {row["file"][:-4]: int(row["train_rows"]) for row in csv.DictReader(file)}
    series = [reference(folder, name, train[name], step) for name, step in SERIES.items()]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prototype.json"), "w") as file:
        lines = [",\n".join(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in one.items()) for one in series]
        file.write('{"series": [\n' + ",\n".join("{\n" + one + "\n}" for one in lines) + "\n]}\n")
    for s in series:
        print(s["name"], s["lags"], [(l["length"], l["dimensions"]) for l in s["linear"]], len(s["rows"]),
              len(s["windowed"]), "channels in windows;", *(sum(v > 0 for v in s[k]) for k in ("novelty", "stillness", "stuck")),
              "rows with novelty, stillness, stuck;", sum(a != b for a, b in zip(s["novelty"], s["noveltyOfWorst"])),
              "where the novelties differ")


if __name__ == "__main__":
    main()

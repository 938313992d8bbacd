#!/usr/bin/env python3
"""Writes prototype.json: what the detector without its training says of three labelled series, computed independently
of Harken.

    python3 make_prototype.py FOLDER     (FOLDER has the labelled series; needs numpy, the numbers kept came from 2.4)

The formulas are those of the detector's prototype at training step 0, where nothing is random: the linear path in
closed form, the ridge regression as head, and from them how a window is rebuilt (Q), what was foretold (F) and the
nearest remembered windows (M); the memories of context (C) and statistics (S); values never seen on constant and
few-valued channels (novelty) and channels that stopped moving (stuck); their sum, the hold and the settled score.  All
of it is in double precision.  The fixture holds these numbers for every 97th row or so after the training rows, and for
every 7th of those with a novelty, the sum also for 401 rows in a row, and nothing of the series themselves.

Each error is written as it is, before its scale; the scales are the 99 % quantiles over the training rows that have a
whole window, plus 1e-9.  Errors of the memory also have the gap by which the second nearest remembered window was
farther, as a share of the energies that the distance was computed from: where it is at the rounding of single
precision, another window may be found.

Where it departs from the prototype, so that a comparison is one of formulas and not of samples:
- it computes in double precision where the prototype has windows, latents, context and statistics in single precision;
- K of n rows are picked evenly as the rows i (n - 1) / (K - 1), rounded down, for i below K, so that the last one is
  among them: for the windows and contexts whose principal components are taken (2500), the noise of Q (the same
  windows), and what is remembered (1500 windows, 500 contexts, 500 statistics).  The head has all training rows, as in
  the prototype.
With the prototype's evenly() changed so, its scores are the same to 5e-6, which is its single precision.
Novelty is written twice: `novelty`, as in the prototype and in its sum, is the share of rows in which any channel is
novel, and `noveltyOfWorst`, as in Harken, that of the channel in which it is largest.
"""
import csv
import json
import os
import sys

import numpy as np

SERIES = {"ucr_161_WalkingAceleration1": 97, "skab_valve1_10": 11, "smap_P-1": 61}  # and of each every 97th row or so
CLIP, STATE_VALUES, STATE_ROWS, FADING = 8.0, 3, 32, 256
LATENTS, EXPLAINED, FITTED, NOISE_FLOOR = 32, 0.999, 2500, 0.05
HORIZONS, NEWEST_SLOTS, NEWEST_CELLS, SMOOTHED, HEAD_FLOOR = (1, 8), 16, 64, 32, 0.03
REMEMBERED, GAIN_FLOOR = 1500, 0.2
CONTEXTS, CONTEXT_SLOTS, CONTEXT_LATENTS, CONTEXT_CELLS = (128, 256), 32, 16, 1000
STATISTICS, STATISTIC_FLOOR, STATISTIC_CLIP = (32, 64), 0.02, 20.0
FEW, ROWS_PER_WINDOW, WEIGHT = 500, 3, 0.7
HOLD, HOLD_ROWS, POWER, SETTLED_ROWS, REPLAYED = 0.5, 64, 3, 64, 401


def evenly(first, end, limit):
    n = end - first
    return np.arange(first, end) if n <= limit else first + np.arange(limit) * (n - 1) // (limit - 1)


def scale(training):
    return np.quantile(training, 0.99, axis=0) + 1e-9


def moving_average(x, length):
    """over the last `length` rows, fewer at the start"""
    sums = np.cumsum(np.concatenate((np.zeros((1,) + x.shape[1:]), x)), axis=0)
    last = np.arange(len(x))
    first = np.maximum(0, last - length + 1)
    return (sums[last + 1] - sums[first]) / (last + 1 - first).reshape((-1,) + (1,) * (x.ndim - 1))


def fading_average(x, length):
    result, value = np.empty(len(x)), 0.0
    for i, u in enumerate(x):
        value += (u - value) / length
        result[i] = value
    return result


def padded(z, length):
    """before the first row stands the first row again"""
    return np.concatenate((np.repeat(z[:1], length - 1, 0), z))


def windows(z, length):
    """(rows x length * channels), the newest slot last"""
    view = np.lib.stride_tricks.sliding_window_view(padded(z, length), length, axis=0)
    return view.transpose(0, 2, 1).reshape(len(z), length * z.shape[1])


# The front end and the parts without a model.

def centers(x, train):
    """per channel the mean and deviation without the oddest values in a thousand, and what is constant or few-valued"""
    d = x.shape[1]
    center, spread, constant, few, known = np.zeros(d), np.ones(d), np.zeros(d, bool), np.zeros(d, bool), []
    for j in range(d):
        a = x[:train, j]
        inner = np.clip(a, *np.quantile(a, [0.001, 0.999]))
        if inner.std() <= 1e-9 * (1 + abs(inner.mean())):
            inner = a
        known.append(np.unique(a))
        center[j] = inner.mean()
        constant[j] = inner.std() <= 1e-9 * (1 + abs(center[j]))
        few[j] = len(known[j]) <= STATE_VALUES and not constant[j]
        spread[j] = 1 if constant[j] else inner.std()
    used = ~(constant | few)
    assert used.any()
    return center, spread, used, known


def novelty(x, channels, center, known):
    """the share of rows in which any channel shows a value never seen, and that of the channel that does so most"""
    novel = np.zeros((len(x), max(1, len(channels))))
    for place, j in enumerate(channels):
        i = np.clip(np.searchsorted(known[j], x[:, j]), 0, len(known[j]) - 1)
        distance = np.minimum(np.abs(known[j][i] - x[:, j]), np.abs(known[j][np.maximum(i - 1, 0)] - x[:, j]))
        novel[:, place] = distance > 1e-6 * (1 + abs(center[j]))
    return moving_average(novel.max(1), STATE_ROWS), moving_average(novel, STATE_ROWS).max(1)


def stuck(z, train):
    """how far standing still rises over its own past; and that past at the first row that has a whole window"""
    movement = moving_average(np.diff(z, axis=0, prepend=z[:1]) ** 2, STATE_ROWS)
    rest = np.quantile(movement[STATE_ROWS:train], 0.005, axis=0)
    x = np.clip(np.log2((rest + 1e-5) / (movement + 1e-5)), 0, 10).max(1)
    past = fading_average(x, FADING)
    return x, np.maximum(0, x - past), past[STATE_ROWS - 1]


def period(x):
    """the lag of the highest peak of the autocorrelation, if it is a peak indeed"""
    x = x - x.mean()
    n = len(x)
    f = np.fft.rfft(x, 1 << int(np.ceil(np.log2(2 * n + 1))))
    a = np.fft.irfft(f * np.conj(f))[:min(401, n)]
    if not a[0] > 0:
        return None
    a = a / a[0]
    peaks = [i for i in range(4, len(a) - 1) if a[i - 1] < a[i] > a[i + 1]]
    if not peaks:
        return None
    best = max(peaks, key=lambda i: a[i])
    return best if 6 <= best <= 303 and best < n // 3 and a[best] > 0.2 and a[best] - a[:best].min() > 0.3 else None


def window_length(z):
    train, d = z.shape
    found = sorted(p for p in (period(z[-8192:, j]) for j in range(d)) if p)
    length = 64
    if found and 2 * len(found) >= d:
        middle = found[len(found) // 2]
        length = min(96, middle * -(-16 // middle))
    length = max(4, min(length, train // 6, max(4, 1000 // d)))
    return max(8, min(length, train // (4 * d)))


# The network at step 0 and its three read-outs.

class Network:
    def __init__(self, x, z, train, length):
        d = z.shape[1]
        self.length, self.channels = length, d
        self.fitted = evenly(length - 1, train, FITTED)
        self.center = x[self.fitted].mean(0)
        c = x[self.fitted] - self.center
        values, vectors = np.linalg.eigh(c.T @ c / (len(c) - 1))
        values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
        k = int(np.searchsorted(np.cumsum(values) / values.sum(), EXPLAINED)) + 1
        self.k = k = max(1, min(k, LATENTS, length * d - 1))
        self.s2 = max(values[k:].mean(), 1e-6)
        self.variances, self.v = values[:k], vectors[:, :k]
        height = np.sqrt(np.maximum(self.variances - self.s2, 1e-6))
        self.latents = (x - self.center) @ self.v
        mu = self.latents * height / np.maximum(self.variances, self.s2 + 1e-6)
        self.rebuilt = self.center + (mu * height) @ self.v.T
        # The head foretells the readings 1 and 8 rows after the window from its latents and newest readings.
        self.newest = min(length, max(1, min(NEWEST_SLOTS, NEWEST_CELLS // d)))
        g = np.c_[mu, x[:, -self.newest * d:]]
        i = np.arange(length - 1, train - max(HORIZONS))
        y = np.concatenate([z[i + h] for h in HORIZONS], 1)
        mean, deviation = g[i].mean(0), np.maximum(g[i].std(0), 1e-6)
        a = (g[i] - mean) / deviation
        ridge = max(1, 1e-3 * len(i)) * np.eye(a.shape[1])
        b = np.linalg.solve(a.T @ a + ridge, a.T @ (y - y.mean(0))) / deviation[:, None]
        self.foretold = (g - mean) @ b + y.mean(0)


def rebuild(net, x, train):
    squares = (x - net.rebuilt) ** 2
    q = (squares / np.maximum(squares[net.fitted].mean(0), NOISE_FLOOR ** 2)).mean(1)
    return q, scale(q[net.length - 1:train])


def foresight(net, z, train):
    """for each horizon the errors, their scale, and the deviation of each channel's residuals"""
    n, d = z.shape
    result = []
    for place, h in enumerate(HORIZONS):
        residuals = np.zeros_like(z)
        residuals[h:] = z[h:] - net.foretold[:-h, place * d:(place + 1) * d]
        deviations = np.maximum(residuals[net.length - 1 + h:train].std(0), HEAD_FLOOR)
        f = moving_average(((residuals / deviations) ** 2).mean(1), SMOOTHED)
        result.append((f, scale(f[net.length + h + SMOOTHED - 2:train]), deviations))
    return result


def memory(net, x, train):
    """for the two ways to compare the errors (rows x 2: evenly, to the newest), and the gaps to the second nearest"""
    n, w, d = len(x), net.length, net.channels
    kept = evenly(w - 1, train, REMEMBERED)
    slots = x.reshape(n, w, d)
    means = slots.mean(1)
    centred = slots - means[:, None]
    energy = (centred ** 2).sum((1, 2))
    gains = 1 / np.maximum(np.sqrt(energy / (w * d)), GAIN_FLOOR)
    whole = ((x - net.center) ** 2).sum(1)
    newest = (np.arange(w) + 1.0) ** 2
    newest /= newest.sum()
    errors, gaps = {q: np.empty((n, 2)) for q in ("centred", "shape")}, {q: np.empty(n) for q in ("centred", "shape")}
    for start in range(0, n, 1024):
        s = np.arange(start, min(n, start + 1024))
        # Latents tell windows apart; what lies outside of them counts as if it had nothing in common.
        distance = whole[s, None] + whole[kept] - 2 * net.latents[s] @ net.latents[kept].T
        between = ((means[s, None] - means[kept]) ** 2).sum(2)
        by_mean = np.maximum(distance - w * between, 0)
        both = gains[s, None] * gains[kept]
        by_gain = (gains[s] ** 2 * energy[s])[:, None] + gains[kept] ** 2 * energy[kept]
        by_gain = by_gain - both * (energy[s, None] + energy[kept] - by_mean)
        # No neighbour shares a row with a window of the training rows.
        own = (s[:, None] < train) & (np.abs(s[:, None] - kept) < w)
        summands = whole[s, None] + whole[kept]
        for q, values, size in (("centred", by_mean, summands), ("shape", by_gain, both * summands)):
            values = np.where(own, np.inf, values)
            nearest, rows = values.argmin(1), np.arange(len(s))
            gain = np.ones((len(s), 2)) if q == "centred" else np.c_[gains[s], gains[kept[nearest]]]
            difference = centred[s] * gain[:, 0, None, None] - centred[kept[nearest]] * gain[:, 1, None, None]
            squares = (difference ** 2).mean(2)
            errors[q][s] = np.c_[squares.mean(1), squares @ newest]
            best = values[rows, nearest]
            values[rows, nearest] = np.inf
            gaps[q][s] = (values.min(1) - best) / size[rows, nearest]
    return errors, {q: scale(e[w - 1:train]) for q, e in errors.items()}, gaps


# The memories beside the network.

def nearest(g, train, length):
    """squared distances to the nearest remembered row, of training rows to the nearest that has no row in common"""
    kept = evenly(length - 1, train, FEW)
    result = np.empty(len(g))
    for start in range(0, len(g), 256):
        rows = np.arange(start, min(len(g), start + 256))
        distance = ((g[rows, None] - g[kept]) ** 2).sum(2)
        distance[(rows[:, None] < train) & (np.abs(rows[:, None] - kept) < length)] = np.inf
        result[rows] = distance.min(1)
    return result


def context(z, train, length):
    n, d = z.shape
    slots = CONTEXT_SLOTS
    while slots * d > CONTEXT_CELLS and slots > 4:
        slots //= 2
    blocks = windows(z, length).reshape(n, slots, length // slots, d).mean(2)
    y = (blocks - blocks.mean(1, keepdims=True)).reshape(n, slots * d)
    fitted = y[evenly(length - 1, train, FITTED)]
    c = y - fitted.mean(0)
    vectors = np.linalg.eigh(np.cov(fitted.T))[1][:, ::-1][:, :CONTEXT_LATENTS]
    latents = c @ vectors
    e = (nearest(latents, train, length) + ((c - latents @ vectors.T) ** 2).sum(1)) / y.shape[1]
    return e, scale(e[length - 1:train])


def statistics(z, train, length):
    n, d = z.shape
    view = np.lib.stride_tricks.sliding_window_view(padded(z, length), length, axis=0)
    steps = np.abs(np.diff(padded(z, length), axis=0, prepend=z[:1]))
    step = np.lib.stride_tricks.sliding_window_view(steps, length, axis=0).mean(2)
    highest, lowest = view.max(2), view.min(2)
    g = np.stack([view.mean(2), view.std(2), highest - lowest, highest, lowest, step], 2).reshape(n, -1)
    training = g[length - 1:train]
    g = (g - training.mean(0)) / np.maximum(training.std(0), STATISTIC_FLOOR)
    e = nearest(np.clip(g, -STATISTIC_CLIP, STATISTIC_CLIP), train, length) / g.shape[1]
    return e, scale(e[length - 1:train])


def reference(folder, name, train, step):
    with open(os.path.join(folder, name + ".csv")) as file:
        x = np.array([[float(v) for v in row[1:-1]] for row in list(csv.reader(file))[1:]])
    center, spread, used, known = centers(x, train)
    z = np.clip((x - center) / spread, -CLIP, CLIP)[:, used]
    length = window_length(z[:train])
    flat = windows(z, length)
    net = Network(flat, z, train, length)
    any_novel, worst = novelty(x, np.where(~used)[0], center, known)
    stillness, faded, past = stuck(z, train)
    rows = np.unique(np.r_[np.arange(train, len(x), step), train + np.where(any_novel[train:] > 0)[0][::7]])

    def kept(v):
        return [float("%.9g" % e) for e in np.asarray(v)]

    def errors(v, size, **more):
        return {**more, "scale": float(size), "errors": kept(v[rows])}

    q, q_scale = rebuild(net, flat, train)
    foretold = foresight(net, z, train)
    remembered, memory_scales, gaps = memory(net, flat, train)
    contexts = {w: context(z, train, w) for w in CONTEXTS if w <= train // ROWS_PER_WINDOW}
    statistic = {w: statistics(z, train, w) for w in STATISTICS if w <= train // ROWS_PER_WINDOW}
    total = q / q_scale + np.max([f / size for f, size, _ in foretold], 0) + 3 * any_novel + faded
    total += WEIGHT * sum((remembered[k] / memory_scales[k]).max(1) for k in remembered)
    total += WEIGHT * sum(np.max([e / size for e, size in part.values()], 0) for part in (contexts, statistic) if part)
    evidence = fading_average(total ** POWER, HOLD_ROWS)
    live = total + HOLD * evidence ** (1 / POWER)
    cubes = np.concatenate(([0.0], np.cumsum(live ** POWER)))
    end = np.minimum(np.arange(len(live)) + SETTLED_ROWS, len(live))
    settled = ((cubes[end] - cubes[:-1]) / (end - np.arange(len(live)))) ** (1 / POWER)
    replayed = slice(train, train + REPLAYED)
    assert replayed.stop <= len(x)
    return {
        "name": name, "trainRows": train, "rows": rows.tolist(), "windowed": np.where(used)[0].tolist(),
        "center": kept(center[used]), "spread": kept(spread[used]),
        "windowLength": length, "latentCount": net.k, "residualVariance": float(net.s2),
        "variances": kept(net.variances), "newestSlots": net.newest,
        "rebuild": errors(q, q_scale),
        "foresight": [
            errors(f, size, horizon=h, deviations=kept(deviations))
            for h, (f, size, deviations) in zip(HORIZONS, foretold)],
        "memory": [
            {"kind": k, "even": errors(e[:, 0], memory_scales[k][0]), "newest": errors(e[:, 1], memory_scales[k][1]),
             "gaps": [float("%.2g" % g) for g in gaps[k][rows]]}
            for k, e in remembered.items()],
        "context": [errors(*v, length=w) for w, v in contexts.items()],
        "statistics": [errors(*v, length=w) for w, v in statistic.items()],
        "novelty": kept(any_novel[rows]), "noveltyOfWorst": kept(worst[rows]),
        "stillness": kept(stillness[rows]), "stuck": kept(faded[rows]), "stuckPast": float(past),
        "sum": kept(total[rows]), "live": kept(live[rows]), "settled": kept(settled[rows]),
        # From the sums alone: the moving average of their cubes before the first row, then row after row what follows.
        "replay": {
            "evidence": float(evidence[train - 1]), "sums": kept(total[replayed]), "live": kept(live[replayed]),
            "settled": kept(settled[replayed][:REPLAYED - SETTLED_ROWS + 1])},
    }


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "index.csv")) as file:
        train = {row["file"][:-4]: int(row["train_rows"]) for row in csv.DictReader(file)}
    series = [reference(folder, name, train[name], step) for name, step in SERIES.items()]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prototype.json"), "w") as file:
        lines = [",\n".join(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in one.items()) for one in series]
        file.write('{"series": [\n' + ",\n".join("{\n" + one + "\n}" for one in lines) + "\n]}\n")
    for s in series:
        print(s["name"], "window", s["windowLength"], "latents", s["latentCount"], "s2 %.4g" % s["residualVariance"],
              len(s["rows"]), "rows", len(s["windowed"]), "channels in windows;",
              *(sum(v > 0 for v in s[k]) for k in ("novelty", "stillness", "stuck")),
              "rows with novelty, stillness, stuck;", sum(a != b for a, b in zip(s["novelty"], s["noveltyOfWorst"])),
              "where the novelties differ; gaps under 1e-6:",
              *(sum(g < 1e-6 for g in m["gaps"]) for m in s["memory"]))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes reference.json: made-up series and what peers/evaluate.py says of them. Needs numpy.

    make_reference.py > reference.json
"""
import json, os, sys
import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
from evaluate import evaluate

def series(name, seed, count, events, period=None, levels=None, gaps=False, alerts=()):
    """`events` and `alerts` are (start, length); scores are noise that events raise; `levels` makes ties."""
    random = np.random.RandomState(seed)
    labels, firing = np.zeros(count, int), np.zeros(count, int)
    scores = random.exponential(0.45, count)
    for start, length in events:
        labels[start:start + length] = 1
        # An event is seen late, not in all of its readings, and for some readings beyond its end.
        scores[start + length // 3:start + length + 5] += random.exponential(1.2, count)[start + length // 3:start + length + 5]
    for start, length in alerts:
        firing[start:start + length] = 1
    scores = np.round(scores, 3) if levels is None else np.round(np.minimum(scores, 3) * levels) / levels
    phase = np.arange(count) * 2 * np.pi / period if period else np.zeros(count)
    channel = np.round(np.sin(phase) + 0.2 * random.randn(count), 3)
    if gaps:
        scores[random.rand(count) < 0.1] = np.nan
        scores[:7] = np.nan
    numbers = evaluate(labels, scores, firing, channel)
    return {"name": name, "labels": labels.tolist(), "channel": channel.tolist(), "firing": firing.tolist(),
            "scores": [None if np.isnan(s) else float(s) for s in scores], "numbers": numbers}

print(json.dumps([
    series("one long event", 1, 500, [(300, 80)], period=25, alerts=[(40, 20), (330, 60)]),
    series("many short events", 2, 700, [(60 + 90 * k, 1 + k) for k in range(7)], period=12.5, alerts=[(66, 9), (500, 40)]),
    series("events that are close", 3, 400, [(100, 10), (112, 5), (130, 20), (170, 1)], period=40, alerts=[(90, 100)]),
    series("few levels", 4, 600, [(200, 60), (450, 30)], levels=2, period=60),
    series("an event at the start and one at the end", 5, 450, [(0, 12), (430, 20)], period=33, alerts=[(5, 3), (440, 5)]),
    series("noise without a period", 6, 300, [(150, 30)], alerts=[(10, 5), (20, 5), (30, 5), (100, 20)]),
    series("fewer readings than thresholds", 7, 120, [(70, 15)], period=10),
    series("missing scores", 8, 500, [(250, 50)], period=20, gaps=True, alerts=[(270, 30)]),
    series("all but one reading anomalous", 9, 300, [(0, 299)], period=18),
], separators=(",", ":")))

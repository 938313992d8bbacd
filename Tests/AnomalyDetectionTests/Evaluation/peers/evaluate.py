#!/usr/bin/env python3
"""Detection quality straight from the definitions, for tests to compare with: slow, and with nothing in common with Harken.

    evaluate.py SCORED.csv TRAIN_ROWS    a CSV with a first channel and the columns label, score and alert (0 or 1), as
                                         `harken score` writes it; rows from TRAIN_ROWS on are measured; prints JSON

VUS after Paparrizos et al., "Volume Under the Surface" (VLDB 2022), as TSB-AD 1.5 computes it: for each buffer and each of
250 thresholds the labels that fade out around events, and the range-based recall, false positive rate and precision.
"""
import csv, json, sys
import numpy as np


def runs(flags):
    """First and last place of each run of ones."""
    edges = np.diff(np.concatenate(([0], np.asarray(flags).astype(int), [0])))
    return list(zip(np.where(edges == 1)[0], np.where(edges == -1)[0] - 1))


def buffer_of(channel):
    """The lag of the highest peak of the autocorrelation, 125 where there is none."""
    x = np.asarray(channel, float)[:20000]
    x = x - x.mean()
    power = float(np.dot(x, x))
    if len(x) < 6 or power <= 0 or np.ptp(x) == 0:
        return 125
    correlation = [float(np.dot(x[lag:], x[: len(x) - lag])) / power for lag in range(3, min(401, len(x)))]
    peaks = [
        i for i in range(1, len(correlation) - 1)
        if correlation[i - 1] < correlation[i] > correlation[i + 1]
    ]
    if not peaks:
        return 125
    best = max(peaks, key=lambda i: correlation[i])
    return best + 3 if 3 <= best <= 300 else 125


def faded(labels, events, width):
    """The labels, prolonged at both ends of each event by half the width, falling with the distance."""
    out = labels.astype(float)
    for start, end in events:
        for i in range(end + 1, min(end + width // 2 + 1, len(labels))):
            out[i] += np.sqrt(1 - (i - end) / width)
        for i in range(max(start - width // 2, 0), start):
            out[i] += np.sqrt(1 - (start - i) / width)
    return np.minimum(out, 1)


def vus(labels, scores, longest):
    """(VUS-PR, VUS-ROC)"""
    count, positives, events = len(labels), int(labels.sum()), runs(labels)
    thresholds = np.sort(scores)[::-1][np.linspace(0, count - 1, 250).astype(int)]
    areas = []
    for width in range(longest + 1):
        half = width // 2
        weights = faded(labels, events, width)
        prolonged = []
        for start, end in events:
            low, high = max(start - half, 0), min(end + half, count - 1)
            if prolonged and low <= prolonged[-1][1]:
                prolonged[-1] = (prolonged[-1][0], high)
            else:
                prolonged.append((low, high))
        points, precisions = [(0.0, 0.0)], []
        for threshold in thresholds:
            flagged = scores >= threshold
            truth = float(weights[flagged].sum())
            # Labelled readings count whether they are flagged or not, the faded ones where they are flagged.
            weight = positives + float(weights[flagged & (labels == 0)].sum())
            total = (positives + weight) / 2
            touched = sum(bool(flagged[a:b + 1].any()) for a, b in prolonged) / len(prolonged)
            points.append(((int(flagged.sum()) - truth) / (count - total), min(truth / total, 1) * touched))
            precisions.append(truth / int(flagged.sum()))
        pr = sum((points[k + 1][1] - points[k][1]) * precisions[k] for k in range(250))
        points.append((1.0, 1.0))
        roc = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(points, points[1:]))
        areas.append((pr, roc))
    return tuple(float(x) for x in np.mean(areas, axis=0))


def curves(labels, scores):
    """(average precision, area under the receiver's curve)"""
    positives, negatives = int(labels.sum()), int((labels == 0).sum())
    pr = roc = recall = rate = 0.0
    for threshold in np.unique(scores)[::-1]:
        flagged = scores >= threshold
        found = int(labels[flagged].sum())
        new_recall, new_rate = found / positives, (int(flagged.sum()) - found) / negatives
        pr += (new_recall - recall) * found / int(flagged.sum())
        roc += (new_rate - rate) * (new_recall + recall) / 2
        recall, rate = new_recall, new_rate
    return pr, roc


def alerts(labels, intervals, buffer):
    """(event recall, false alerts per 10,000 normal readings, median delay in readings or None)"""
    half, events = buffer // 2, runs(labels)
    def meets(interval, event):
        return interval[0] <= event[1] + half and interval[1] >= event[0] - half
    false = sum(not any(meets(i, e) for e in events) for i in intervals)
    delays = []
    for event in events:
        hits = [max(int(i[0] - event[0]), 0) for i in intervals if meets(i, event)]
        if hits:
            delays.append(min(hits))
    return (len(delays) / len(events), 1e4 * false / max(1, int((labels == 0).sum())),
            float(np.median(delays)) if delays else None)


def evaluate(labels, scores, firing, channel):
    """All numbers of one series; a missing score (NaN) is the one before it, 0 at the start."""
    filled, last = [], 0.0
    for score in scores:
        last = last if np.isnan(score) else score
        filled.append(last)
    scores, buffer = np.array(filled), buffer_of(channel)
    vus_pr, vus_roc = vus(labels, scores, buffer)
    auc_pr, auc_roc = curves(labels, scores)
    recall, false, delay = alerts(labels, runs(firing), buffer)
    return {"buffer": buffer, "vus_pr": vus_pr, "vus_roc": vus_roc, "auc_pr": auc_pr, "auc_roc": auc_roc,
            "event_recall": recall, "false_alerts_per_10k_readings": false, "median_delay_readings": delay}


def main():
    path, train_rows = sys.argv[1], int(sys.argv[2])
    with open(path, newline="") as file:
        reader = csv.reader(file)
        header, rows = next(reader), list(reader)
    column = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    measured = slice(train_rows, None)
    print(json.dumps(evaluate(
        np.array([int(float(x)) for x in column["label"]])[measured],
        np.array([float(x) if x else np.nan for x in column["score"]])[measured],
        np.array([int(x) for x in column["alert"]])[measured],
        [float(x) for x in column[header[1]]])))


if __name__ == "__main__":
    main()

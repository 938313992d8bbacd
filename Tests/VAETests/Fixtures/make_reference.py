#!/usr/bin/env python3
"""Writes reference.json: what small networks of the detector's kind give, computed independently of Harken in double
precision: the loss is written down from the definitions, and PyTorch takes its gradient, clips it and steps down it.

    python3 make_reference.py     (needs numpy and torch; the numbers kept came from numpy 2.4 and torch 2.15)

Frozen are the center m (D), k orthonormal directions V (k x D), their variances lambda (k) and the residual variance
s2.  Trained is one flat array, of each layer the weights (input x output, row after row), then the biases:
    A (k x h), R (h x 2k), B (k x h), U (h x (D + Hd)), then v0 (k), P (k x Hd), S (q x Hd), c (Hd), logNoise (D),
    headLogVariance (Hd)
with Hd the channels of all horizons and q the cells of the newest slots.  For windows x (rows x D), whose missing cells
the caller has filled in, input noise n, targets t (rows x Hd) and standard normal numbers eps (rows x k):
    encoder gain ge = g / max(lambda, s2 + 1e-6)    decoder gain g = sqrt(max(lambda - s2, 1e-6))
    l = ge (x + n - m) V'                           r = tanh(l A + a) R + r0
    mu = l + r[:k]                                  log variance = clamp(v0 + r[k:], -12, 3)
    z = mu + exp(log variance / 2) eps              u = tanh(z B + b) U + u0
    rebuilt = m + (g z) V + u[:D]                   foretold = c + z P + (x + n)[-q:] S + u[D:]
The loss is a mean over rows and cells, (reconstruction + beta divergence + foresight) / (rows D), of sums in nats: the
Gaussian log losses of observed cells of x (without the input noise) and of observed targets, their log variances no
less than 2 log .05 and 2 log .03, and the divergence from a standard normal prior.  With beta = 0 nothing is drawn,
z = mu, and there is no divergence.  Adam has its usual constants all the way: PyTorch's one-cycle schedule would also
move the first of them, and is told not to.

The closed form is what the network starts from: principal components of the windows' covariance (divided by one less
than their number), the sign of each such that its component of largest magnitude is positive, and a ridge regression of
targets on latents and newest cells as head.
"""
import json
import math
import os

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
LOG_VARIANCE_RANGE = (-12.0, 3.0)
NOISE_FLOOR, HEAD_FLOOR = 0.05, 0.03
STEPS, PEAK_RATE, WARM_UP_SHARE, NORM_LIMIT = 5, 0.02, 0.3, 1.0


def rounded(x):
    """to what the implementation can be given exactly"""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def numbers(a):
    return [float("%.9g" % v) for v in np.asarray(a.detach() if torch.is_tensor(a) else a).ravel()]


class Network:
    def __init__(self, center, directions, variances, residual_variance, hidden, targets, newest):
        self.m, self.V, self.lam = (torch.tensor(a) for a in (center, directions, variances))
        self.s2, (self.k, self.D) = residual_variance, directions.shape
        self.q = newest
        k, h, D, t = self.k, hidden, self.D, targets
        self.shapes = [
            (k, h), (h,), (h, 2 * k), (2 * k,), (k, h), (h,), (h, D + t), (D + t,),
            (k,), (k, t), (newest, t), (t,), (D,), (t,)]

    def unpacked(self, p):
        parts = torch.split(p, [math.prod(shape) for shape in self.shapes])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes)]

    def encode(self, p, x):
        A, a, R, r0, _, _, _, _, v0, *_ = self.unpacked(p)
        gain = (self.lam - self.s2).clamp(min=1e-6).sqrt() / torch.maximum(self.lam, torch.tensor(self.s2 + 1e-6))
        latents = gain * ((x - self.m) @ self.V.T)
        r = torch.tanh(latents @ A + a) @ R + r0
        return latents + r[:, :self.k], v0 + r[:, self.k:]

    def decode(self, p, z, x):
        _, _, _, _, B, b, U, u0, _, P, S, c, _, _ = self.unpacked(p)
        gain = (self.lam - self.s2).clamp(min=1e-6).sqrt()
        u = torch.tanh(z @ B + b) @ U + u0
        return self.m + (gain * z) @ self.V + u[:, :self.D], c + z @ P + x[:, -self.q:] @ S + u[:, self.D:]

    def loss(self, p, batch, beta):
        """the loss and its three parts in nats"""
        x, mask, noise, targets, target_mask, eps = (torch.tensor(batch[key]) for key in BATCH)
        mu, unclamped = self.encode(p, x + noise)
        log_variance = unclamped.clamp(*LOG_VARIANCE_RANGE)
        z = mu + torch.exp(log_variance / 2) * eps if beta > 0 else mu
        rebuilt, foretold = self.decode(p, z, x + noise)
        log_noise, head = self.unpacked(p)[-2:]

        def nats(difference, log_variance, observed):
            each = difference ** 2 / (2 * torch.exp(log_variance)) + log_variance / 2 + math.log(2 * math.pi) / 2
            return (each * observed).sum()

        reconstruction = nats(x - rebuilt, log_noise.clamp(min=2 * math.log(NOISE_FLOOR)), mask)
        foresight = nats(targets - foretold, head.clamp(min=2 * math.log(HEAD_FLOOR)), target_mask)
        divergence = torch.zeros(())
        if beta > 0:
            divergence = 0.5 * (mu ** 2 + torch.exp(log_variance) - 1 - log_variance).sum()
        total = (reconstruction + beta * divergence + foresight) / (len(x) * self.D)
        return total, reconstruction, divergence, foresight


BATCH = ("windows", "masks", "inputNoise", "targets", "targetMasks", "epsilons")
LOSS = ("loss", "reconstruction", "divergence", "foresight")


def case(name, seed, beta, masked, noisy, floored, rows=7):
    slots, channels, k, h, newest_slots, horizons = 6, 2, 3, 5, 2, (1, 8)
    r = np.random.default_rng(seed)
    D, t, q = slots * channels, len(horizons) * channels, newest_slots * channels
    directions = np.linalg.qr(r.normal(size=(D, k)))[0].T
    net = Network(
        rounded(r.normal(0, .3, D)), rounded(directions), rounded([5.1, 2.3, 0.9][:k]), float(rounded(0.21)), h, t, q)
    v0 = np.array([-1.2, 2.6, -3.1])[:k]
    log_noise, head = r.normal(-.7, .4, D), r.normal(-.9, .4, t)
    cell, target = 4, 1
    if floored:  # one of each below its floor, whose gradient is then zero
        log_noise[cell], head[target] = -6.3, -7.4
    parts = [
        r.normal(0, .6, (k, h)), r.normal(0, .3, h), r.normal(0, .5, (h, 2 * k)), r.normal(0, .2, 2 * k),
        r.normal(0, .6, (k, h)), r.normal(0, .3, h), r.normal(0, .4, (h, D + t)), r.normal(0, .2, D + t),
        v0, r.normal(0, .4, (k, t)), r.normal(0, .3, (q, t)), r.normal(0, .2, t), log_noise, head]
    start = rounded(np.concatenate([part.ravel() for part in parts]))

    def observed(shape):
        return (r.uniform(size=shape) > .3).astype(float) if masked else np.ones(shape)

    def batch():
        latents = r.normal(size=(rows, k)) * np.sqrt(net.lam.numpy())
        x = net.m.numpy() + latents @ directions + r.normal(0, .5, (rows, D))
        targets = r.normal(0, 1, (rows, t))
        if floored:  # what has so little noise has small errors, or the loss would be of them alone
            p = torch.tensor(start)
            for _ in range(100):
                inputs = torch.tensor(x)
                rebuilt, foretold = net.decode(p, net.encode(p, inputs)[0], inputs)
                x[:, cell] = rebuilt[:, cell]
            x[:, cell] += r.normal(0, .05, rows)
            targets[:, target] = foretold[:, target].numpy() + r.normal(0, .03, rows)
        return {
            "windows": rounded(x), "masks": observed((rows, D)),
            "inputNoise": rounded(r.normal(0, .1, (rows, D))) if noisy else np.zeros((rows, D)),
            "targets": rounded(targets), "targetMasks": observed((rows, t)),
            "epsilons": rounded(r.normal(0, 1, (rows, k)))}

    batches = [batch() for _ in range(STEPS)]
    p = torch.tensor(start, requires_grad=True)
    found = net.loss(p, batches[0], beta)
    found[0].backward()
    gradient = p.grad.clone()
    with torch.no_grad():
        x = torch.tensor(batches[0]["windows"])
        mu, unclamped = net.encode(p, x)
        rebuilt, foretold = net.decode(p, mu, x)
        noisy_unclamped = net.encode(p, x + torch.tensor(batches[0]["inputNoise"]))[1]
    upper = LOG_VARIANCE_RANGE[1]
    if beta > 0:
        assert (noisy_unclamped > upper).any() and (noisy_unclamped < upper).any(), "both sides are to be tested"
        assert (noisy_unclamped - upper).abs().min() > 1e-3, "single precision may fall on the other side"

    optimizer = torch.optim.Adam([p], lr=PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_RATE, total_steps=STEPS, pct_start=WARM_UP_SHARE, cycle_momentum=False)
    norms, trained, losses = [], [], []
    for one in batches:
        optimizer.zero_grad()
        loss = net.loss(p, one, beta)[0]
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_([p], NORM_LIMIT)))
        optimizer.step()
        schedule.step()
        losses.append(float(loss.detach()))
        trained.append(numbers(p))
    assert max(norms) > NORM_LIMIT
    return {
        "name": name, "channelCount": channels, "slotCount": slots, "latentCount": k, "hiddenCount": h,
        "horizons": horizons, "newestSlots": newest_slots, "rowCount": rows, "beta": beta,
        "center": numbers(net.m), "directions": numbers(net.V), "variances": numbers(net.lam),
        "residualVariance": net.s2,
        "parameters": numbers(start), **{key: [numbers(one[key]) for one in batches] for key in BATCH},
        **{key: float(part.detach()) for key, part in zip(LOSS, found)},
        "gradient": numbers(gradient),
        "latents": numbers(mu), "logVariances": numbers(unclamped.clamp(*LOG_VARIANCE_RANGE)),
        "rebuilt": numbers(rebuilt), "foretold": numbers(foretold),
        "peakRate": PEAK_RATE, "warmUpShare": WARM_UP_SHARE, "normLimit": NORM_LIMIT,
        "losses": losses, "norms": norms, "trained": trained}


def closed_form(seed, rows=40, slots=6, channels=2, newest_slots=2, horizons=(1, 8)):
    """windows of few dimensions with noise, the last channel's targets almost without any"""
    r = np.random.default_rng(seed)
    D, t, q = slots * channels, len(horizons) * channels, newest_slots * channels
    basis = np.linalg.qr(r.normal(size=(D, 5)))[0].T
    latents = r.normal(size=(rows, 5)) * [3.0, 2.0, 1.3, 0.8, 0.45]
    x = rounded(r.normal(0, .5, D) + latents @ basis + r.normal(0, .04, (rows, D)) * np.linspace(.6, 2.5, D))
    targets = rounded(.3 + latents @ r.normal(0, .4, (5, t)) + r.normal(0, 1, (rows, t)) * [.3, .2, .5, .02])
    center = x.mean(0)
    c = x - center
    values, vectors = np.linalg.eigh(c.T @ c / (rows - 1))
    values, vectors = values[::-1], vectors[:, ::-1]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(D)])
    k = int(np.searchsorted(np.cumsum(values) / values.sum(), .999)) + 1
    assert 3 < k < D - 2 and abs(np.cumsum(values)[k - 2:k] / values.sum() - .999).min() > 1e-5
    s2 = max(values[k:].mean(), 1e-6)
    V, variances = vectors[:, :k], values[:k]
    residuals = c - c @ V @ V.T
    mean_squares = (residuals ** 2).mean(0)
    log_noise = np.log(np.maximum(mean_squares, NOISE_FLOOR ** 2))
    assert (mean_squares > NOISE_FLOOR ** 2).any() and (mean_squares < NOISE_FLOOR ** 2).any()
    mu = c @ V * np.sqrt(np.maximum(variances - s2, 1e-6)) / np.maximum(variances, s2 + 1e-6)
    inputs = np.c_[mu, x[:, -q:]]
    mean, deviation = inputs.mean(0), np.maximum(inputs.std(0), 1e-6)
    g = (inputs - mean) / deviation
    ridge = max(1, 1e-3 * rows) * np.eye(k + q)
    weights = np.linalg.solve(g.T @ g + ridge, g.T @ (targets - targets.mean(0))) / deviation[:, None]
    constant = targets.mean(0) - mean @ weights
    errors = targets - constant - inputs @ weights
    head = np.log(np.maximum((errors ** 2).mean(0), HEAD_FLOOR ** 2))
    return {
        "slotCount": slots, "channelCount": channels, "newestSlots": newest_slots, "horizons": horizons,
        "rowCount": rows,
        "windows": numbers(x), "targets": numbers(targets), "center": numbers(center), "eigenvalues": numbers(values),
        "latentCount": k, "directions": numbers(V.T), "variances": numbers(variances), "residualVariance": s2,
        "logNoise": numbers(log_noise), "logVarianceBias": numbers(np.log(np.clip(s2 / variances, 1e-5, 1))),
        "latents": numbers(mu), "latentWeights": numbers(weights[:k]), "newestWeights": numbers(weights[k:]),
        "headBias": numbers(constant), "headLogVariance": numbers(head)}


def one_cycle(step, total, peak, share, div=25.0, final_div=1e4):
    """as PyTorch's documentation has it"""
    initial = peak / div
    final = initial / final_div
    top = share * total - 1
    cosine = lambda a, b, t: b + (a - b) / 2 * (1 + np.cos(np.pi * t))
    return cosine(initial, peak, step / top) if step <= top else cosine(peak, final, (step - top) / (total - 1 - top))


def main():
    cases = [
        case("masked, with input noise and divergence", 1, 1.0, masked=True, noisy=True, floored=True),
        case("all observed, without divergence", 2, 0.0, masked=False, noisy=False, floored=False),
    ]
    steps = [0, 1, 50, 148, 149, 150, 700, 1400, 1498, 1499]
    rates = {"stepCount": 1500, "peak": 2e-3, "warmUpShare": 0.1, "steps": steps}
    rates["rates"] = [float(one_cycle(s, 1500, 2e-3, 0.1)) for s in rates["steps"]]
    recorded = {"networks": cases, "closedForm": closed_form(3), "oneCycle": rates}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json"), "w") as f:
        json.dump(recorded, f, indent=None, separators=(",", ":"))
        f.write("\n")
    for one in cases:
        print(one["name"], "loss", one["loss"], one["reconstruction"], one["divergence"], one["foresight"],
              "norms", one["norms"], "largest gradient", max(map(abs, one["gradient"])))
    form = recorded["closedForm"]
    print("closed form", form["latentCount"], form["residualVariance"], form["eigenvalues"], form["headLogVariance"])


if __name__ == "__main__":
    main()

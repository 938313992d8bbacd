#!/usr/bin/env python3
"""Writes reference.json: what small variational autoencoders give, computed independently of Harken, in double precision.

The loss is written down from the definitions, and its gradient is taken by central differences of that loss, so no
derivation is shared with the implementation under test.  Adam and the one-cycle rate follow PyTorch's documentation.

    python3 make_reference.py          (needs numpy; the numbers in the repository came from numpy 2.4)
"""
import json
import os

import numpy as np

LOG_VARIANCE_RANGE = (-8.0, 4.0)
NOISE_RANGE = (-6.0, 2.0)


def unpack(p, D, H, L):
    """encoder, mean, log-variance, decoder, output: of each the weights (input x output), then the biases; then the noise"""
    parts, at = [], 0
    for shape in [(D, H), (H,), (H, L), (L,), (H, L), (L,), (L, H), (H,), (H, D), (D,), (D,)]:
        size = int(np.prod(shape))
        parts.append(p[at:at + size].reshape(shape))
        at += size
    assert at == len(p)
    return parts


def decode(p, z, c):
    _, _, _, _, _, _, W4, b4, W5, b5, _ = unpack(p, *c["sizes"])
    return np.tanh(z @ W4 + b4) @ W5 + b5


def encode(p, x, c):
    W1, b1, W2, b2, W3, b3, *_ = unpack(p, *c["sizes"])
    h = np.tanh(x @ W1 + b1)
    return h @ W2 + b2, h @ W3 + b3


def loss(p, x, mask, eps, c):
    D = c["sizes"][0]
    kinds = np.array(c["kinds"])
    s = unpack(p, *c["sizes"])[-1]
    x = np.where(mask != 0, x, 0.0)
    mu, lv = encode(p, x, c)
    lv = np.clip(lv, *LOG_VARIANCE_RANGE)
    z = mu + np.exp(lv / 2) * eps if c["beta"] > 0 else mu
    y = decode(p, z, c)
    gaussian = 0.5 * np.log(2 * np.pi) + 0.5 * s + (x - y) ** 2 / (2 * np.exp(s))
    probability = 1 / (1 + np.exp(-y))
    bernoulli = -(x * np.log(probability) + (1 - x) * np.log(1 - probability))
    nll = (np.where(kinds == 0, gaussian, bernoulli) * mask).sum()
    kl = 0.5 * (mu ** 2 + np.exp(lv) - 1 - lv).sum() if c["beta"] > 0 else 0.0
    return (nll + c["beta"] * kl) / (len(x) * D), nll, kl


def gradient(p, *arguments):
    g = np.empty_like(p)
    c = arguments[-1]
    for i in range(len(p)):
        h = 1e-6
        up, down = p.copy(), p.copy()
        up[i] += h
        down[i] -= h
        g[i] = (loss(up, *arguments)[0] - loss(down, *arguments)[0]) / (2 * h)
    if c["fixed_noise"] is not None:
        g[-c["sizes"][0]:] = 0
    return g


def one_cycle(step, total, peak, share, div=25.0, final_div=1e4):
    initial = peak / div
    final = initial / final_div
    top = share * total - 1
    cosine = lambda a, b, t: b + (a - b) / 2 * (1 + np.cos(np.pi * t))
    return cosine(initial, peak, step / top) if step <= top else cosine(peak, final, (step - top) / (total - 1 - top))


def train(p, c, batches, peak, limit):
    """Adam steps on given batches; the weights after each"""
    p, m, v, after, norms = p.copy(), np.zeros_like(p), np.zeros_like(p), [], []
    D = c["sizes"][0]
    for t, (x, mask, eps) in enumerate(batches):
        g = gradient(p, x, mask, eps, c)
        norm = np.sqrt((g ** 2).sum())
        norms.append(norm)
        g = g * min(1.0, limit / (norm + 1e-6))
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g ** 2
        rate = one_cycle(t, len(batches), peak, 0.3)
        p = p - rate * (m / (1 - 0.9 ** (t + 1))) / (np.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8)
        after.append(p.copy())
    return after, norms


def float32(x):
    """rounded to what the implementation can be given exactly"""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def case(name, seed, kinds, beta, fixed_noise, masked, H=5, L=3, rows=7):
    r = np.random.default_rng(seed)
    D = len(kinds)
    c = {"name": name, "sizes": [D, H, L], "kinds": kinds, "beta": beta, "fixed_noise": fixed_noise}
    parts = [r.normal(0, .6, (D, H)), r.normal(0, .3, H), r.normal(0, .7, (H, L)), r.normal(0, .2, L),
             r.normal(0, .5, (H, L)), np.array([-1.0, -3.0, 4.3])[:L], r.normal(0, .8, (L, H)), r.normal(0, .3, H),
             r.normal(0, .7, (H, D)), r.normal(0, .3, D),
             np.full(D, np.log(fixed_noise)) if fixed_noise is not None else r.normal(-.5, .5, D)]
    p = float32(np.concatenate([q.ravel() for q in parts]))

    def batch():
        x = r.normal(0, 1, (rows, D))
        x = np.where(np.array(kinds) == 1, (x > 0).astype(float), x)
        mask = (r.uniform(size=(rows, D)) > .3).astype(float) if masked else np.ones((rows, D))
        return float32(x), mask, float32(r.normal(0, 1, (rows, L)))

    batches = [batch() for _ in range(8)]
    x, mask, eps = batches[0]
    total, nll, kl = loss(p, x, mask, eps, c)
    shown = np.where(mask != 0, x, 0.0)
    mu, lv = encode(p, shown, c)
    if beta > 0:
        assert (lv > LOG_VARIANCE_RANGE[1]).any() and (lv < LOG_VARIANCE_RANGE[1]).any()
        assert np.abs(lv - LOG_VARIANCE_RANGE[1]).min() > 1e-3, "too near to the kink for differences"
    y = decode(p, mu, c)
    y = np.where(np.array(kinds) == 1, 1 / (1 + np.exp(-y)), y)
    peak, limit = 0.02, 0.25
    after, norms = train(p, c, batches, peak, limit)
    assert min(norms) < limit < max(norms) or min(norms) > limit
    assert np.all((after[-1][-D:] > NOISE_RANGE[0]) & (after[-1][-D:] < NOISE_RANGE[1]))
    n = lambda a: [float("%.9g" % v) for v in np.asarray(a).ravel()]
    return {"name": name, "inputCount": D, "hiddenCount": H, "latentCount": L, "kinds": kinds, "beta": beta,
            "fixedNoise": fixed_noise, "rowCount": rows, "parameters": n(p),
            "windows": [n(b[0]) for b in batches], "masks": [n(b[1]) for b in batches], "epsilons": [n(b[2]) for b in batches],
            "loss": total, "reconstruction": nll, "divergence": kl, "gradient": n(gradient(p, x, mask, eps, c)),
            "latents": n(mu), "outputs": n(y), "peakRate": peak, "warmUpShare": 0.3, "normLimit": limit,
            "norms": n(norms), "trained": [n(q) for q in after]}


def main():
    cases = [
        case("learned noise, all observed", 1, [0] * 6, 1.0, None, False),
        case("learned noise, masked, two-valued channels", 2, [0, 0, 1, 0, 1, 0, 0], 0.3, None, True),
        case("fixed noise, masked", 3, [0] * 5, 0.05, 1.0, True),
        case("plain autoencoder with learned noise", 4, [0, 0, 1, 0, 0], 0.0, None, True),
    ]
    rates = {"stepCount": 1500, "peak": 2e-3, "warmUpShare": 0.1, "steps": [0, 1, 50, 148, 149, 150, 700, 1400, 1498, 1499]}
    rates["rates"] = [float(one_cycle(s, 1500, 2e-3, 0.1)) for s in rates["steps"]]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json"), "w") as f:
        json.dump({"networks": cases, "oneCycle": rates}, f, indent=None, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()

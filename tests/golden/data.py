"""The two data sets: the 14 rows of the facts' fixture and an unbalanced one with clusters, weights and a covariate."""

import numpy as np


def tiny():
    return dict(
        name="tiny",
        g=[1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6],
        t=[1.0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0],
        x=[0.2, 1.1, 0.5, 0.9, 0.3, 1.4, 0.1, 0.7, 1.2, 0.4, 0.6, 1.0, 0.8, 0.0],
        y=[10.1, 12.9, 11.0, 13.5, 12.2, 12.4, 9.0, 13.1, 15.0, 12.0, 10.5, 11.2, 14.1, 11.9],
        w=[1.0, 2.0, 0.5, 1.5, 1.0, 3.0, 0.7, 1.2, 0.9, 2.2, 1.0, 0.4, 1.1, 1.3],
    )


def unbalanced():
    """Eleven clusters of 3 to 71 rows, five treated; rows are shuffled, so clusters are not contiguous."""
    rng = np.random.default_rng(20260722)
    sizes = [3, 5, 8, 12, 17, 23, 31, 40, 52, 60, 71]
    treated = [1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1]
    g = np.repeat(np.arange(len(sizes)), sizes)
    rng.shuffle(g)
    n = len(g)
    t = np.array(treated, float)[g]
    x = rng.normal(size=n) + 0.4 * rng.normal(size=len(sizes))[g]
    noise = rng.normal(size=len(sizes))[g] + rng.normal(size=n) * (1 + 0.5 * t + 0.3 * np.abs(x))
    y = np.round(120 + 3 * t + 2.5 * x + 2 * noise, 6)
    w = np.round(rng.gamma(2.0, 0.5, size=n) + 0.05, 6)
    return dict(name="unbalanced", g=g.tolist(), t=t.tolist(), x=np.round(x, 6).tolist(), y=y.tolist(), w=w.tolist())


def both():
    return [tiny(), unbalanced()]


def matrices(d):
    """X of y ~ 1 + t + x, and the other columns as arrays."""
    t, x, y, w = (np.array(d[name]) for name in "txyw")
    return np.column_stack([np.ones_like(t), t, x]), y, w, np.array(d["g"])

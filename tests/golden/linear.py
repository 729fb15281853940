"""OLS and WLS with classical, HC and clustered covariances; joint F; Newey-West."""

import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from common import case, write
from data import both, matrices, tiny
from scipy import stats

warnings.filterwarnings("ignore")


def brute_force(X, y, w, g):
    """CR2 and CR3 by n_g x n_g matrices, Satterthwaite by N-vectors: nothing shared with the Rust algebra."""
    X, y = X * np.sqrt(w)[:, None], y * np.sqrt(w)
    n, k = X.shape
    M = np.linalg.inv(X.T @ X)
    H = X @ M @ X.T
    e = y - X @ (M @ X.T @ y)
    groups = [np.flatnonzero(g == value) for value in np.unique(g)]
    G = len(groups)
    roots, inverses = [], []
    for rows in groups:
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - H[np.ix_(rows, rows)])
        keep = values > 1e-10
        roots.append(vectors[:, keep] @ np.diag(values[keep] ** -0.5) @ vectors[:, keep].T)
        inverses.append(vectors[:, keep] @ np.diag(1 / values[keep]) @ vectors[:, keep].T)

    def meat(adjust, centre=False):
        u = np.array([X[rows].T @ A @ e[rows] for rows, A in zip(groups, adjust)])
        u = u - u.mean(0) if centre else u
        return M @ (u.T @ u) @ M

    plain = [np.eye(len(rows)) for rows in groups]
    out = {
        "CR0": meat(plain),
        "CR1": meat(plain) * G / (G - 1),
        "CR1S": meat(plain) * G / (G - 1) * (n - 1) / (n - k),
        "CR2": meat(roots),
        "CR3": meat(inverses),
        "CR3J": meat(inverses) * (G - 1) / G,
        "CR3Jm": meat(inverses, centre=True) * (G - 1) / G,
    }
    df = []
    for j in range(k):
        c = np.eye(k)[j]
        P = np.column_stack(
            [(np.eye(n) - H)[:, rows] @ A @ X[rows] @ M @ c for rows, A in zip(groups, roots)]
        )
        B = P.T @ P
        df.append(np.trace(B) ** 2 / np.sum(B**2))
    return out, df


cases = []
for d in both():
    X, y, w, g = matrices(d)
    for weighted in [False, True]:
        weights = w if weighted else np.ones_like(w)
        inputs = dict(data=d["name"], weighted=weighted)
        model = sm.WLS(y, X, weights=weights)
        fit = model.fit()
        cases.append(case("coefficients", "statsmodels WLS", fit.params, **inputs))
        cases.append(case("classical", "statsmodels WLS", fit.cov_params(), **inputs))
        for kind in ["HC0", "HC1", "HC2", "HC3"]:
            cases.append(case(kind, "statsmodels WLS", model.fit(cov_type=kind).cov_params(), **inputs))
        CR, df = brute_force(X, y, weights, g)
        # statsmodels knows CR1S only; the others differ from it by a constant or are made by brute force.
        known = model.fit(cov_type="cluster", cov_kwds={"groups": g}).cov_params()
        assert np.allclose(known, CR["CR1S"], rtol=1e-10)
        bare = model.fit(cov_type="cluster", cov_kwds={"groups": g, "use_correction": False}).cov_params()
        cases.append(case("CR1S", "statsmodels WLS cluster", known, **inputs))
        cases.append(case("CR0", "statsmodels WLS cluster, no correction", bare, **inputs))
        for kind in ["CR1", "CR2", "CR3", "CR3J", "CR3Jm"]:
            cases.append(case(kind, "numpy, n_g x n_g matrices", CR[kind], **inputs))
        cases.append(case("satterthwaite_df", "numpy, N-vectors", df, **inputs))
        for kind, V in [("HC2", model.fit(cov_type="HC2").cov_params()), ("CR1S", known)]:
            df2 = len(y) - 3 if kind == "HC2" else len(np.unique(g)) - 1
            b, R = fit.params, np.eye(3)[1:]
            F = (R @ b) @ np.linalg.solve(R @ V @ R.T, R @ b) / 2
            values = [F, stats.f.sf(F, 2, df2)]
            cases.append(case("joint_F_" + kind, "numpy and scipy.stats.f", values, **inputs))
        if weighted:
            continue
        for lag in [0, 1, 2, 5]:
            for adjust in [False, True]:
                kwds = {"maxlags": lag, "use_correction": adjust}
                V = model.fit(cov_type="HAC", cov_kwds=kwds).cov_params()
                cases.append(case("NW", "statsmodels HAC", V, lag=lag, adjusted=adjust, **inputs))

# A column that is one in one cluster only: that cluster fits a part of itself, I - H_gg is singular.
for d in both():
    X, y, w, g = matrices(d)
    own = (g == 4).astype(float)
    if d["name"] == "tiny":
        X = X[:, :2]
    for weighted in [False, True]:
        weights = w if weighted else np.ones_like(w)
        CR, df = brute_force(np.column_stack([X, own]), y, weights, g)
        inputs = dict(data=d["name"], weighted=weighted, own=4, with_x=d["name"] != "tiny")
        for kind in ["CR2", "CR3"]:
            cases.append(case("own_" + kind, "numpy, n_g x n_g pseudo-inverses", np.sqrt(CR[kind][1, 1]), **inputs))
        cases.append(case("own_df", "numpy, n_g x n_g pseudo-inverses", df[1], **inputs))

# pyfixest: an implementation by other people, on the same numbers.
import pyfixest as pf

for d in both():
    frame = pd.DataFrame({name: d[name] for name in "gtxyw"})
    G, n = frame.g.nunique(), len(frame)
    ssc = pf.ssc(k_adj=False, G_adj=False)
    for weighted in [False, True]:
        extra = dict(weights="w") if weighted else {}
        inputs = dict(data=d["name"], weighted=weighted)
        bare = pf.feols("y ~ t + x", frame, vcov={"CRV1": "g"}, ssc=ssc, **extra)
        cases.append(case("CR0", "pyfixest CRV1 without its small-sample factors", bare._vcov, **inputs))
        default = pf.feols("y ~ t + x", frame, vcov={"CRV1": "g"}, **extra)
        cases.append(case("CR1S", "pyfixest CRV1", default._vcov, **inputs))
        if not weighted:
            jack = pf.feols("y ~ t + x", frame, vcov={"CRV3": "g"}, ssc=ssc)
            cases.append(case("CR3", "pyfixest CRV3 without its small-sample factors", jack._vcov, **inputs))

# The 14 rows again: R clubSandwich 0.5.8 and sandwich 3.0.2, as printed in the facts (statistics.md, 26).
printed = "twelve printed digits"
for kind, se in [
    ("classical", 0.279076524948), ("HC0", 0.242138141341), ("HC1", 0.273168664663), ("HC2", 0.27358053517),
    ("HC3", 0.310044990273), ("CR0", 0.333152945108), ("CR1", 0.36495076627), ("CR1S", 0.396743311041),
    ("CR2", 0.424493368705), ("CR3", 0.545045543966), ("CR3J", 0.497556232164), ("CR3Jm", 0.496321493159),
]:
    cases.append(case("se_t_" + kind, "R clubSandwich 0.5.8, sandwich 3.0.2", se, 5e-12, printed, data="tiny", weighted=False))
cases.append(case("cr2_t", "R clubSandwich 0.5.8", [3.79447389223, 6.32928011395e-3], 5e-12, printed, data="tiny", weighted=False))

write(__file__, cases, data=both())

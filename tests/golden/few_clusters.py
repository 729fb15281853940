"""Wild cluster bootstrap by brute force over all sign vectors and rows, and exact permutation tests."""

import itertools

import numpy as np
from common import case, write
from data import both, matrices, tiny
from scipy import stats


def cr1s_t(X, y, g, j, null):
    n, k = X.shape
    M = np.linalg.inv(X.T @ X)
    b = M @ X.T @ y
    e = y - X @ b
    groups = np.unique(g)
    u = np.array([X[g == v].T @ e[g == v] for v in groups])
    G = len(groups)
    V = M @ (u.T @ u) @ M * G / (G - 1) * (n - 1) / (n - k)
    return (b[j] - null) / np.sqrt(V[j, j])


def wild(X, y, w, g, j, null, impose):
    X, y = X * np.sqrt(w)[:, None], y * np.sqrt(w)
    groups, index = np.unique(g, return_inverse=True)
    b = np.linalg.lstsq(X, y, rcond=None)[0]
    t = cr1s_t(X, y, g, j, null)
    centre = b
    if impose:
        others = [i for i in range(X.shape[1]) if i != j]
        centre = np.zeros(X.shape[1])
        centre[j] = null
        centre[others] = np.linalg.lstsq(X[:, others], y - X[:, j] * null, rcond=None)[0]
    fitted, e = X @ centre, y - X @ centre
    stars = np.array(
        [abs(cr1s_t(X, fitted + e * np.array(v)[index], g, j, centre[j])) for v in itertools.product([1, -1], repeat=len(groups))]
    )
    # Without the null imposed the identity gives t* = 0; a p-value is never zero, so the floor is 2^(1 - G).
    return t, max(np.mean(stars >= abs(t) - 1e-9), 2.0 ** (1 - len(groups)))


share = "a share of at most 2048 vectors; |t*| of mirror images ties within 1e-9 in the reference"
cases = []
for d in both():
    X, y, w, g = matrices(d)
    for weighted in [False, True]:
        weights = w if weighted else np.ones_like(w)
        for impose in [True, False]:
            for null in [0.0, 1.2]:
                t, p = wild(X, y, weights, g, 1, null, impose)
                cases.append(case("wild", "numpy, every vector refitted on rows", [t, p], reason=share,
                                  data=d["name"], weighted=weighted, impose=impose, null=null))

# wildboottest enumerates too but counts ">" with ties decided by rounding: its own t* counted by our rule.
from wildboottest.wildboottest import WildboottestCL

for d in both():
    X, y, w, g = matrices(d)
    for impose in [True, False]:
        other = WildboottestCL(X=X, Y=y, cluster=g, R=np.array([0.0, 1.0, 0.0]), B=9999, seed=1)
        other.get_scores(bootstrap_type="11", impose_null=impose)
        other.get_weights(weights_type="rademacher")
        other.get_numer()
        other.get_denom()
        other.get_tboot()
        other.get_vcov()
        other.get_tstat()
        p = np.mean(abs(other.t_boot) >= abs(other.t_stat) - 1e-9)
        cases.append(case("wild", "wildboottest, its t* counted with >=", [other.t_stat, p], reason=share,
                          data=d["name"], weighted=False, impose=impose, null=0.0))

# Permutations: cluster means of the tiny data, and a sample of nine.
X, y, w, g = matrices(tiny())
means = [float(np.mean(y[g == v])) for v in np.unique(g)]
arms = [True, False, True, False, True, False]
rng = np.random.default_rng(7)
nine = np.round(rng.normal(size=9) + np.array([1.1] * 4 + [0] * 5), 6).tolist()


def exact(values, treated):
    values, treated = np.array(values), np.array(treated)
    result = stats.permutation_test(
        (values[treated], values[~treated]), lambda a, b: np.mean(a) - np.mean(b),
        permutation_type="independent", alternative="two-sided", n_resamples=np.inf,
    )
    # scipy's two-sided p doubles the smaller tail; ours is the share of |stat|: made from its null distribution.
    size = abs(result.statistic)
    return result.statistic, np.mean(abs(result.null_distribution) >= size - 1e-12 * max(1, size)), len(result.null_distribution)


for name, values, treated in [("means", means, arms), ("nine", nine, [True] * 4 + [False] * 5)]:
    cases.append(case("permutation", "scipy.stats.permutation_test, its null distribution", exact(values, treated),
                      outcome=values, treated=treated, mechanism="complete"))
before, after = np.round(rng.normal(size=8), 6), np.round(rng.normal(size=8) + 0.9, 6)
result = stats.permutation_test((after, before), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf)
size = abs(result.statistic)
p = np.mean(abs(result.null_distribution) >= size - 1e-12)
paired = np.column_stack([after, before]).ravel()
cases.append(case("permutation", "scipy.stats.permutation_test, samples", [result.statistic, p, len(result.null_distribution)],
                  outcome=paired, treated=[True, False] * 8, mechanism="pairs"))

write(__file__, cases, data=both())

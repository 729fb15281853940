"""Two arms of independent units: Welch, CUPED, ANCOVA, Lin, post-stratification; quantiles; adjusted p-values; tails."""

import mpmath as mp
import numpy as np
import statsmodels.api as sm
from common import case, write
from scipy import stats
from scipy.stats.mstats import mjci
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(11)
arms = {}
for name, n, effect in [("treated", 57, 1.3), ("control", 83, 0.0)]:
    x = rng.gamma(3.0, 2.0, size=n)
    stratum = rng.integers(0, 3, size=n)
    y = 50 + effect + 0.8 * x + 0.05 * effect * x**1.5 + 2.0 * stratum + rng.standard_t(5, size=n)
    arms[name] = dict(y=np.round(y, 6), x=np.round(x, 6), stratum=stratum)
T, C = arms["treated"], arms["control"]
y, x = (np.concatenate([T[name], C[name]]) for name in "yx")
t = np.r_[np.ones(len(T["y"])), np.zeros(len(C["y"]))]

cases = []


def welch(a, b):
    r = stats.ttest_ind(a, b, equal_var=False)
    low, high = r.confidence_interval(0.95)
    return [np.mean(a) - np.mean(b), (np.mean(a) - np.mean(b)) / r.statistic, r.df, r.pvalue, low, high]


cases.append(case("welch", "scipy.stats.ttest_ind", welch(T["y"], C["y"])))


def inner(v, u):
    return sum(np.sum((arm[v] - arm[v].mean()) * (arm[u] - arm[u].mean())) for arm in (T, C))


# Pooled over both arms: one mean for all units, ddof 1 in both moments.
theta = np.cov(x, y, ddof=1)[0, 1] / np.var(x, ddof=1)
adjusted = [arm["y"] - theta * (arm["x"] - x.mean()) for arm in (T, C)]
reduction = 1 - np.var(np.concatenate(adjusted), ddof=1) / np.var(y, ddof=1)
cases.append(case("cuped", "numpy and scipy.stats.ttest_ind", [theta, reduction] + welch(*adjusted)))

ancova = sm.OLS(y, np.column_stack([np.ones_like(t), t, x])).fit(cov_type="HC2", use_t=True)
cases.append(case("ancova", "statsmodels OLS HC2", [ancova.params[1], ancova.bse[1], ancova.pvalues[1], *ancova.conf_int()[1]]))
xc = x - x.mean()
lin = sm.OLS(y, np.column_stack([np.ones_like(t), t, xc, t * xc])).fit(cov_type="HC2", use_t=True)
cases.append(case("lin", "statsmodels OLS HC2", [lin.params[1], lin.bse[1], lin.pvalues[1], *lin.conf_int()[1]]))
x2 = xc**2
xs = np.column_stack([xc, x2 - x2.mean()])
lin2 = sm.OLS(y, np.column_stack([np.ones_like(t), t, xs, t[:, None] * xs])).fit(cov_type="HC2", use_t=True)
cases.append(case("lin_two", "statsmodels OLS HC2", [lin2.params[1], lin2.bse[1]], second=x2))

stratum = np.r_[T["stratum"], C["stratum"]]
effect = variance = 0.0
for s in range(3):
    weight = np.mean(stratum == s)
    a, b = T["y"][T["stratum"] == s], C["y"][C["stratum"] == s]
    effect += weight * (a.mean() - b.mean())
    variance += weight**2 * (a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
cases.append(case("post_stratified", "numpy", [effect, np.sqrt(variance)]))

for p in [0.1, 0.5, 0.9, 0.95]:
    for name in arms:
        values = arms[name]["y"]
        cases.append(case("quantile", "numpy type 7", np.quantile(values, p), arm=name, p=p))
        cases.append(case("maritz_jarrett", "scipy.stats.mstats.mjci", mjci(values, [p])[0], 1e-8,
                          "scipy squares before it subtracts, without centring: 50^2/se^2 digits are lost", arm=name, p=p))
        n = len(values)
        low, high = stats.binom.ppf(0.025, n, p), stats.binom.ppf(0.975, n, p)
        ordered = np.sort(values)
        ends = [ordered[int(low) - 1] if low >= 1 else None, ordered[int(high)] if high < n else None]
        cases.append(case("order_statistics", "scipy.stats.binom.ppf", ends, arm=name, p=p))

p_values = np.round(rng.uniform(size=12) ** 3, 6)
for ours, theirs in [("bonferroni", "bonferroni"), ("holm", "holm"), ("hochberg", "simes-hochberg"), ("bh", "fdr_bh"), ("by", "fdr_by")]:
    cases.append(case(ours, "statsmodels multipletests", multipletests(p_values, method=theirs)[1], p_values=p_values))

mp.mp.dps = 40
digits = "forty-digit arithmetic against the promise of 1e-12"
for df in [1, 3, 10, 101, 5000]:
    for factor in ["0.2", "1", "1.7", "4"]:
        at = float(df * mp.mpf(factor))
        value = mp.gammainc(mp.mpf(df) / 2, mp.mpf(at) / 2, mp.inf, regularized=True)
        if value > 1e-290:
            cases.append(case("chi_squared_sf", "mpmath", float(value), 2e-12, digits, at=at, df=df))
for d1, d2 in [(1, 1), (2, 10), (5, 60), (7, 2.5), (30, 4000)]:
    for at in [0.1, 1.0, 3.0, 12.0]:
        value = mp.betainc(mp.mpf(d2) / 2, mp.mpf(d1) / 2, 0, mp.mpf(d2) / (d2 + mp.mpf(d1) * mp.mpf(at)), regularized=True)
        cases.append(case("f_sf", "mpmath", float(value), 2e-12, digits, at=at, d1=d1, d2=d2))
for n, p in [(10, 0.3), (200, 0.05), (5000, 0.99)]:
    for k in [int(n * p * 0.9), int(n * p), min(n - 1, int(n * p * 1.005) + 1)]:
        terms = mp.fsum(mp.binomial(n, j) * mp.mpf(p) ** j * (1 - mp.mpf(p)) ** (n - j) for j in range(k + 1))
        cases.append(case("binomial_cdf", "mpmath", float(terms), 5e-12, digits + "; 1 - p is rounded before it is used", k=k, n=n, p=p))

write(__file__, cases, arms=arms)

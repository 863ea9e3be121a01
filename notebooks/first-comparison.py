# %% [markdown]
# # A first comparison, cell by cell
#
# What would a mesh do to the Online Boutique, a web shop of eleven services? This notebook
# compares no mesh, Istio's sidecars and Istio's ambient mode, looks at the numbers as tables and
# charts, and asserts each of its conclusions: if one does not hold on your machine, the cell
# fails.
#
# It needs meshsim with its extras `[app,report]` (for Altair and Jinja) and Jupyter, and takes
# about half a minute. For a study that counts, raise `REQUESTS` to 2,000 or more.

# %%
import altair as alt
import pandas as pd

import meshsim as ms

REQUESTS = 350
MESHES = ["none", "istio-sidecar", "istio-ambient"]
comparison = ms.compare("online-boutique", MESHES, requests=REQUESTS)
frame = ms.to_frame(comparison)
frame.head()

# %% [markdown]
# `frame` is a tidy table: one row per number, with unit, interval and, where there is none, the
# reason. All that follows is selected from it. Times are seconds; here we show milliseconds.


# %%
def rows(table, **equal):
    """The rows of one table of the frame; times in ms."""
    found = frame[frame["table"] == table]
    for column, value in equal.items():
        found = found[found[column] == value]
    found = found.copy()
    times = found["unit"] == "s"
    found.loc[times, ["estimate", "low", "high"]] *= 1_000
    return found


def with_interval(row):
    """The estimate with its ends, or why there is none."""
    if pd.isna(row["low"]):
        return row["note"]
    return f"{row['estimate']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


# %% [markdown]
# ## How long do requests take?
#
# Some cells have no number: the slowest thousandth of a few thousand requests is a handful, and
# no honest interval can be made of that.

# %%
latency = rows("latency", name="all requests")
latency["text"] = latency.apply(with_interval, axis=1)
latency.pivot_table(index="metric", columns="mesh", values="text", aggfunc="first", sort=False)

# %%
missing = latency[latency["metric"] == "p99.9"]
assert missing["estimate"].isna().all()
assert missing["note"].str.startswith("not enough data").all()

# %% [markdown]
# ## What does each mesh add?
#
# All meshes met the same requests with the same work. So the *difference* is known better than
# either side: most of the luck is in both and cancels.

# %%
added = rows("latency_difference", scope="all", metric="mean")
alone = rows("latency", scope="all", metric="mean")
added[["mesh", "estimate", "low", "high"]].round(2)

# %%
bars = alt.Chart(added, title="Added to the mean latency, with 95% intervals [ms]").encode(
    y=alt.Y("mesh", sort=MESHES, title=None)
)
bars.mark_bar(opacity=0.6).encode(x=alt.X("estimate", title="ms")) + bars.mark_errorbar().encode(
    x=alt.X("low", title="ms"), x2="high"
)

# %%
by_mesh = added.set_index("mesh")
assert (by_mesh["low"] > 0).all(), "each mesh adds something, beyond the noise"
assert by_mesh.loc["istio-ambient", "high"] < by_mesh.loc["istio-sidecar", "low"]
half_widths = (added["high"] - added["low"]).to_numpy() / 2
single = (alone["high"] - alone["low"]).to_numpy() / 2
assert half_widths[-1] < single[-1] / 2, "pairing at least halves ambient's interval"

# %% [markdown]
# ## Where does the time go?
#
# Each request's time falls into six parts, which sum to its latency. So the stacked bars are as
# long as the mean latency.

# %%
parts = rows("breakdown", name="all requests")
parts.pivot_table(index="metric", columns="mesh", values="estimate", sort=False).round(2)

# %%
parts["number"] = parts.groupby("mesh").cumcount()
alt.Chart(parts, title="Mean time per request by part [ms]").mark_bar().encode(
    y=alt.Y("mesh", sort=MESHES, title=None),
    x=alt.X("estimate", title="ms"),
    color=alt.Color("metric", sort=None, title="part"),
    order="number",
)

# %%
totals = parts.groupby("mesh")["estimate"].sum()
means = alone.set_index("mesh")["estimate"]
assert (totals - means).abs().max() < 1e-6 * means.max(), "the parts sum to the mean"

work = parts[parts["metric"] == "app_work"]["estimate"]
assert work.max() < 1.05 * work.min(), "the application works as much under every mesh"

# %% [markdown]
# ## What does it use, and what does it request?
#
# The scheduler sets aside what is *requested*, and the bill follows. Sidecars request per pod,
# ztunnels per node.

# %%
usage = rows("usage", scope="proxy")
usage.pivot_table(
    index=["mesh", "name"],
    columns="metric",
    values="estimate",
    aggfunc="first",
)[["instances", "cpu_used", "cpu_requested", "memory_used", "memory_requested"]].round(2)

# %%
cpu = usage[usage["metric"] == "cpu_used"].set_index("mesh")
assert cpu.loc["istio-ambient", "high"] < cpu.loc["istio-sidecar", "low"], "ambient uses less CPU"
requested = usage[usage["metric"] == "cpu_requested"].set_index("mesh")["estimate"]
assert requested["istio-ambient"] < requested["istio-sidecar"]
assert requested["istio-sidecar"] > cpu.loc["istio-sidecar", "high"], "more set aside than used"

# %% [markdown]
# ## CPU per request is not a constant
#
# Rules such as "half a core per 1,000 requests/s" draw a straight line through zero. A worker
# that has slept pays for waking up, so a proxy's CPU is concave in its load, and the price of a
# thousand requests falls as the load rises. Here on a chain of three services, with five passages
# of a sidecar per request:

# %%
curve = pd.DataFrame(
    [
        {"rate": rate, **usage_row}
        for rate in (50, 200, 800)
        for usage_row in ms.to_frame(ms.run("chain-3", "istio-sidecar", rate=rate, requests=250))
        .query("table == 'usage' and scope == 'proxy' and metric == 'cpu_used'")[
            ["estimate", "low", "high"]
        ]
        .to_dict("records")
    ]
)
per_thousand = curve[["estimate", "low", "high"]].div(curve["rate"] / 1_000, axis=0)
per_thousand.insert(0, "rate", curve["rate"])
per_thousand.round(2)

# %%
alt.Chart(per_thousand, title="Cores of all sidecars per 1,000 requests/s").mark_line(
    point=True
).encode(
    x=alt.X("rate", title="requests/s", scale=alt.Scale(type="log")),
    y=alt.Y("estimate", title="cores"),
).properties(height=200)

# %%
for slow, fast in [(0, 1), (1, 2)]:
    assert per_thousand.loc[fast, "high"] < per_thousand.loc[slow, "low"], "the curve is concave"
assert per_thousand.loc[0, "estimate"] > 2 * per_thousand.loc[2, "estimate"]

# %% [markdown]
# ## What this rests on
#
# An interval covers the luck of the simulation, not what is uncertain in the description. Every
# number of a mesh has a range and an origin. Here are those of the sidecar's cost:

# %%
cost = ms.load_mesh("istio-sidecar").proxy("sidecar").cost
sources = {
    "busy, HTTP/1.1 [µs]": (cost.http1.busy, 1e6),
    "per KiB, HTTP/1.1 [µs]": (cost.http1.per_kib, 1e6),
    "idle scale [µs]": (cost.http1.idle_scale, 1e6),
    "idle exponent": (cost.http1.idle_exponent, 1),
    "wake-up delay [µs]": (cost.wake_up_delay, 1e6),
    "share on the way in": (cost.request_share, 1),
}
pd.DataFrame(
    [
        (name, x.value * unit, x.range[0] * unit, x.range[1] * unit, x.origin)
        for name, (x, unit) in sources.items()
    ],
    columns=["number", "value", "low", "high", "origin"],
).round(3)

# %%
assert cost.http1.busy.origin == "measured"
assert cost.request_share.origin == "guess"

# %% [markdown]
# ## The report
#
# All of this, and every edge of the call graph, is in one HTML file that needs nothing else.

# %%
report = ms.write_html(comparison, "report.html")
assert report.stat().st_size > 50_000
report

"""Goal: the index adds up. Method: the same comparison twice; every sum is double."""

import re
from dataclasses import replace

from report_samples import comparison

from meshsim.reports.batch import to_text
from meshsim.units import show_cpu, show_money


def test_sums_over_all_topologies():
    text = to_text([comparison(), comparison()])
    first, second = comparison().results[:2]
    assert text.splitlines()[:2] == ["TOTAL OF 2 topologies", "shop, shop"]
    requested = show_cpu(2 * first.requested()[0])
    assert re.search(rf"^none .* {re.escape(requested)} ", text, re.M)
    share = show_money(2 * second.nodes.cost_of_share_per_month)
    assert re.search(rf"^istio-sidecar .* {re.escape(share)} ", text, re.M)
    assert max(map(len, text.splitlines())) <= 100


def test_broken_objectives_are_counted():
    kept = tuple(replace(r, objectives=()) for r in comparison().results)
    text = to_text([comparison(), replace(comparison(), results=kept)])
    broken = sum(row.kept is False for row in comparison().baseline.objectives)
    assert broken > 0
    assert re.search(rf"^none .* {broken}$", text, re.M)

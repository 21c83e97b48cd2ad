"""The table of metrics in docs/operating.md, and the names in its examples, are those of the code."""

from __future__ import annotations

import re

from tests.app.server.metrics.moments import exposed, scraped
from tests.docs.pages import ROOT, fences, rows

PAGE = "docs/operating.md"
ENDS = ("_bucket", "_count", "_sum")  # of what a histogram is exposed as


def test_the_table_of_metrics() -> None:
    """Each row has a metric that a scrape has, in this order: its type, its labels, and its help text."""
    shown = [
        [re.sub("`", "", cell.content) for cell in row]
        for heading, row in rows(PAGE)
        if heading == "Watching it" and row[0].content.startswith("`udpchat_")
    ]
    names = [(each, {name for sample in each.samples for name in sample.labels} - {"le"}) for each in scraped()]
    assert shown == [
        [exposed(each), each.type, ", ".join(sorted(labels)), each.documentation] for each, labels in names
    ]


def test_the_alerts() -> None:
    """There are three, each with a reason in the text, and they use metrics that exist."""
    (rules,) = [code for info, code in fences(PAGE) if "udpchat.rules.yml" in info]
    names = {exposed(each) for each in scraped()}
    used = {re.sub(f"({'|'.join(ENDS)})$", "", name) for name in re.findall(r"udpchat_\w+", rules)}
    assert used
    assert used <= names
    alerts = re.findall(r"alert: (\w+)", rules)
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert re.findall(r"^- \*\*(Udpchat\w+)\*\*: ", page, re.MULTILINE) == alerts
    assert len(alerts) == 3
    assert "\t" not in rules

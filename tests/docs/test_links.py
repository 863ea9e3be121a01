"""Goal: no link in the documentation leads nowhere. Method: every relative link of every Markdown
file is looked up in the work tree, its anchor among the headings of the page that it points to.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page for pattern in ("*.md", "docs/**/*.md", "notebooks/*.md") for page in ROOT.glob(pattern)
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def links(page):
    return LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))


def anchors(page):
    """Anchors as GitHub makes them: lower case, hyphens for spaces, other signs dropped."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {
        re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in HEADING.findall(text)
    }


def broken(page):
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert list(broken(page)) == []


def test_every_page_can_be_reached_from_the_index():
    index = ROOT / "docs" / "index.md"
    reached = {(index.parent / link).resolve() for link in links(index)}
    pages = {page for page in (ROOT / "docs").rglob("*.md") if page != index}
    assert pages - reached == set()


@pytest.mark.parametrize("text", ["[a](missing.md)", "[a](#missing)", "![a](b.png)"])
def test_a_broken_link_is_seen(text, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# There\n\n[fine](#there) `[code](is/not.a.link)` {text}\n", encoding="utf-8")
    assert len(list(broken(page))) == 1

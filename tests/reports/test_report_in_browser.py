"""Goal: the page reads well on a desk, on a phone, in the dark and on paper.

Method: headless Chromium opens the file itself; the layout is measured. No request may leave the
page, and nothing may be said on the console.
"""

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")
from app_server import CHROMIUM, FLAGS, need_chromium
from playwright.sync_api import sync_playwright
from report_samples import comparison

from meshsim.reports.files import write_text
from meshsim.reports.html import batch_to_html, to_html

pytestmark = pytest.mark.browser

OVERFLOW = """() => [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('.scroll') && !e.closest('svg'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.tagName + '.' + e.className)"""
TEXT_OUTSIDE = """() => [...document.querySelectorAll('svg.chart')].flatMap(svg =>
    [...svg.querySelectorAll('text')].filter(text => {
        const [, , width] = svg.getAttribute('viewBox').split(' ').map(Number);
        const box = text.getBBox();
        return box.x < -1 || box.x + box.width > width + 1;
    }).map(text => text.textContent))"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('svg.chart text')].map(text =>
    text.getBoundingClientRect().height))"""


@pytest.fixture(scope="module")
def browser():
    need_chromium()
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_text(folder / "shop.html", to_html(comparison()))
    write_text(folder / "index.html", batch_to_html([comparison(), comparison()]))
    return folder.as_uri()


@pytest.fixture
def visit(browser, address):
    """Opens a page of the report; at the end nothing was asked or said."""
    contexts, asked, said = [], [], []

    def open_page(name="shop.html", **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith("file:")] == []
    assert said == []


SCREENS = {"desk": (1280, 900), "tablet": (768, 1024), "phone": (360, 780)}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", ["shop.html", "index.html"])
def test_nothing_sticks_out(visit, screen, name):
    width, height = SCREENS[screen]
    page = visit(name, viewport={"width": width, "height": height})
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate(OVERFLOW) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("screen", SCREENS)
def test_charts_are_readable(visit, screen):
    width, height = SCREENS[screen]
    page = visit(viewport={"width": width, "height": height})
    assert page.locator("svg.chart").count() == 6
    assert page.evaluate(TEXT_OUTSIDE) == []
    assert page.evaluate(SMALLEST) >= 9


def luminance(color):
    """Relative luminance of ``rgb(r, g, b)``, as WCAG 2.2 defines it."""
    parts = [int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(visit, scheme):
    page = visit(color_scheme=scheme)
    style = (
        "e => [getComputedStyle(e).color, getComputedStyle(e.closest('section')).backgroundColor]"
    )
    for selector in (".answer p", ".note", "td.number", "tbody th small", "h2"):
        color, paper = page.locator(selector).first.evaluate(style)
        assert contrast(color, paper) >= 4.5, (selector, color, paper)
    paper = page.locator(".answer").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (luminance(paper) < 0.2) == (scheme == "dark")
    for kind in range(3):
        fill = page.locator(f".charts .dot.m{kind}").first.evaluate("e => getComputedStyle(e).fill")
        assert contrast(fill, paper) >= 2.5


def test_paper_shows_what_is_folded(visit):
    page = visit()
    assert page.locator("details:not([open])").count() > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    header = page.locator("header").evaluate("e => getComputedStyle(e).backgroundColor")
    assert luminance(header) > 0.9


def test_hostile_names_run_nothing(visit):
    page = visit()
    assert page.locator("script").count() == 1
    assert page.locator("h1").inner_text() == "A shop <b>&amp; more</b>"


def test_the_index_leads_to_a_report(visit):
    page = visit("index.html")
    page.locator("main a").first.click()
    assert page.locator("h2").first.inner_text() == "The answer"

"""Goal: in a real browser the app compares meshes, draws, follows clicks and keeps its link.

Method: Streamlit's server on a free port and headless Chromium, one visit for each story. Waiting
is for what a user sees (a number, a heading), never for a time. No page may show an error box or
complain on the console.
"""

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright")
from app_server import CHROMIUM, FLAGS, ROOT, Console, need_chromium, served
from playwright.sync_api import expect, sync_playwright

pytestmark = pytest.mark.browser

PAGES = ["Overview", "Topology", "Latency", "Where the time goes", "Resources", "Assumptions"]
CHAIN = "?topology=chain-3&mesh=none&mesh=istio-sidecar"
SIX_MESHES = ("istio-sidecar", "istio-ambient-waypoint", "consul", "kuma", "linkerd", "app-mesh")
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)
HOSTILE = """\
meshsim: 1
name: shop
title: "<img src=x onerror='document.title=`hacked`'> **bold** [a](http://b)"
services: [{name: a, endpoints: [{name: get, steps: [{compute: 1ms}]}]}]
load: {arrivals: {process: poisson, rate: 10/s}, entries: [{to: a/get}]}
nodes: [{name: n, cores: 4, memory: 8Gi, count: 1}]
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    need_chromium()
    with served(tmp_path_factory.mktemp("server") / "log.txt") as url:
        yield url


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    need_chromium()
    with sync_playwright() as playwright:
        profile = str(tmp_path_factory.mktemp("profile"))
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=list(FLAGS),
            viewport={"width": 1280, "height": 900},
        )
        context.set_default_timeout(WAIT_MS)
        yield context
        context.close()


@pytest.fixture
def page(chromium):
    visit = chromium.new_page()
    console = Console(visit)
    yield visit
    expect(visit.get_by_test_id("stException")).to_have_count(0)
    assert console.that_matter == []
    visit.close()


def sidebar(page):
    return page.get_by_test_id("stSidebar")


def main(page):
    return page.get_by_test_id("stMain")


def press_run(page):
    sidebar(page).get_by_role("button", name="Run", exact=True).click()


def idle(page):
    """Wait until the script is not running: what is clicked while it runs may be replaced."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def numbers(page):
    return main(page).get_by_test_id("stMetricValue")


def open_page(page, name):
    page.get_by_test_id("stHeader").get_by_role("link", name=name).click()
    title = {"Overview": "What does the mesh cost?"}.get(name, name)
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()


def test_a_comparison_from_the_first_visit_to_every_page(page, address):
    page.goto(address + CHAIN)
    press_run(page)
    expect(numbers(page).first).to_be_visible()
    expect(numbers(page)).to_have_count(10)
    assert re.fullmatch(r"[0-9.]+ ms", numbers(page).first.inner_text())
    for name in PAGES:
        open_page(page, name)
        expect(main(page).get_by_test_id("stDataFrame").first).to_be_attached()
        expect(page.get_by_text("Nothing is simulated yet.")).to_have_count(0)
    assert "topology=chain-3" in page.url, "the link goes along"


def test_charts_are_drawn_and_their_numbers_open(page, address):
    page.goto(f"{address}/latency{CHAIN}")
    press_run(page)
    charts = main(page).get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(2)
    for number in range(2):
        expect(charts.nth(number).locator("canvas, svg").first).to_be_visible()
    idle(page)
    expander = main(page).get_by_text("The numbers of this chart").first
    expander.click()
    expect(main(page).get_by_test_id("stDataFrame").first).to_be_visible()
    with page.expect_download() as download:
        main(page).get_by_role("button", name="CSV, in seconds").first.click()
    text = download.value.path().read_text()
    assert text.startswith("mesh,metric,latency_s,latency_s_low,latency_s_high,requests,note")


def test_the_curve_is_drawn_on_demand(page, address):
    page.goto(f"{address}/latency{CHAIN}&seed=2")
    press_run(page)
    curve = main(page).get_by_role("button", name="Draw the curve")
    expect(curve).to_be_enabled()
    idle(page)
    curve.click()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    expect(main(page).get_by_test_id("stVegaLiteChart")).to_have_count(3)


def test_a_click_on_a_service_shows_its_calls(page, address):
    page.goto(f"{address}/topology{CHAIN}")
    drawing = main(page).locator(".st-key-drawing")
    expect(drawing.locator("canvas").first).to_be_visible()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    click_service(page, drawing, "Calls of c", layer=3)
    click_service(page, drawing, "Calls of b", layer=2)


def click_service(page, drawing, heading, layer):
    """Click the node of a layer: the drawing fills 80% of the width, four layers evenly spaced."""
    box = drawing.bounding_box()
    x = box["width"] * (0.1 + 0.8 * layer / 3)
    idle(page)
    drawing.click(position={"x": x, "y": box["height"] / 2})
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def test_settings_go_into_the_link_and_the_link_into_settings(page, address):
    page.goto(f"{address}/{CHAIN}&load=2&pods=a:4")
    expect(sidebar(page).get_by_text("1,000/s, Poisson arrivals")).to_be_visible()
    idle(page)
    slider = sidebar(page).get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    expect(sidebar(page).get_by_text("1,025/s, Poisson arrivals")).to_be_visible()
    expect(page).to_have_url(re.compile(r"load=2\.05"))
    expect(page).to_have_url(re.compile(r"pods=a(%3A|:)4"))


def test_settings_stand_still_while_it_runs_and_stop_stops(page, address):
    meshes = "".join(f"&mesh={name}" for name in ("none", *SIX_MESHES))
    page.goto(f"{address}/?topology=tree-13&size=p99{meshes}")
    run = sidebar(page).get_by_role("button", name="Run", exact=True)
    run.click()
    expect(page.get_by_text(re.compile("of 35 runs, about"))).to_be_visible()
    expect(run).to_be_disabled()
    main(page).get_by_role("button", name="Stop").click()
    expect(run).to_be_enabled()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    expect(page.get_by_text("Nothing is simulated yet.")).to_be_visible()


def test_a_broken_upload_lists_its_problems(page, address):
    page.goto(f"{address}/?topology=own+file")
    upload(page, "shop.yaml", HOSTILE.replace("rate: 10/s", "rate: 10"))
    alert = main(page).get_by_test_id("stAlert")
    expect(alert).to_contain_text("shop.yaml:5:")
    expect(alert).to_contain_text("load.arrivals.rate")


def test_an_upload_is_shown_letter_by_letter(page, address):
    page.goto(f"{address}/?topology=own+file")
    upload(page, "shop.yaml", HOSTILE)
    title = "<img src=x onerror='document.title=`hacked`'> **bold** [a](http://b)"
    expect(main(page).get_by_text(title)).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.title() != "hacked"
    open_page(page, "Topology")
    expect(main(page).locator(".st-key-drawing canvas").first).to_be_visible()


def upload(page, name, text):
    expect(sidebar(page).get_by_test_id("stFileUploaderDropzone")).to_be_visible()
    content = {"name": name, "mimeType": "application/yaml", "buffer": text.encode()}
    sidebar(page).locator("input[type=file]").set_input_files(content)


def test_a_phone_shows_the_answer_without_scrolling_sideways(page, address):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + CHAIN)
    run = main(page).get_by_role("button", name="Run", exact=True)
    expect(run.or_(numbers(page)).first).to_be_visible()
    idle(page)
    if run.is_visible():
        run.click()
    expect(numbers(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_template_can_be_downloaded(page, address):
    page.goto(f"{address}/?topology=own+file")
    idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="A template to start from").click()
    shipped = (ROOT / "topologies" / "chain-3.yaml").read_text()
    assert download.value.path().read_text() == shipped

"""The simulated world in a browser: the banner, the tour, and what arrived."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
from browsing import Reader
from demo import Demo
from peers import until


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    living = Demo(tmp_path_factory.mktemp("demo"))
    try:
        until(lambda: all(f'class="{kind}" id=' in living.get(living.arrived()) for kind in ("slack", "discord", "teams", "email", "webhook")), 60, "all five")
        yield living
    finally:
        living.stop()


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as one:
        yield one


def addresses(demo):
    base = f"http://127.0.0.1:{demo.port}"
    return {"tour": f"{base}/tour", "now": f"{base}/", "arrived": demo.arrived(), "a vendor's page": demo.arrived() + "larkspur-voice"}


def test_pages_fit_and_axe_finds_nothing(demo, browser):
    for name in ("tour", "arrived"):
        with Reader(browser, "") as one:
            page = one.open(addresses(demo)[name])
            assert browsing.every_look(page) == {} and one.complaints == [], name


def test_axe_finds_nothing_on_pages_of_the_demo(demo, browser):
    """Each has the banner, which no other page has."""
    [record] = demo.api("/incidents?provider=kustomer")["items"]
    replay = f"/incidents/{record['id']}"
    for path in ("/", "/providers/larkspur-voice", "/providers/kustomer", replay, "/calendar", "/deliveries", "/decisions", "/nobody-lives-here"):
        with Reader(browser, "") as one:
            page = one.open(f"http://127.0.0.1:{demo.port}{path}")
            assert page.locator("aside.banner").is_visible(), path
            assert browsing.axe(page) == [] and one.complaints == [], path


def test_what_arrived_loads_itself_again_only_for_who_wants_it(demo, browser):
    with Reader(browser, "") as one:
        page = one.open(demo.arrived())
        assert page.locator("meta[http-equiv=refresh]").count() == 0
        page.get_by_role("link", name="Look again every five seconds").click()
        page.wait_for_url("**/?follow")
        assert page.get_attribute("meta[http-equiv=refresh]", "content") == "5"
        page.get_by_role("link", name="Stop").click()
        page.wait_for_url(demo.arrived())


def test_each_message_looks_as_where_it_came_to(demo, browser):
    with Reader(browser, demo.arrived()) as one:
        page = one.open("")
        sees = {
            "slack": (".says:has-text('Tocsin'):has-text('APP')", "h2", ".fields"), "discord": (".says:has-text('APP')", ".embed h2 a", ".embed svg"),
            "teams": (".says:has-text('Workflows')", ".card .box h2", ".card .facts", ".actions a"), "email": (".letter:has-text('oncall@demo.example')", "iframe"),
            "webhook": (".request:has-text('webhook-id')", "pre:has-text('\"type\"')"),
        }
        for kind, parts in sees.items():
            page.click(f".chips a[href='/?kind={kind}']")
            page.wait_for_url(f"**/?kind={kind}")
            assert set(page.eval_on_selector_all("article", "all => all.map(one => one.className)")) == {kind}
            for part in parts:
                assert page.locator(f"article >> nth=0 >> {part}").first.is_visible(), (kind, part)
        assert one.complaints == [] and one.strangers == []


def test_the_html_is_valid(demo, tmp_path):
    for name, address in addresses(demo).items():
        (tmp_path / f"{name.split()[0]}.html").write_text(demo.get(address))
    assert browsing.invalid_html(tmp_path) == []


def test_an_incident_is_followed_from_the_banner_to_the_mail(demo, browser):
    with Reader(browser, "") as one:
        page = one.open(f"http://127.0.0.1:{demo.port}/")
        page.get_by_role("link", name="What arrived").click()
        page.wait_for_url(demo.arrived())
        mail = page.frame_locator("article.email iframe").first
        mail.get_by_text("Stage").first.wait_for()
        assert page.locator("article.slack h2").first.inner_text()
        assert page.evaluate("document.querySelectorAll('script').length") == 0


def test_the_mail_in_its_frame_can_do_nothing(demo, browser):
    number = next(one["number"] for one in demo.json(demo.arrived() + "~arrived.json") if one["kind"] == "email")
    with Reader(browser, "") as one:
        answer = one.context.request.get(f"{demo.arrived()}~mail/{number}")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox") and "default-src 'none'" in policy and "script" not in policy

"""Getting updates without an account, as people do it: with and without script, by mail, in the browser itself."""

import base64
import json
import re
import sys
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

import browsing
import pages
from browsing import Reader, browser, reader, plain
from conftest import closing, instances
from mailserver import Mailbox
from peers import TOKEN, Receiver, Vendor, until
from person import Person, welcome
from settings import config, monitor, provider

AUTH = b"sixteen bytes .."

# There is no push service to register with: this stands in its place, and gives what a browser would.
STAND_IN = """
(() => {
  const subscription = {
    toJSON: () => (%s),
    unsubscribe: async () => { window.unsubscribed = true; return true },
  }
  PushManager.prototype.subscribe = async function (options) { window.asked = options; return subscription }
  PushManager.prototype.getSubscription = async () => (window.unsubscribed ? null : subscription)
  Notification.requestPermission = async () => Notification.permission
})()
"""


class World:
    def __init__(self, directory, start, vendor, receiver, mailbox):
        self.vendor, self.receiver, self.mailbox = vendor, receiver, mailbox
        pages.harbour(vendor)
        receiver.always["/push"] = (201, b"")
        net = {"smtp_url": mailbox.url(), "from": "Tocsin <tocsin@example.com>"}
        self.app = start(config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), net=net, server={"public_read": True})).seen()
        body = {"name": "Quays & docks", "slug": "quays", "visibility": "public", "entries": ["harbour"]}
        self.app.call("POST", "/api/v1/boards", token=TOKEN, body=json.dumps(body).encode())
        self.key = ec.generate_private_key(ec.SECP256R1())

    def stand_in(self):
        plain = lambda some: base64.urlsafe_b64encode(some).decode().rstrip("=")
        point = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        subscription = {"endpoint": self.receiver.url("/push"), "expirationTime": None, "keys": {"p256dh": plain(point), "auth": plain(AUTH)}}
        return STAND_IN % json.dumps(subscription)

    def subscriptions(self):
        return self.app.api("/subscriptions", token=TOKEN)["items"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("subscribing")
    with closing(Vendor(), Receiver(), Mailbox()) as peers, instances(directory) as start:
        yield World(directory, start, *peers)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_the_vendors_page_to_the_first_mail_and_out_again(world, reader, script):
    address = f"ada.{script}@example.com".lower()
    page = reader(script=script).open("/providers/harbour")
    page.click("text=Get updates")
    assert page.inner_text("h1") == "Get updates about Harbour Cloud"
    page.fill("#f-email", address)
    page.click("text=Send me the link")
    assert page.inner_text("h1") == "Look into your mailbox"
    [mail] = until(lambda: world.mailbox.to(address), what="the mail")
    link = re.search(r"https?://\S+/subscribe/\S+", next(mail.iter_parts()).get_content()).group(0)
    page.goto(link)
    assert "Nothing has been changed yet" in page.inner_text("main")
    page.click("text=Yes, send them")
    assert f"Mails go to {address} from now on" in plain(page.inner_text("main"))
    assert address in [one["address"] for one in world.subscriptions()]
    page.click("text=Stop these mails")
    page.click("button:has-text('Unsubscribe')")
    assert "hears no more of Harbour Cloud" in page.inner_text("main")
    assert address not in [one["address"] for one in world.subscriptions()]


def test_a_mistake_stands_beside_its_field(world, reader):
    page = reader(script=False).open("/providers/harbour/subscribe")
    page.fill("#f-url", "https://10.0.0.7/hook")
    page.click("text=Verify the address")
    assert page.get_attribute("#f-url", "aria-invalid") == "true" and page.input_value("#f-url") == "https://10.0.0.7/hook"
    assert "10.0.0.7" in page.inner_text("#f-url-error")


def test_without_script_the_browser_is_not_offered(world, reader):
    page = reader(script=False).open("/providers/harbour/subscribe")
    assert "needs JavaScript" in page.inner_text("#push") and not page.locator("#push-start").is_visible()
    assert page.locator("text=Atom feed").count() == 1 and page.get_attribute("main a:has-text('calendar')", "href") == "/calendar.ics?provider=harbour"


def test_a_browser_that_allows_nothing_says_so(world, reader):
    one = reader()
    one.context.add_init_script("Notification.requestPermission = async () => 'denied'")
    page = one.open("/providers/harbour/subscribe")
    page.click("text=Notify me here")
    page.wait_for_selector("#push-said:has-text('does not allow notifications')")
    assert page.locator("#push-start").is_visible() and not page.locator("#push-stop").is_visible()


def test_a_browser_subscribes_is_notified_and_stops(world, reader):
    one = reader()
    one.context.grant_permissions(["notifications"], origin=world.app.base())
    one.context.add_init_script(world.stand_in())
    page = one.open("/providers/harbour/subscribe")
    page.click("text=Notify me here")
    page.wait_for_selector("#push-said:has-text('This browser is notified')")
    assert page.evaluate("window.asked.userVisibleOnly") and page.evaluate("window.asked.applicationServerKey.length") == 65
    assert [one["kind"] for one in world.subscriptions()] == ["web_push"]
    page.reload()
    page.wait_for_selector("#push-said:has-text('This browser is notified')")
    leave = page.get_attribute("#push-leave", "href")
    assert leave.startswith("/unsubscribe/")

    pages.harbour(world.vendor, pages.trouble("k1", impact="critical", name="The quay is flooded"))
    [seen] = until(lambda: world.receiver.received("/push"), what="the message")
    message = http_ece.decrypt(seen["body"], private_key=world.key, auth_secret=AUTH, version="aes128gcm").decode()
    shown = deliver(one, world.app.base(), message)
    assert "Harbour Cloud" in shown["title"] and "The quay is flooded" in shown["body"]
    incident = world.app.api("/incidents")["items"][0]["id"]
    assert shown["url"] == f"{world.app.base()}/incidents/{incident}"
    assert clicked(one) == [shown["url"]], "a click leads to what it is about"

    page.click("text=Stop notifications")
    page.wait_for_selector("#push-said:has-text('not notified any more')")
    assert page.evaluate("window.unsubscribed") and world.subscriptions() == []
    page.reload()
    page.wait_for_selector("#push-start:visible")


def deliver(one, base, message):
    """Hands a message to the browser as its push service does; answers the notification that it shows."""
    cdp = one.context.new_cdp_session(one.page)
    found = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    cdp.send("ServiceWorker.enable")
    one.page.wait_for_timeout(200)
    registration = next(each for each in found if each["scopeURL"] == f"{base}/static/")
    cdp.send("ServiceWorker.deliverPushMessage", {"origin": base, "registrationId": registration["registrationId"], "data": message})
    read = """async () => {
        const registration = await navigator.serviceWorker.getRegistration('/static/')
        return (await registration.getNotifications()).map(({title, body, data}) => ({title, body, url: data.url}))
    }"""
    [shown] = until(lambda: one.page.evaluate(read), what="the notification")
    return shown


def clicked(one):
    """Clicks the notification; answers what is opened (which without a hand on the mouse no browser would do)."""
    worker = one.context.service_workers[0]
    return worker.evaluate("""async () => {
        const opened = []
        self.clients.openWindow = async (url) => { opened.push(url) }
        const [notification] = await self.registration.getNotifications()
        const event = new NotificationEvent('notificationclick', { notification })
        const waits = []
        event.waitUntil = (promise) => waits.push(promise)
        self.dispatchEvent(event)
        await Promise.all(waits)
        return opened
    }""")


@pytest.mark.parametrize("of", ["/providers/harbour", "/boards/quays"])
def test_it_fits_and_is_accessible(world, reader, of):
    page = reader().open(of)
    assert browsing.every_look(page) == {}
    page.click("text=Get updates")
    assert browsing.every_look(page) == {}
    page.fill("#f-url", "no address")
    page.click("text=Verify the address")
    assert browsing.every_look(page) == {}


def test_the_markup_is_valid(world, tmp_path):
    ask = Person(world.app, **{"x-forwarded-for": "203.0.113.77"})
    post = lambda way, fields: ask.post(f"/providers/harbour/subscribe/{way}", fields).text
    echo = lambda handler, seen: Receiver.send(handler, 200, json.loads(seen["body"])["data"]["challenge"].encode())
    world.receiver.always["/hook"] = echo
    made = post("webhook", {"url": world.receiver.url("/hook")})
    stop = re.search(r'href="(/unsubscribe/[^"]+)"', made).group(1)
    answers = {
        "page": ask.get("/providers/harbour/subscribe").text, "board": ask.get("/boards/quays/subscribe").text, "wrong": post("email", {"email": "x"}), "asked": post("email", {"email": "eve@example.com"}),
        "made": made, "stop": ask.get(stop).text, "stopped": ask.post(stop).text, "lost": ask.get("/subscribe/x.y").text,
    }
    for name, text in answers.items():
        (tmp_path / f"{name}.html").write_text(text)
    assert browsing.invalid_html(tmp_path) == []


def test_whoever_runs_it_sees_and_ends_them(tmp_path_factory, browser):
    with closing(Vendor(), Mailbox()) as (vendor, mailbox), instances(tmp_path_factory.mktemp("list")) as start:
        pages.harbour(vendor)
        app = start(config(provider("harbour", vendor.url("/harbour")), monitor("harbour"), net={"smtp_url": mailbox.url()})).seen()
        owner = welcome(app)
        for number in range(3):
            address = f"someone.with.a.rather.long.name.{number}@mail.harbour.example.com"
            owner.post("/providers/harbour/subscribe/email", {"email": address})
            [mail] = until(lambda: mailbox.to(address), what="the mail")
            owner.post(re.search(r"https?://[^/]+(/subscribe/\S+)", next(mail.iter_parts()).get_content()).group(1))
        with Reader(browser, app.base()) as one:
            for name, value in owner.jar.items():
                one.context.add_cookies([{"name": name, "value": value, "url": app.base()}])
            page = one.open("/settings")
            page.click("text=See who subscribes")
            assert page.locator(".subscribers tbody tr").count() == 3
            assert browsing.every_look(page) == {}
            page.click(".subscribers button >> nth=0")
            assert page.locator(".subscribers tbody tr").count() == 2
        assert one.complaints == [] and len(app.api("/subscriptions", token=TOKEN)["items"]) == 2

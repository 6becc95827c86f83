"""WebSub: a feed names its hub, the hub calls, the page is asked at once. The hub is somebody else's."""

import base64
import hmac
import threading
import urllib.error
import urllib.request

import celery
import flask
import pytest
from conftest import closing
from flask_websub.hub import Hub, SQLite3HubStorage
from peers import TOKEN, until
from settings import config, group, hook, monitor, provider
from werkzeug.serving import make_server

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:harbour,2026:status</id><title>Harbour Status - Incident History</title>
<link rel="alternate" href="{page}"/><link rel="self" href="{page}/feed.atom"/><link rel="hub" href="{hub}"/>
<updated>2026-11-01T00:00:00Z</updated>{entries}</feed>"""
ENTRY = """<entry><id>tag:harbour,2026:incident/1</id><title>Boats are late</title><link href="{page}/incidents/1"/>
<published>2026-11-20T10:00:00Z</published><updated>2026-11-20T10:00:00Z</updated>
<content type="html">&lt;p&gt;&lt;small&gt;Nov 20, 10:00 UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Investigating&lt;/strong&gt; - We are looking.&lt;/p&gt;</content></entry>"""


class AHub:
    """Flask-WebSub's hub on a port of its own; what it puts into a queue is done at once."""

    def __init__(self, directory):
        queue = celery.Celery("hub")
        queue.conf.task_always_eager = True
        self.hub = Hub(SQLite3HubStorage(str(directory / "hub.sqlite3")), queue, REQUEST_TIMEOUT=5, SIGNATURE_ALGORITHM="sha256")
        app = flask.Flask("hub")
        app.register_blueprint(self.hub.build_blueprint(url_prefix="/hub"))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hub"

    def called_back(self, topic):
        return [address for address, _ in self.hub.storage.get_callbacks(topic)]

    def publish(self, topic, feed):
        links = f'<{topic}>; rel="self", <{self.url()}>; rel="hub"'
        self.hub.send_change_notification.delay(topic, {"headers": {"Link": links, "Content-Type": "application/atom+xml"}, "content": base64.b64encode(feed.encode()).decode()})

    def close(self):
        self.server.shutdown()


@pytest.fixture
def hub(tmp_path):
    with closing(AHub(tmp_path)) as peer:
        yield peer


def post(url, body, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST", data=body, headers=headers), timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_the_hub_of_a_feed_calls_and_the_page_is_asked(tocsin, vendor, receiver, hub):
    page, topic = vendor.url("/harbour"), vendor.url("/harbour/feed.atom")
    publish = lambda entries: vendor.pages.update({"/harbour/feed.atom": (200, FEED.format(page=page, hub=hub.url(), entries=entries).encode(), {"content-type": "application/atom+xml"})})
    publish("")
    never = {"interval": "1h", "active_interval": "1h"}
    app = tocsin(config(provider("harbour", topic, platform="feed", interval="1h"), monitor("harbour", "desk"), group("desk", "hook"), hook("hook", receiver.url("/hook")), poll=never))
    [callback] = until(lambda: hub.called_back(topic), 10, "the subscription")
    assert callback.startswith(app.base() + "/hub/")
    asked = lambda: len(vendor.asked("/harbour/feed.atom"))
    before = asked()
    assert post(callback, b"<feed/>", {"x-hub-signature": "sha256=" + hmac.new(b"guess", b"<feed/>", "sha256").hexdigest()}) == 202
    assert post(callback, b"<feed/>", {}) == 202 and post(app.base() + "/hub/nobody", b"", {}) == 410
    publish(ENTRY.format(page=page))
    assert asked() == before and not receiver.received("/hook"), "whoever cannot sign moves nothing"
    hub.publish(topic, "<feed>whatever it sends is not believed</feed>")
    until(lambda: receiver.received("/hook"), 10, "the news")
    [incident] = app.api("/incidents")["items"]
    assert incident["title"] == "Boats are late" and incident["candour"]["spoke_first"] == "push"


def test_nobody_subscribes_us_to_what_we_did_not_ask_for(tocsin, vendor, hub):
    app = tocsin(config(provider("harbour", vendor.url("/harbour/feed.atom"), platform="feed"), monitor("harbour"), group("desk")))
    for query in ("hub.mode=subscribe&hub.topic=x&hub.challenge=c&hub.lease_seconds=60", "hub.mode=unsubscribe&hub.topic=x&hub.challenge=c", ""):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{app.base()}/hub/guess?{query}", timeout=5)
        assert refused.value.code in (400, 404)
    assert TOKEN not in app.logged()


def test_a_hub_that_does_not_answer_holds_up_no_page(tocsin, vendor):
    page, topic = vendor.url("/harbour"), vendor.url("/harbour/feed.atom")
    asked_hub, release = [], threading.Event()

    def silent(handler, seen):
        asked_hub.append(seen)
        release.wait(20)
        vendor.send(handler, 202, b"")

    vendor.pages["/hub"] = silent
    vendor.pages["/harbour/feed.atom"] = (200, FEED.format(page=page, hub=vendor.url("/hub"), entries="").encode(), {"content-type": "application/atom+xml"})
    app = tocsin(config(provider("harbour", topic, platform="feed"), monitor("harbour")))
    try:
        until(lambda: asked_hub, 10, "the hub being asked")
        assert app.api("/providers/harbour")["read_at"], "what was read is stored before"
        before = len(vendor.asked("/harbour/feed.atom"))
        until(lambda: len(vendor.asked("/harbour/feed.atom")) > before + 3, 10, "the page being asked on")
        vendor.pages["/harbour/feed.atom"] = (200, FEED.format(page=page, hub=vendor.url("/other"), entries="").encode(), {"content-type": "application/atom+xml"})
        before = len(vendor.asked("/harbour/feed.atom"))
        until(lambda: len(vendor.asked("/harbour/feed.atom")) > before + 3, 10, "the page being asked on")
        assert len(asked_hub) == 1 and not vendor.asked("/other"), "one page, one attempt"
    finally:
        release.set()

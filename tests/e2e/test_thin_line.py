"""One platform → one stored change → one webhook → one page."""

import base64

from standardwebhooks import Webhook

import pages
from peers import until

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


def config(vendor, receiver, more=""):
    return f"""
[poll]
spread = "0s"
[net]
allow_private = ["127.0.0.0/8"]
[[provider]]
slug = "harbour"
name = "Harbour Cloud"
page = "{vendor.url('/harbour')}"
interval = "1s"
[[monitor]]
provider = "harbour"
groups = ["on-call"]
[[group]]
name = "on-call"
channels = ["hook"]
[[channel]]
name = "hook"
kind = "webhook"
url = "{receiver.url('/hook')}"
secret = "{SECRET}"
{more}
"""


def test_a_change_on_the_page_reaches_the_webhook_and_our_page(vendor, receiver, tocsin):
    quay = pages.component("c1", "Quay API")
    pages.publish(vendor, "/harbour", [quay])
    app = tocsin(config(vendor, receiver))
    until(lambda: app.api("/providers/harbour")["health"] == "operational", what="the first reading")
    assert receiver.received() == [], "a first look tells nothing"

    trouble = pages.incident("k1", "Quay API is slow", "minor", [pages.update("u1", "investigating", "2026-02-20T22:21:00.000Z", "We look into **it**.")], [quay])
    pages.publish(vendor, "/harbour", [{**quay, "status": "degraded_performance"}], [trouble], indicator="minor")
    got = until(lambda: receiver.received("/hook"), what="the webhook")
    assert len(got) == 1
    body = Webhook(SECRET).verify(got[0]["body"], {name.lower(): value for name, value in got[0]["headers"].items()})
    assert body["type"] == "incident.opened"
    assert body["data"]["incident"]["title"] == "Quay API is slow"
    assert body["data"]["provider"] == {"slug": "harbour", "name": "Harbour Cloud"}
    assert body["data"]["changes"] == ["incident.opened"]

    shown = app.api("/incidents?state=open")["items"]
    assert [one["vendor_id"] for one in shown] == ["k1"]
    assert app.api("/providers/harbour")["health"] == "degraded"
    page = app.get(f"/incidents/{shown[0]['id']}", raw=True)
    assert "Quay API is slow" in page and "<strong>it</strong>" in page
    assert "Harbour Cloud" in app.get("/", raw=True)
    delivery = until(lambda: [one for one in app.api("/deliveries")["items"] if one["state"] == "sent"], what="the settled delivery")[0]
    assert delivery["webhook_id"] == got[0]["headers"]["webhook-id"]
    assert app.stop() == 0

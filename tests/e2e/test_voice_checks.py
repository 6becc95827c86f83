"""Checks of our own: the program calls a telephone, and warns when people could not hear each other."""

import pytest

import pages
from conftest import closing
from peers import until
from voice import Telephone

TITLE = "calls are answerable but audio does not connect"


@pytest.fixture
def telephone():
    with closing(Telephone()) as peer:
        yield peer


def config(vendor, receiver, telephone, check="", voice="", more=""):
    return f"""
[poll]
spread = "0s"
[net]
allow_private = ["127.0.0.0/8"]
[voice]
calls_per_hour = 3600
buffer_ms = 160
{voice}
[[provider]]
slug = "kustomer"
name = "Kustomer"
page = "{vendor.url('/kustomer')}"
interval = "1s"
[[group]]
name = "support-desk"
channels = ["hook"]
[[channel]]
name = "hook"
kind = "webhook"
url = "{receiver.url('/hook')}"
[[check]]
name = "support line"
kind = "sip_call"
target = "sip:line@127.0.0.1:{telephone.port}"
interval = "1s"
provider = "kustomer"
components = ["Kustomer Voice"]
groups = ["support-desk"]
{check}
{more}
"""


def green(vendor):
    pages.publish(vendor, "/kustomer", [pages.component("c1", "Kustomer Voice")])


def test_calls_that_are_answered_without_audio_are_told_though_the_page_is_green(vendor, receiver, telephone, tocsin):
    green(vendor)
    app = tocsin(config(vendor, receiver, telephone))
    until(lambda: app.api("/checks")["items"][0]["health"] == "operational", 40, "the first call")
    assert receiver.received() == []

    telephone.answer("one-way")
    [told] = until(lambda: receiver.events("/hook"), 60, "the warning")
    assert told["type"] == "warning.raised"
    warning = told["data"]["warning"]
    assert warning["summary"].lower() == TITLE
    assert warning["provider"] == "kustomer" and warning["components"] == [{"id": "c1", "name": "Kustomer Voice"}]
    assert warning["kind"] == "no_audio" and 0.5 < warning["confidence"] < 1
    assert any("Kustomer’s page says operational" in one for one in warning["evidence"]), warning

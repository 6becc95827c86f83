"""Configurations, table by table."""

import base64
import json

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()


def table(name, /, **keys):
    """One table of TOML: strings, numbers, booleans and lists of strings look the same in JSON."""
    return "\n".join([name, *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]) + "\n"


def provider(slug, page, name="Harbour Cloud", interval="1s", **more):
    return table("[[provider]]", slug=slug, name=name, page=page, interval=interval, **more)


def monitor(slug, *groups, **more):
    return table("[[monitor]]", provider=slug, groups=list(groups), **more)


def group(name, *channels, **more):
    return table("[[group]]", name=name, channels=list(channels), **more)


def hook(name, url, **more):
    return table("[[channel]]", name=name, kind="webhook", url=url, **{"secret": SECRET, **more})


def channel(kind, name, **more):
    return table("[[channel]]", name=name, kind=kind, **more)


def config(*tables, poll=None, net=None, **sections):
    """All of a file; loopback is allowed and the first sweep comes at once unless said otherwise."""
    own = {"poll": {"spread": "0s", **(poll or {})}, "net": {"allow_private": ["127.0.0.0/8"], **(net or {})}, **sections}
    heads = [table(f"[{name}]", **keys) for name, keys in own.items()]
    return "\n".join([*heads, *tables])


def one_hook(vendor, receiver, **more):
    """The smallest useful one: everything of one vendor to one webhook."""
    return config(
        provider("harbour", vendor.url("/harbour")),
        monitor("harbour", "on-call"),
        group("on-call", "hook"),
        hook("hook", receiver.url("/hook")),
        **more,
    )

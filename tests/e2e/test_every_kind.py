"""Every kind of channel against a receiver that is as strict as the real one: tested from the shell, told of an incident
from its begin to its end, and told all of it whatever goes wrong there once."""

import json

import pytest

import pages
from conftest import closing, instances
from peers import run, until
from settings import channel, config, group, monitor, provider
from world import SCENARIOS, World

STAGES = ["investigating", "identified", "resolved"]
KINDS = {one["kind"]: one for one in json.loads(run("channels", "kinds", "--json")[1])}

# What a receiver sees of one incident that opens, is updated and ends.
WORD_BY_WORD = ["said", "said", "said"]
BELOW_THE_FIRST = ["said", "answered", "answered"]
EDITED_AND_BELOW = ["said", "edited", "answered", "edited", "answered"]
ALARM = ["raised", "ended"]
SEQUENCES = {
    "webhook": WORD_BY_WORD, "webhook_template": WORD_BY_WORD, "statuspage_webhook": WORD_BY_WORD, "sns": WORD_BY_WORD,
    "email": WORD_BY_WORD, "slack": WORD_BY_WORD, "teams": WORD_BY_WORD, "gotify": WORD_BY_WORD,
    "slack_bot": EDITED_AND_BELOW, "mattermost": EDITED_AND_BELOW, "rocket_chat": EDITED_AND_BELOW, "matrix": EDITED_AND_BELOW,
    "discord": ["said", "edited", "edited", "said"],
    "google_chat": BELOW_THE_FIRST, "telegram": BELOW_THE_FIRST, "webex": BELOW_THE_FIRST, "zulip": BELOW_THE_FIRST,
    "pagerduty": ALARM, "opsgenie": ALARM, "jsm": ALARM, "splunk_oncall": ALARM, "incident_io": ALARM, "rootly": ALARM,
    "firehydrant": ALARM, "grafana_irm": ALARM, "alertmanager": ["raised", "repeated", "ended"],
    "ntfy": ["said", "edited", "edited"], "web_push": ["said", "edited", "edited"],
    # It rings until somebody acknowledges it, or until it is over, and then it says so.
    "pushover": ["raised", "ended", "said"],
    # Updates cost money, and nobody is called because something ended.
    "twilio_sms": ["said", "said"], "twilio_voice": ["said"],
    "servicenow": ["opened", "noted", "closed"], "jira": ["opened", "noted", "noted", "closed"], "github_issue": ["opened", "noted", "noted", "closed"],
}
# An address alone, where the settings above are those of a bot.
BY_ADDRESS = {"mattermost": WORD_BY_WORD, "rocket_chat": WORD_BY_WORD, "webex": WORD_BY_WORD}


def watched(vendor, *channels):
    """Everything of one vendor to all of these; a table's second line is its name."""
    names = [one.split('name = "')[1].split('"')[0] for one in channels]
    return [provider("harbour", vendor.url("/harbour")), monitor("harbour", "all"), group("all", *names, storm="never"), *channels]


def words(one):
    """How far a request tells the story; `None` where it has no words of the vendor."""
    text = json.dumps(one["json"])
    told = [stage for stage in STAGES if f"{stage} k1" in text]
    return told[-1] if told else None


def asked(world, name):
    """Every request to a receiver. Mail knows its receiver by the recipient."""
    is_mail = lambda one: one["kind"] == "email" and one["path"].split("@")[0].split("+")[0] == name
    return [one for one in world.journal() if one["name"] == name or is_mail(one)]


def kept(world, name):
    """What a receiver took, in order."""
    return [one for one in asked(world, name) if one["act"] not in ("looked", "refused")]


def quiet(app, seconds=30):
    """Waits until nothing is due."""
    until(lambda: not app.deliveries("due"), seconds, "every delivery")


@pytest.fixture(scope="module")
def world():
    with closing(World(SCENARIOS / "receivers.toml")) as one:
        yield one


def test_the_world_has_a_receiver_for_every_kind(world):
    assert set(world.addresses["channels"]) == set(KINDS) == set(SEQUENCES), "a new kind needs a receiver in crates/world, and a line here"


def test_every_kind_takes_a_test_message_from_the_shell(world, vendor, tmp_path):
    channels = [world.told(kind, f"{kind}-{way}", way=way) for kind in KINDS for way in range(len(world.addresses["channels"][kind]))]
    pages.harbour(vendor)
    net = {"smtp_url": world.addresses["receivers"]["email"]}
    with instances(tmp_path) as start:
        # A browser's channel needs the instance's key.
        start(config(*watched(vendor, *channels), net=net)).seen()
        code, out, err = run("channels", "test", "--all", "--json", "--config", tmp_path / "tocsin.toml", "--data", tmp_path / "data")
    told = {one["channel"]: one for one in json.loads(out)}
    assert (code, err) == (0, "")
    assert {name: one["outcome"] for name, one in told.items() if one["outcome"] != "delivered"} == {}
    assert len(told) == len(channels) and {one["kind"] for one in told.values()} == set(KINDS)
    assert all(set(one) == {"channel", "kind", "outcome", "status", "latency_ms", "answer"} for one in told.values())
    for name, one in told.items():
        came = kept(world, name)
        expected = {"raised", "ended"} if SEQUENCES[one["kind"]] == ALARM else {"raised"} if one["kind"] == "alertmanager" else {"said", "opened"}
        assert came and {entry["act"] for entry in came} <= expected, (name, came)
        # What was sealed for a browser is read by the browser, a form as its fields.
        text = json.dumps(came[0]["json"]).lower()
        assert "test" in text, (name, text)
    assert [one for one in world.journal() if one["act"] == "refused"] == []


def test_every_kind_is_told_of_an_incident_from_its_begin_to_its_end(world, vendor, tmp_path):
    bots = {kind: kind for kind in KINDS}
    channels = [world.told(kind, kind) for kind in bots] + [world.told(kind, f"{kind}-hook", way=1) for kind in BY_ADDRESS]
    pages.harbour(vendor)
    net = {"smtp_url": world.addresses["receivers"]["email"]}
    with instances(tmp_path) as start:
        app = start(config(*watched(vendor, *channels), net=net)).seen()
        for turn in range(len(STAGES)):
            pages.harbour(vendor, pages.trouble("k1", STAGES[: turn + 1], impact="critical"))
            until(lambda: len(kept(world, "webhook")) == turn + 1, what=STAGES[turn])
            quiet(app)
        deliveries = app.api("/deliveries?limit=200")["items"]
    assert {one["state"] for one in deliveries} == {"sent"}
    assert {one["channel"]: [attempt["outcome"] for attempt in one["attempts"]] for one in deliveries if len(one["attempts"]) != 1} == {}
    assert [one for one in world.journal() if one["act"] == "refused"] == [], "nobody had anything to complain of"
    for name, sequence in {**SEQUENCES, **{f"{kind}-hook": acts for kind, acts in BY_ADDRESS.items()}}.items():
        came = kept(world, name)
        acts = [one["act"] for one in came]
        # An alarm that is repeated, because its receiver forgets, may be repeated once more.
        if name == "alertmanager":
            acts = [act for turn, act in enumerate(acts) if act != "repeated" or acts[turn - 1] != "repeated"]
        assert acts == sequence, name
        told = [stage for stage in map(words, came) if stage]
        assert told == sorted(told, key=STAGES.index), (name, told)
        if sequence in (WORD_BY_WORD, BELOW_THE_FIRST):
            assert told == STAGES, name
        things = [one["thing"] for one in came]
        if sequence == WORD_BY_WORD:
            assert len(set(things)) == 3, f"{name}: each is a message of its own"
        if sequence == BELOW_THE_FIRST and name in ("telegram", "webex"):
            assert [one["of"] for one in came] == ["", things[0], things[0]], f"{name}: below the first"
        if sequence == EDITED_AND_BELOW:
            root = things[0]
            assert [one["thing"] == root or one["of"] == root for one in came] == [True] * 5, f"{name}: all about one message"
        if {"raised", "closed"} & set(acts) and name != "jira":
            assert len(set(things) - {things[-1]}) <= (1 if name == "pushover" else 0), f"{name}: what ends is what began"
    mails = kept(world, "email")
    assert [mail["json"]["in_reply_to"] for mail in mails[1:]] == [mails[0]["thing"]] * 2 and len({mail["json"]["subject"] for mail in mails}) == 1


# Of each family somebody who keeps a log, and what goes wrong there the first time. Where a 200 is all that a service
# says, a sign-in page in its place cannot be told from it; nobody rings twice for that.
FARM = {
    "webhook": ["error", "busy", "hang", "reset", "lost", "slow"],
    "sns": ["error", "busy-2", "lost", "slow", "html"],
    "telegram": ["error", "busy", "hang", "reset", "slow", "html", "no"],
    "slack_bot": ["error", "busy-2", "lost", "html", "no"],
    "matrix": ["error", "hang", "lost", "html"],
    "zulip": ["busy", "reset", "html", "no"],
    # A mail server may take minutes to answer, so none hangs here.
    "email": ["error", "busy", "reset", "lost"],
    "gotify": ["error", "busy", "reset", "slow", "html"],
    "github_issue": ["error", "busy", "reset", "html"],
    "servicenow": ["error", "busy", "hang", "lost", "html"],
    "pagerduty": ["error", "busy", "hang", "lost", "html"],
}
# It was kept and nobody said so: a receiver that cannot tell a repeat by its id has it twice.
TWICE = {"sns", "slack_bot", "servicenow"}


def test_whatever_goes_wrong_once_all_is_told_in_order_and_once(world, vendor, tmp_path):
    farm = {f"{kind}-{fault.replace('-', '')}-once": (kind, fault) for kind, faults in FARM.items() for fault in faults}
    well = {f"{kind}-well": (kind, None) for kind in FARM}
    channels = [world.told(kind, name, fault) for name, (kind, fault) in {**farm, **well}.items()]
    pages.harbour(vendor)
    net = {"smtp_url": world.addresses["receivers"]["email"]}
    with instances(tmp_path) as start:
        app = start(config(*watched(vendor, *channels), net=net)).seen()
        story = lambda turn: pages.harbour(vendor, pages.trouble("k1", STAGES[: turn + 1], impact="critical"))
        story(0)
        # Some of them hang for twenty seconds: nobody else waits for that.
        until(lambda: all(kept(world, name) for name in well), 6, "the news where all is well")
        story(1)
        until(lambda: all(len(kept(world, name)) > 1 for name, (kind, _) in well.items() if kind != "pagerduty"), 6, "more of them")
        # An alarm that is over before it was raised is not raised: each is raised first.
        until(lambda: all(kept(world, name) for name in farm), 60, "the second attempts")
        story(2)
        until(lambda: all(words(kept(world, name)[-1]) in ("resolved", None) for name in farm), 30, "every end")
        quiet(app, 60)
        assert {one["state"] for one in app.api("/deliveries?limit=200")["items"]} == {"sent"}
    for name, (kind, fault) in {**farm, **well}.items():
        came = [one for one in kept(world, name) if one["act"] != "repeated"]
        met = [one["fault"] for one in asked(world, name) if one["fault"] != "well"]
        assert len(met) == bool(fault) and (fault or "").startswith("".join(met).split("-")[0]), (name, met)
        told = [words(one) or one["act"] for one in came if one["act"] != "edited"]
        expected = {
            "pagerduty": ["investigating", "ended"], "github_issue": [*STAGES, "closed"],
        }.get(kind, STAGES)
        if fault == "lost" and kind in TWICE:
            assert told[0] == told[1], name
            told = told[1:]
        if kind == "email":
            # The same mail again has the same Message-ID.
            told = [words(one) for turn, one in enumerate(came) if one["thing"] not in [other["thing"] for other in came[:turn]]]
        if kind == "pagerduty" and fault == "lost":
            told = list(dict.fromkeys(told))
        assert told == expected, (name, told)
        refused = [one for one in asked(world, name) if one["act"] == "refused" and one["fault"] == "well"]
        assert refused == [], "what is edited, answered and closed is there"


# the command itself


def test_a_channel_that_does_not_answer_is_shown_with_why(world, tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text(config(
        channel("slack", "wrong", url=world.addresses["receivers"]["slack"].replace("simulated", "mistyped")),
        world.told("telegram", "right"), channel("webhook", "nobody", url="http://127.0.0.1:1/hook"),
    ))
    code, out, err = run("channels", "test", "--all", "--config", file)
    assert code == 1 and "2 of 3 did not take the message" in err
    head, *lines = out.splitlines()
    assert head.split() == ["CHANNEL", "KIND", "OUTCOME", "STATUS", "TIME", "ANSWER"]
    by_name = {line.split()[0]: line for line in lines}
    assert "endpoint gone" in by_name["wrong"] and "404" in by_name["wrong"] and "no_service" in by_name["wrong"]
    assert "delivered" in by_name["right"] and "200" in by_name["right"]
    assert "retry" in by_name["nobody"] and "–" in by_name["nobody"]
    assert "mistyped" not in out + err, "an address is a secret"
    code, out, err = run("channels", "test", "right", "--config", file)
    assert (code, err, len(out.splitlines())) == (0, "", 2)
    assert len(kept(world, "right")) == 2, "only who was named"


def test_a_channel_that_is_not_there_is_not_tested(tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text(config(channel("webhook", "hook", url="http://127.0.0.1:1/hook")))
    code, out, err = run("channels", "test", "hok", "--config", file)
    assert (code, out) == (2, "") and "did you mean `hook`?" in err
    code, out, err = run("channels", "test", "--all")
    assert (code, out) == (2, "") and "--config" in err
    assert run("channels", "test", "--config", file)[0] == 2, "somebody is to be named"
    file.write_text(config(channel("webhok", "hook", url="http://127.0.0.1:1/hook")))
    code, out, err = run("channels", "test", "hook", "--config", file)
    assert (code, out) == (2, "") and "`webhook`" in err


def test_kinds_are_listed_with_what_they_take(tmp_path):
    code, out, _ = run("channels", "kinds")
    assert code == 0 and all(kind in out and one["title"] in out for kind, one in KINDS.items())
    assert all(set(key) == {"key", "required", "secret", "list", "help"} for one in KINDS.values() for key in one["settings"])
    code, out, _ = run("channels", "kinds", "jira")
    assert code == 0 and 'kind = "jira"' in out and "token_file" in out
    code, _, err = run("channels", "kinds", "slak")
    assert code == 2 and "`slack`" in err
    # What is printed for a kind is TOML that the program reads.
    file = tmp_path / "tocsin.toml"
    file.write_text(run("channels", "kinds", "gotify")[1].replace('"…"', '"https://gotify.example.com"'))
    assert "no mistakes; 0 providers, 0 monitors, 0 groups, 1 channel" in run("config", "check", file)[1]

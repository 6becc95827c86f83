// Chat channels' Markdown, read by parsers that know nothing of Tocsin: Rocket.Chat's own, and markdown-it for those that
// keep to CommonMark. Whatever a vendor wrote, links go where we say, pictures and mentions are nowhere.
// node check_chats.mjs FILE: composed requests, one JSON object a line (see README.md).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import messageParser from "@rocket.chat/message-parser";
import markdownIt from "markdown-it";

const { parse } = messageParser;

// Where a message may link: ourselves, and the vendor's page.
const OURS = /^https:\/\/(tocsin|status)\.example\.com\//;

function* nodes(value) {
  if (Array.isArray(value)) for (const one of value) yield* nodes(one);
  else if (value !== null && typeof value === "object") {
    if (typeof value.type === "string") yield value;
    for (const one of Object.values(value)) yield* nodes(one);
  }
}

const words = (value) => [...nodes(value)].filter(({ type }) => type === "PLAIN_TEXT").map(({ value }) => value).join("");

function rocket_chat({ case: name, body }) {
  const { text } = JSON.parse(body);
  const tree = [...nodes(parse(text))];
  const links = tree.filter(({ type }) => type === "LINK").map(({ value }) => [words(value.label), value.src.value]);
  check(name, links.filter(([label, target]) => label !== target));
  for (const type of ["MENTION_USER", "MENTION_CHANNEL", "IMAGE", "SPOILER", "KATEX", "INLINE_KATEX"]) {
    assert.ok(!tree.some((one) => one.type === type), `${type} in ${text}`);
  }
  assert.equal(tree[0].type, "PARAGRAPH");
  const [headline] = tree[0].value.filter(({ type }) => type === "BOLD");
  assert.ok(headline, "the first line is bold");
  assert.equal(tree[0].value.at(-1), headline, "and nothing of it is left over");
}

function common({ case: name }, text) {
  const tokens = markdownIt({ linkify: false, html: true }).parse(text, {}).flatMap((one) => [one, ...(one.children ?? [])]);
  assert.ok(!tokens.some(({ type }) => ["image", "html_inline", "html_block"].includes(type)), text);
  const links = [];
  tokens.forEach(({ type, attrs }, place) => {
    if (type === "link_open") links.push([tokens[place + 1].content, attrs[0][1]]);
  });
  check(name, links);
}

// A link that says something else than its address must be one of ours; a vendor's own words may link where they say.
function check(name, links) {
  if (name === "digest-storm") return;
  for (const [label, target] of links) {
    if (name.startsWith("hostile")) assert.match(target, OURS, `${label} leads to ${target}`);
    assert.ok(!label.includes("\n"), `a label of several lines: ${label}`);
  }
  const seen = links.map(([label]) => label);
  assert.ok(seen.includes("Open in Tocsin"), `our link is not among ${seen}`);
}

const checks = {
  rocket_chat,
  mattermost: (request) => {
    const { message, props } = JSON.parse(request.body);
    common({ case: "digest-storm" }, message);
    common(request, props.attachments[0].text);
  },
  webex: (request) => common(request, JSON.parse(request.body).markdown),
};

const requests = readFileSync(process.argv[2], "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
let checked = 0;
let failed = 0;
for (const request of requests.filter(({ kind }) => kind in checks)) {
  try {
    checks[request.kind](request);
    checked += 1;
  } catch (error) {
    failed += 1;
    console.error(`${request.kind} ${request.case}: ${error.message}`);
  }
}
console.log(`${checked} requests passed, ${failed} failed`);
process.exit(failed === 0 && checked > 0 ? 0 : 1);

// Discord messages and Teams cards, checked by libraries that know nothing of Tocsin.
// node check.mjs FILE: composed requests, one JSON object a line (see README.md).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { EmbedBuilder, embedLength } from "@discordjs/builders";

// The package's main entry cannot be loaded as a module.
const cards = createRequire(import.meta.url)("adaptivecards/dist/adaptivecards.js");

const MENTIONS = ["@everyone", "@here", "<@", "<!channel>"];

function discord({ method, url, body }) {
  const message = JSON.parse(body);
  const edits = method === "PATCH";
  assert.equal(new URL(url).searchParams.get("wait"), edits ? null : "true");
  assert.match(new URL(url).pathname, edits ? /^\/api\/webhooks\/1\/token\/messages\/[^/]+$/ : /^\/api\/webhooks\/1\/token$/);
  assert.equal(new URL(url).searchParams.get("thread_id"), "42");
  assert.deepEqual(message.allowed_mentions, { parse: [] });
  assert.ok(message.content.length > 0 && message.content.length <= 2000);
  assert.ok(edits ? message.username === undefined : message.username.length <= 80);
  assert.equal(message.embeds.length, 1);
  let length = 0;
  for (const given of message.embeds) {
    // The builder validates as it is filled, and again as it is written.
    const embed = new EmbedBuilder()
      .setTitle(given.title)
      .setColor(given.color)
      .setTimestamp(new Date(given.timestamp));
    if (given.fields !== undefined) embed.setFields(...given.fields);
    if (given.description !== undefined) embed.setDescription(given.description);
    if (given.footer !== undefined) embed.setFooter(given.footer);
    if (given.url !== undefined) embed.setURL(given.url);
    const written = embed.toJSON();
    assert.equal(written.description, given.description);
    length += embedLength(given);
  }
  assert.ok(length <= 6000, `${length} characters in embeds`);
  noMentions(message);
}

function teams({ body }) {
  assert.ok(Buffer.byteLength(body) <= 25_000, `${Buffer.byteLength(body)} bytes`);
  const message = JSON.parse(body);
  assert.equal(message.type, "message");
  assert.equal(message.attachments.length, 1);
  const [attachment] = message.attachments;
  assert.equal(attachment.contentType, "application/vnd.microsoft.card.adaptive");
  const context = new cards.SerializationContext(cards.Versions.v1_4);
  const card = new cards.AdaptiveCard();
  card.parse(attachment.content, context);
  const events = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message);
  assert.deepEqual(events, [], "the parser complained");
  const failures = card.validateProperties().validationEvents.map((event) => event.message);
  assert.deepEqual(failures, [], "the card is not valid");
  assert.ok(card.getItemCount() >= 2);
  noMentions(message);
}

function noMentions(message) {
  const text = JSON.stringify(message);
  for (const mention of MENTIONS) assert.ok(!text.includes(mention), `${mention} would ping`);
}

const checks = { discord, teams };
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

// Mails, read by a mail library and held against what mail programs can show (caniemail's tables).
// node check_mail.mjs FILE: composed requests, one JSON object a line (see README.md).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { caniemail } from "caniemail";
import { simpleParser } from "mailparser";

const CLIENTS = ["outlook.*", "gmail.*", "apple-mail.*", "yahoo.*", "samsung-email.*"];
// Dress that may be lost: without it the mail is plainer and says the same. Everything else must be shown everywhere.
const DRESS = new Set([
  "@media",
  "<style> element",
  "<body> element",
  "!important keyword",
  "Attribute selector",
  "Class selector",
  "Descendant combinator",
  "Type selector",
  ":root",
  "border-radius",
  "color-scheme CSS property",
  "color-scheme meta tag",
  "display:none",
  "height property",
  "max-height property",
  "overflow",
  "overflow-wrap",
  "role attribute",
  "word-break",
]);

async function check({ case: name, message, to }) {
  const mail = await simpleParser(Buffer.from(message, "base64"));
  assert.ok(mail.subject && mail.text && mail.html && mail.messageId && mail.date, name);
  assert.equal(mail.to.value[0].address, to);
  assert.ok(mail.headers.get("list").unsubscribe.url.startsWith("https://"), name);
  assert.deepEqual(mail.attachments, []);
  for (const reference of [mail.references ?? []].flat()) assert.notEqual(reference, mail.messageId);

  const html = mail.html;
  assert.ok(!/<(img|script|form|link|iframe)\b|display:\s*(flex|grid)|url\(/i.test(html), name);
  assert.equal((html.match(/<!--\[if mso\]>/g) ?? []).length, (html.match(/<!\[endif\]-->/g) ?? []).length, name);
  // What is coloured by style is coloured by attribute too: some programs keep only that.
  const coloured = [...html.matchAll(/<(table|td|body)\b[^>]*background-color:(#[0-9a-f]{6})[^>]*>/g)];
  assert.ok(coloured.length > 3);
  for (const [tag, , colour] of coloured) assert.ok(tag.includes(`bgcolor="${colour}"`), `${name}: ${tag}`);

  // No fact is only in one of the two parts.
  const words = (text) => new Set(text.replace(/<!--[\s\S]*?-->|<(style|title)[\s\S]*?<\/\1>|<[^>]+>/g, " ").toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []);
  const decoded = html.replaceAll("&nbsp;", " ").replaceAll("&#39;", "'").replaceAll("&amp;", "&").replaceAll("&#x27;", "'");
  const [shown, plain] = [words(decoded), words(mail.text)];
  if (!name.startsWith("hostile")) {
    for (const word of shown) assert.ok(plain.has(word) || ["channel", "hook", "sent", "tocsin"].includes(word), `${name}: the text lacks ${word}`);
  }
  const lost = [...caniemail({ clients: CLIENTS, html }).issues.errors].flatMap(([, all]) => all.map((one) => one.title));
  assert.deepEqual([...new Set(lost)].filter((title) => !DRESS.has(title)), [], name);
}

const requests = readFileSync(process.argv[2], "utf8").trim().split("\n").map((line) => JSON.parse(line));
const mails = requests.filter((request) => request.kind === "email");
assert.ok(mails.length > 20);
for (const mail of mails) await check(mail);
console.log(`${mails.length} mails`);

// Plays recorded events, one trace a line, to the browser's machines; any difference ends it with status 1.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";

import { Host, Widget, isMessage, isSnapshot, isLeaseReply, read } from "../../web/handshake.js";

let steps = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const trace = JSON.parse(line);
  if (trace.machine === "read") {
    assert.deepEqual(read(trace.snapshot).missing ?? null, trace.missing, trace.snapshot.snapshot);
    steps += 1;
    continue;
  }
  const isHost = trace.machine === "host";
  const machine = isHost ? new Host(trace.name) : new Widget(trace.me);
  for (const [number, step] of trace.steps.entries()) {
    const { at, event } = step;
    const where = `${trace.machine}, step ${number} at ${at}: ${JSON.stringify(event)}`;
    if (event.message) assert(isMessage(event.message), where);
    if (event.snapshot) assert(isSnapshot(event.snapshot), where);
    if (event.reply) assert(isLeaseReply(event.reply), where);
    const acts = machine.on(at, event);
    assert.deepEqual(acts, step.acts, where);
    assert.equal(isHost ? machine.state : machine.state(at), step.state, where);
    assert.equal(isHost ? machine.wake : machine.wake(at), step.wake, where);
    steps += 1;
  }
}

console.log(`${steps} steps agree`);

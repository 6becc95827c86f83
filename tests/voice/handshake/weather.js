// Bad weather between host page and frame, from a seed: what comes in over the window and what goes out over a port is
// lost, doubled and late until `calm` (Date.now()). Loaded before the product's scripts, which know nothing of it. The
// plan is in the address, or was put down beforehand.

const plan = window.thePlan ?? JSON.parse(new URLSearchParams(location.search).get("plan") ?? "{}");
const { seed = 1, loss = 0, copies = 1, delay = 0, dropFirst = 0, calm = 0 } = plan;
const ends = [];
const seen = {};

let state = (seed * 2654435761 + (window === window.parent || location.pathname.includes("host") ? 1 : 2)) >>> 0;

/** 0 up to 1 (mulberry32). */
function dice() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

function carry(kind, deliver) {
  seen[kind] = (seen[kind] ?? 0) + 1;
  if (seen[kind] <= dropFirst) return;
  const isCalm = Date.now() >= calm;
  const most = isCalm ? 1 : 1 + Math.floor(dice() * copies);
  for (let copy = 0; copy < most; copy += 1) {
    if (!isCalm && dice() * 100 < loss) continue;
    const late = isCalm ? 0 : dice() * delay;
    const first = copy === 0;
    if (late > 0) setTimeout(() => deliver(first), late);
    else deliver(first);
  }
}

addEventListener(
  "message",
  (event) => {
    if (event.carried || typeof event.data?.kind !== "string") return;
    event.stopImmediatePropagation();
    const { data, origin, source } = event;
    ends.push(...event.ports);
    carry(data.kind, (first) => {
      // A port cannot be given twice.
      const again = new MessageEvent("message", { data, origin, source, ports: first ? [...event.ports] : [] });
      again.carried = true;
      dispatchEvent(again);
    });
  },
  true,
);

const send = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (message) {
  carry(message.kind, () => send.call(this, message));
};

/** The server over the same weather. */
async function ask(path, body) {
  if (Date.now() < calm) {
    await new Promise((resolve) => setTimeout(resolve, dice() * delay));
    if (dice() * 100 < loss) throw new Error("lost");
  }
  const how = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), keepalive: true };
  const answer = await fetch(path, how);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

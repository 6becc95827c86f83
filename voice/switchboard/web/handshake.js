// How a widget comes to its configuration, whatever is lost, late, doubled or started again on the way.
//
// Two pure machines: an event goes in with the time (milliseconds since any start), acts come out, and `wake` says when
// to give the next tick. They are the same as those of the server's tests (src/handshake), state by state and message by
// message; a test plays thousands of recorded events to both. Nothing here touches a page, a network or a clock.

export const PROTOCOLS = [1, 1];

const RESEND = 200;
const RESEND_MOST = 2000;
const POLL = 2000;
const POLL_FIRST = 1000;
const SILENT = 3000;
const PORTS = 8;

const HELLO_STEP = 100;
const HELLO_MOST = 1000;
const BEAT = 300;
const BEATS = 3;
const PATIENCE = 5000;
const ASK_AGAIN = 1000;
const REFUSED = 2000;
const REMEMBERED = 15_000;
const JITTER = 60_000;
const FORCED = 600_000;

// Configuration

/** Flags that choose the path of a call, and the paths that exist. None has a default, here or at the server. */
const REQUIRED = {
  bridge: (value) => value === "v1" || value === "v2",
  codec: (value) => value === "pcmu" || value === "opus",
  ice: (value) => value === "all" || value === "relay",
  signalling: (value) => typeof value === "string" && value.startsWith("/") && !value.startsWith("//"),
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a snapshot says: `{content}`, or `{missing: [names]}` where it is incomplete or its seal is broken. */
export function read(snapshot) {
  const { epoch, version, hash, expires, minBuild, snapshot: text } = snapshot;
  if (hash !== sha256(`${epoch}.${version}\n${expires}\n${minBuild}\n${text}`)) return { missing: ["hash"] };
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    return { missing: ["snapshot"] };
  }
  if (!isObject(content)) return { missing: ["snapshot"] };
  const flags = isObject(content.flags) ? content.flags : {};
  const missing = Object.keys(REQUIRED).filter((name) => !REQUIRED[name](flags[name])).map((name) => `flags.${name}`);
  if (missing.length > 0) return { missing };
  if (content.settings !== undefined && !isObject(content.settings)) return { missing: ["snapshot"] };
  return { content };
}

const stampOf = ({ epoch, version, hash }) => ({ epoch, version, hash });
const order = (one, other) => Math.sign(one.epoch - other.epoch || one.version - other.version);
const same = (one, other) =>
  one === other || (one !== null && other !== null && order(one, other) === 0 && one.hash === other.hash);

// Messages: whoever sends something else is not heard.

const isText = (value) => typeof value === "string";
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isStamp = (value) => isObject(value) && isCount(value.epoch) && isCount(value.version) && isText(value.hash);
const isStampOrNull = (value) => value === null || isStamp(value);

/** Whether something has the shape of a snapshot; what it says is not looked at. */
export const isSnapshot = (value) =>
  isStamp(value) && isCount(value.expires) && isCount(value.minBuild) && isText(value.snapshot);

const SHAPES = {
  WHO: (value) => isText(value.host),
  HELLO: (value) =>
    isText(value.widgetId) &&
    isCount(value.build) &&
    Array.isArray(value.proto) &&
    value.proto.length === 2 &&
    value.proto.every(isCount) &&
    isStampOrNull(value.have),
  PORT: (value) => isText(value.to) && isText(value.host) && isCount(value.epoch) && isCount(value.proto),
  PULL: () => true,
  CONFIG: isSnapshot,
  ACK: (value) =>
    isStamp(value) &&
    ["applied", "held", "stale_ignored", "rejected"].includes(value.status) &&
    Array.isArray(value.missing) &&
    value.missing.every(isText),
  PING: (value) => isStampOrNull(value.have),
  PONG: (value) => isStampOrNull(value.acked),
  RELOAD: (value) => isText(value.reason),
};

export const isMessage = (value) => isObject(value) && Object.hasOwn(SHAPES, value.kind) && SHAPES[value.kind](value);

export const isLeaseReply = (value) =>
  isObject(value) &&
  [value.ask, value.minBuild, value.epoch, value.version].every(isCount) &&
  isObject(value.outcome) &&
  ((value.outcome.is === "leased" && [value.outcome.token, value.outcome.ttl, value.outcome.renew].every(isCount)) ||
    (value.outcome.is === "refused" && isText(value.outcome.why)));

// The host page's half

/** WAIT_HELLO, PORT_SENT, SENDING, SYNCED, REJECTED. */
export class Host {
  constructor(name) {
    this.name = name;
    this.snapshot = null;
    this.ports = [];
    this.opened = 0;
    this.fetchAt = null;
  }

  get current() {
    return this.snapshot && stampOf(this.snapshot);
  }

  /** The port that was heard last is the one that counts. */
  get port() {
    const later = (one, other) => (one.heard ?? -1) - (other.heard ?? -1) || one.number - other.number;
    return this.ports.reduce((best, port) => (best === null || later(port, best) > 0 ? port : best), null);
  }

  get state() {
    const port = this.port;
    if (port === null) return "WAIT_HELLO";
    if (port.heard === null) return "PORT_SENT";
    if (same(port.acked, this.current)) return "SYNCED";
    if (same(port.rejected, this.current)) return "REJECTED";
    return "SENDING";
  }

  get wake() {
    const times = this.ports.filter((port) => this.#owes(port)).map((port) => port.next);
    if (this.fetchAt !== null) times.push(this.fetchAt);
    return times.length > 0 ? Math.min(...times) : null;
  }

  on(now, event) {
    const acts = [];
    switch (event.on) {
      case "start":
        acts.push({ act: "post", message: { kind: "WHO", host: this.name } });
        this.fetchAt = now;
        break;
      case "window":
        if (event.message.kind === "HELLO") this.#hello(now, event.message, acts);
        break;
      case "port":
        this.#heard(now, event.port, event.message, acts);
        break;
      case "fetched":
        this.#fetched(now, event.snapshot);
        break;
    }
    this.#due(now, acts);
    return acts;
  }

  #hello(now, { widgetId, proto }, acts) {
    const spoken = Math.min(PROTOCOLS[1], proto[1]);
    if (spoken < Math.max(PROTOCOLS[0], proto[0])) {
      acts.push({ act: "post", message: { kind: "RELOAD", reason: "protocol" } });
      return;
    }
    // Without anything to give, silence: the widget then asks the server.
    if (this.snapshot === null) return;
    this.opened += 1;
    const number = this.opened;
    const message = { kind: "PORT", to: widgetId, host: this.name, epoch: this.snapshot.epoch, proto: spoken };
    acts.push({ act: "open", port: number, message });
    if (this.ports.length === PORTS) {
      // The one of which nothing was heard for longest, and never the one that counts.
      const counts = this.port;
      const last = (port) => port.heard ?? port.opened;
      const earlier = (one, other) => last(one) - last(other) || one.number - other.number;
      const [gone] = this.ports.filter((port) => port !== counts).sort(earlier);
      this.ports = this.ports.filter((port) => port !== gone);
      acts.push({ act: "close", port: gone.number });
    }
    this.ports.push({ number, opened: now, heard: null, acked: null, rejected: null, settled: null, next: 0, wait: RESEND });
  }

  #heard(now, number, message, acts) {
    const port = this.ports.find((one) => one.number === number);
    if (port === undefined) return;
    const soon = () => {
      port.next = now;
      port.wait = RESEND;
    };
    if (port.heard === null || now - port.heard >= SILENT) soon();
    port.heard = now;
    if (message.kind === "PULL") {
      port.rejected = port.settled = port.acked = null;
      soon();
    } else if (message.kind === "ACK") {
      const stamp = stampOf(message);
      if (message.status === "applied") {
        port.acked = stamp;
        acts.push({ act: "send", port: number, message: { kind: "PONG", acked: stamp } });
      }
      if (message.status === "held") port.settled = stamp;
      if (message.status === "rejected") port.rejected = stamp;
      if (message.status === "stale_ignored") {
        port.settled = this.current;
        // Somebody knows more than this page.
        this.fetchAt = now;
      }
    } else if (message.kind === "PING") {
      // A widget that lost what it once acknowledged is sent it again.
      if (port.acked !== null && !same(port.acked, message.have)) {
        port.acked = null;
        soon();
      }
      acts.push({ act: "send", port: number, message: { kind: "PONG", acked: port.acked } });
    }
  }

  #fetched(now, snapshot) {
    this.fetchAt = now + POLL;
    if (this.snapshot !== null && order(snapshot, this.snapshot) <= 0) return;
    this.snapshot = snapshot;
    for (const port of this.ports) {
      port.next = now;
      port.wait = RESEND;
    }
  }

  #owes(port) {
    const current = this.current;
    return (
      current !== null &&
      port.heard !== null &&
      port.next < port.heard + SILENT &&
      [port.acked, port.rejected, port.settled].every((known) => !same(known, current))
    );
  }

  #due(now, acts) {
    for (const port of this.ports) {
      if (port.next <= now && this.#owes(port)) {
        acts.push({ act: "send", port: port.number, message: { kind: "CONFIG", ...this.snapshot } });
        port.next = now + port.wait;
        port.wait = Math.min(port.wait * 2, RESEND_MOST);
      }
    }
    if (this.fetchAt !== null && this.fetchAt <= now) {
      this.fetchAt = now + (this.snapshot === null ? POLL_FIRST : POLL);
      acts.push({ act: "fetch" });
    }
  }
}

// The widget's half

const FROZEN = ["RINGING", "CONNECTING", "IN_CALL"];
const IDLE = "IDLE";

/**
 * BOOT, HELLO, BOUND, REJECTED, CONFIGURED, CONFIRMED, AVAILABLE, RINGING, CONNECTING, IN_CALL, WRAP, STALE, and
 * NOT_READY with what is lacking in brackets. The state is never kept, but follows from what is known.
 */
export class Widget {
  /** `me`: widgetId, agent, tab, load, build, dice. */
  constructor(me) {
    this.me = me;
    this.started = null;
    this.helloAt = 0;
    this.helloWait = HELLO_STEP;
    this.port = null;
    this.pastHost = null;
    this.heard = 0;
    this.config = null;
    this.pending = null;
    this.rejected = null;
    this.lacking = [];
    this.refusedProtocol = false;
    this.confirmed = null;
    this.unsure = 0;
    this.proved = 0;
    this.fetchAt = 0;
    this.current = { epoch: 0, version: 0 };
    this.minBuild = 0;
    this.microphone = false;
    this.preflight = false;
    this.locked = false;
    this.asked = 0;
    this.asks = new Map();
    this.answered = 0;
    this.askAt = 0;
    this.lease = null;
    this.noLease = null;
    this.phase = IDLE;
    this.staleSince = null;
    this.reload = null;
    this.reloading = false;
  }

  state(now) {
    if (this.phase !== IDLE) return this.phase;
    if (this.started === null) return "BOOT";
    if (this.staleSince !== null) return "STALE";
    if (this.rejected !== null || this.refusedProtocol) return "REJECTED";
    if (this.config === null) {
      if (now >= this.started + PATIENCE) return "NOT_READY(config_timeout)";
      return this.port === null ? "HELLO" : "BOUND";
    }
    if (this.confirmed !== "server") {
      if (this.#isHostLost()) return "NOT_READY(host_lost)";
      if (this.confirmed === null) return "CONFIGURED";
    }
    if (now >= this.proved + this.config.expires) return "NOT_READY(expired)";
    if (!this.microphone) return "NOT_READY(microphone)";
    if (!this.preflight) return "NOT_READY(preflight)";
    if (!this.locked) return "NOT_READY(another_tab)";
    if (this.lease !== null && now < this.lease.until && same(this.lease.stamp, this.#stamp())) return "AVAILABLE";
    return this.noLease === null ? "CONFIRMED" : `NOT_READY(${this.noLease})`;
  }

  wake(now) {
    if (this.started === null) return null;
    const next = [this.askAt, this.fetchAt, Math.max(this.fetchAt, this.heard + PATIENCE)];
    next.push(Math.max(this.fetchAt, this.unsure + PATIENCE), this.started + PATIENCE);
    if (this.#isHostLost()) next.push(this.helloAt);
    if (this.port !== null) next.push(this.port.nextBeat);
    if (this.lease !== null) next.push(this.lease.until);
    if (this.config !== null) next.push(this.proved + this.config.expires);
    const reload = this.#reloadAt();
    if (reload !== null) next.push(reload);
    const later = next.filter((at) => at > now);
    return later.length > 0 ? Math.min(...later) : null;
  }

  on(now, event) {
    const acts = [];
    switch (event.on) {
      case "start":
        this.started = this.heard = this.unsure = this.helloAt = now;
        break;
      case "window":
        this.#window(now, event.message, event.port, acts);
        break;
      case "port":
        this.#port(now, event.port, event.message, acts);
        break;
      case "fetched":
        this.#take(now, event.snapshot, "server", acts);
        break;
      case "lease":
        this.#leased(now, event.reply, acts);
        break;
      case "ready":
        this.microphone = event.microphone;
        this.preflight = event.preflight;
        this.askAt = Math.min(this.askAt, now);
        break;
      case "lock":
        this.locked = event.held;
        this.askAt = Math.min(this.askAt, now);
        break;
      case "shown":
        this.#shown(now);
        break;
      case "ring":
        if (this.state(now) === "AVAILABLE") this.phase = "RINGING";
        else acts.push({ act: "decline" });
        break;
      case "accept":
        if (this.phase === "RINGING") this.phase = "CONNECTING";
        break;
      case "connected":
        if (this.phase === "CONNECTING") this.phase = "IN_CALL";
        break;
      case "hung_up":
        if (this.#isFrozen()) {
          this.phase = event.wrap ? "WRAP" : IDLE;
          this.#thaw(now, acts);
        }
        break;
      case "wrap_done":
        if (this.phase === "WRAP") this.phase = IDLE;
        break;
    }
    this.#due(now, acts);
    return acts;
  }

  #isHostLost() {
    return this.port === null || this.port.unanswered > BEATS;
  }

  #isAnother(host) {
    return (this.port === null || this.port.host !== host) && this.pastHost !== host;
  }

  #isFrozen() {
    return FROZEN.includes(this.phase);
  }

  #stamp() {
    return this.config && stampOf(this.config);
  }

  /** The newest that is known to be whole, in force or not. */
  #newest() {
    return this.pending === null ? this.#stamp() : stampOf(this.pending.snapshot);
  }

  #helloSoon(now) {
    this.helloAt = now;
    this.helloWait = HELLO_STEP;
  }

  #window(now, message, port, acts) {
    if (message.kind === "WHO" && this.#isAnother(message.host)) {
      this.#helloSoon(now);
      if (this.started !== null && !this.#isHostLost()) this.#hello(now, acts);
    } else if (message.kind === "PORT" && port !== null) {
      const newest = this.#newest();
      const wanted =
        message.to === this.me.widgetId &&
        (newest === null || message.epoch >= newest.epoch) &&
        message.proto >= PROTOCOLS[0] &&
        message.proto <= PROTOCOLS[1] &&
        (this.#isHostLost() || this.#isAnother(message.host));
      if (!wanted) {
        acts.push({ act: "close", port });
        return;
      }
      if (this.port !== null) {
        acts.push({ act: "close", port: this.port.number });
        this.pastHost = this.port.host;
      }
      this.refusedProtocol = false;
      this.port = { number: port, host: message.host, unanswered: 0, nextBeat: now, pullAt: now };
      if (this.confirmed === "host") {
        this.confirmed = null;
        this.unsure = now;
      }
    } else if (message.kind === "RELOAD" && message.reason === "protocol") {
      this.refusedProtocol = this.port === null;
    }
  }

  #port(now, number, message, acts) {
    if (this.port === null || this.port.number !== number) return;
    this.port.unanswered = 0;
    this.heard = now;
    if (message.kind === "CONFIG") {
      const { kind: _, ...snapshot } = message;
      const { stamp, status, missing } = this.#take(now, snapshot, "host", acts);
      acts.push({ act: "send", port: number, message: { kind: "ACK", ...stamp, status, missing } });
    } else if (message.kind === "PONG" && message.acked !== null && same(message.acked, this.#stamp())) {
      if (this.confirmed !== "host") {
        this.confirmed = "host";
        this.askAt = Math.min(this.askAt, now);
      }
      this.proved = now;
    } else if (message.kind === "RELOAD") {
      this.reload = message.reason;
    }
  }

  /** Takes a configuration, or does not, and says what to acknowledge. */
  #take(now, snapshot, source, acts) {
    const stamp = stampOf(snapshot);
    const newest = this.#newest();
    if (newest !== null && order(stamp, newest) < 0) return { stamp: newest, status: "stale_ignored", missing: [] };
    const isKnown = same(newest, stamp);
    let { missing = null } = read(snapshot);
    // The same number over another content: two servers who do not know of each other.
    if (missing === null && newest !== null && order(stamp, newest) === 0 && !isKnown) missing = ["hash"];
    if (missing !== null) {
      this.rejected = stamp;
      this.lacking = missing;
      if (this.port !== null) this.port.pullAt = now + PATIENCE;
      return { stamp, status: "rejected", missing };
    }
    if (source === "server" || (this.rejected !== null && order(stamp, this.rejected) >= 0)) this.rejected = null;
    if (source === "server" && order(stamp, this.current) > 0) this.current = { epoch: stamp.epoch, version: stamp.version };
    if (!isKnown) {
      this.minBuild = snapshot.minBuild;
      this.pending = { snapshot, source };
    }
    if (!this.#isFrozen()) this.#thaw(now, acts);
    const isApplied = same(this.#stamp(), stamp);
    if (isApplied && source === "server" && (this.confirmed === null || this.#isHostLost())) {
      this.confirmed = "server";
      this.proved = now;
      this.askAt = Math.min(this.askAt, now);
    }
    return { stamp, status: isApplied ? "applied" : "held", missing: [] };
  }

  /** What waited for the end of a call is in force. */
  #thaw(now, acts) {
    if (this.pending === null) return;
    const { snapshot, source } = this.pending;
    this.pending = null;
    acts.push({ act: "apply", stamp: stampOf(snapshot) });
    this.config = snapshot;
    this.confirmed = source === "server" ? source : null;
    this.unsure = this.proved = this.askAt = now;
    this.noLease = null;
  }

  #leased(now, reply, acts) {
    const ask = this.asks.get(reply.ask);
    if (ask === undefined) return;
    this.asks.delete(reply.ask);
    // An answer that was overtaken says nothing of now.
    if (reply.ask < this.answered) return;
    this.answered = reply.ask;
    this.minBuild = reply.minBuild;
    if (order(reply, this.current) > 0) this.current = { epoch: reply.epoch, version: reply.version };
    const { sent, stamp } = ask;
    const { is, token, ttl, renew, why } = reply.outcome;
    if (is === "leased") {
      this.proved = Math.max(this.proved, sent);
      if (same(this.#stamp(), stamp)) this.askAt = sent + Math.max(renew, ASK_AGAIN);
      this.lease = { token, until: sent + ttl, stamp };
      this.noLease = null;
    } else {
      this.lease = null;
      this.noLease = `refused:${why}`;
      this.askAt = now + REFUSED;
      if (this.#isBehind()) {
        if (this.port !== null) acts.push({ act: "send", port: this.port.number, message: { kind: "PULL" } });
        this.fetchAt = Math.min(this.fetchAt, now);
      }
    }
  }

  #shown(now) {
    this.lease = null;
    this.asks.clear();
    this.confirmed = null;
    this.heard = this.unsure = this.askAt = now;
    if (this.port !== null) {
      this.port.unanswered = BEATS + 1;
      this.port.nextBeat = now;
    }
    this.#helloSoon(now);
  }

  #isBehind() {
    const newest = this.#newest();
    return newest === null || order(newest, this.current) < 0;
  }

  #needsServer(now) {
    const waited =
      this.confirmed === null
        ? now >= this.unsure + PATIENCE
        : this.confirmed === "host" && this.#isHostLost() && now >= this.heard + PATIENCE;
    const isKnown = this.current.epoch > 0 || this.current.version > 0;
    return waited || this.rejected !== null || (isKnown && this.#isBehind());
  }

  #mayAsk(now) {
    const state = this.state(now);
    if (state === "CONFIRMED" || state === "AVAILABLE" || state === "NOT_READY(lease_lost)") return true;
    if (state.startsWith("NOT_READY(refused:")) return true;
    return this.phase !== IDLE && this.config !== null;
  }

  #reloadAt() {
    if (this.staleSince === null || this.reloading) return null;
    if (this.phase === IDLE) return this.staleSince + (this.me.dice % JITTER);
    // What follows a call is let be for long, and a call always.
    return this.phase === "WRAP" ? this.staleSince + FORCED : null;
  }

  #hello(now, acts) {
    const { widgetId, build } = this.me;
    acts.push({ act: "post", message: { kind: "HELLO", widgetId, build, proto: PROTOCOLS, have: this.#stamp() } });
    this.helloAt = now + this.helloWait;
    this.helloWait = Math.min(this.helloWait + HELLO_STEP, HELLO_MOST);
  }

  #beat(now, acts) {
    const port = this.port;
    if (port === null || port.nextBeat > now) return;
    const have = this.#stamp();
    const wasLost = this.#isHostLost();
    const send = (message) => acts.push({ act: "send", port: port.number, message });
    if (have === null || this.rejected !== null) {
      if (port.pullAt <= now) {
        send({ kind: "PULL" });
        port.pullAt = now + (this.rejected !== null ? PATIENCE : BEAT);
      }
    } else if (this.confirmed !== "host") {
      send({ kind: "ACK", ...have, status: "applied", missing: [] });
    }
    send({ kind: "PING", have });
    port.unanswered = Math.min(port.unanswered + 1, BEATS + 1);
    port.nextBeat = now + BEAT;
    // The beat after the third that nobody answered.
    if (port.unanswered > BEATS && !wasLost) this.#helloSoon(now);
  }

  /** All that time alone brings about. */
  #due(now, acts) {
    if (this.started === null) return;
    const isStale = this.me.build < this.minBuild || this.reload !== null;
    this.staleSince = isStale ? this.staleSince ?? now : null;
    this.#beat(now, acts);
    if (this.helloAt <= now && this.#isHostLost()) this.#hello(now, acts);
    if (this.fetchAt <= now && this.#needsServer(now)) {
      this.fetchAt = now + PATIENCE;
      acts.push({ act: "fetch" });
    }
    if (this.lease !== null && this.lease.until <= now) {
      this.lease = null;
      this.noLease = "lease_lost";
    }
    this.#ask(now, acts);
    const reload = this.#reloadAt();
    if (reload !== null && reload <= now) {
      this.reloading = true;
      acts.push({ act: "reload", reason: this.reload ?? "build_too_old" });
    }
  }

  #ask(now, acts) {
    const { agent, tab, load, widgetId, build } = this.me;
    if (!this.#mayAsk(now) || this.reloading) {
      if (this.phase === IDLE && this.state(now) !== "CONFIGURED" && this.lease !== null) {
        acts.push({ act: "release", agent, token: this.lease.token });
        this.lease = null;
        this.askAt = now;
      }
      return;
    }
    const stamp = this.#stamp();
    if (stamp === null || this.askAt > now) return;
    this.asked += 1;
    for (const [ask, { sent }] of this.asks) if (sent + REMEMBERED <= now) this.asks.delete(ask);
    this.asks.set(this.asked, { sent: now, stamp });
    this.askAt = now + ASK_AGAIN;
    const token = this.lease === null ? null : this.lease.token;
    acts.push({ act: "ask", request: { ask: this.asked, agent, tab, load, widgetId, build, ...stamp, token } });
  }
}

// SHA-256 (FIPS 180-4): the browser's own is neither at once nor there on every page.

const FIRST = primes(64);
const K = Uint32Array.from(FIRST, (prime) => fraction(Math.cbrt(prime)));
const START = Uint32Array.from(FIRST.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

function primes(count) {
  const found = [];
  for (let one = 2; found.length < count; one += 1) if (found.every((prime) => one % prime !== 0)) found.push(one);
  return found;
}

function fraction(value) {
  return ((value - Math.floor(value)) * 0x1_0000_0000) >>> 0;
}

/** Of a text as UTF-8, in hexadecimal digits. */
export function sha256(text) {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x2000_0000));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const state = START.slice();
  const word = new Uint32Array(64);
  const turn = (value, by) => (value >>> by) | (value << (32 - by));
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i += 1) word[i] = view.getUint32(block + i * 4);
    for (let i = 16; i < 64; i += 1) {
      const [a, b] = [word[i - 15], word[i - 2]];
      const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      word[i] = word[i - 16] + s0 + word[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + word[i]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] += value));
  }
  return Array.from(state, (value) => value.toString(16).padStart(8, "0")).join("");
}

// The widget: what an agent sees and presses. What is shown is what the handshake and the desk say, and nothing else.

import { Call, trial } from "./call.js";
import { WidgetFrame, whoIsHere } from "./widget.js";

const page = document.documentElement.dataset;
const build = Number(page.build);
const at = (id) => document.getElementById(id);
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** States in plain words: what it is, why, and what it looks like. */
const WORDS = {
  BOOT: ["Starting", "", "wait"],
  HELLO: ["Starting", "Waiting for the page around this to answer.", "wait"],
  BOUND: ["Starting", "Waiting for the configuration.", "wait"],
  CONFIGURED: ["Starting", "The configuration is being confirmed.", "wait"],
  CONFIRMED: ["Starting", "The desk is being asked for calls.", "wait"],
  AVAILABLE: ["Ready for calls", "You will be rung here.", "good"],
  RINGING: ["Incoming call", "", "ring"],
  CONNECTING: ["Connecting", "Not connected yet: nobody hears you until it says so here.", "wait"],
  IN_CALL: ["Connected", "You hear each other.", "good"],
  WRAP: ["After the call", "No new call until you are done.", "wait"],
  STALE: ["Not ready", "There is a newer version of this; it is loaded in a moment.", "bad"],
  REJECTED: ["Not ready", "The configuration is incomplete. Somebody has been told.", "bad"],
  "NOT_READY(config_timeout)": ["Not ready", "No configuration came. It is asked for again and again.", "bad"],
  "NOT_READY(host_lost)": ["Not ready", "The page around this does not answer any more. Reload it if this stays.", "bad"],
  "NOT_READY(expired)": ["Not ready", "The desk has not answered for a minute.", "bad"],
  "NOT_READY(microphone)": ["Not ready", "The microphone is needed.", "bad"],
  "NOT_READY(preflight)": ["Not ready", "Nothing comes from the microphone.", "bad"],
  "NOT_READY(another_tab)": ["Not ready", "Calls come in another tab of yours. Close it to take them here.", "bad"],
  "NOT_READY(lease_lost)": ["Not ready", "The desk does not answer. It is asked again.", "bad"],
  "NOT_READY(refused:another_tab)": ["Not ready", "You are signed in on another device or in another browser.", "bad"],
  "NOT_READY(refused:build_too_old)": ["Not ready", "There is a newer version of this; it is loaded in a moment.", "bad"],
  "NOT_READY(refused:stale_config)": ["Starting", "A newer configuration is being fetched.", "wait"],
  "NOT_READY(refused:revoked)": ["Not ready", "The desk gives you no calls for now.", "bad"],
};
const INTERRUPTED = ["Interrupted", "Nothing comes through the network: you do not hear each other.", "bad"];
const MICROPHONE = {
  denied: "The browser does not allow it. Allow the microphone for this page, beside its address, then try again.",
  none: "No microphone was found. Connect one, then try again.",
  silent: "Nothing comes from it. See whether it is switched off or muted, then try again.",
};
const OUT = {
  no_answer: "You did not take a call.",
  not_heard: "In the last call nobody was heard; the caller went to somebody else. Check microphone and headset.",
  broke_off: "In the last call sound stopped here; the caller went to somebody else. Check network and headset.",
  lost: "The last call broke off here; the caller went to somebody else.",
};

const agent = { id: null, token: null };
let frame = null;
let call = null;
let offered = null;
let microphone = "unknown";
let out = null;
let paused = false;
let held = false;
let since = null;

async function ask(path, what) {
  const headers = { authorization: `Bearer ${agent.id}:${agent.token}` };
  if (what !== undefined) headers["content-type"] = "application/json";
  const body = what === undefined ? undefined : JSON.stringify(what);
  const reply = await fetch(path, { method: what === undefined ? "GET" : "POST", headers, body, keepalive: what !== undefined });
  const said = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(said.error), { status: reply.status });
  return said;
}

/** Said of a call, in order, and again where it did not arrive. Where to is for the configuration to say. */
let told = Promise.resolve();
function sayOf(number, what) {
  const where = frame.snapshot?.content.flags.signalling;
  const send = async () => {
    for (let again = 0; again < 3; again += 1) {
      try {
        return await ask(where, { call: number, ...what });
      } catch (error) {
        if (error.status) return console.warn(error.message);
        await pause(200);
      }
    }
  };
  // What the browser counted is soon out of date, and need not wait for its turn.
  if (what.did === "packets") return ask(where, { call: number, ...what }).catch(() => {});
  return (told = told.then(send));
}

/** The widget's state is told until it has arrived, since nobody asks for it: the latest one, and again to a desk that is new. */
const report = {
  last: null,
  due: null,
  async tell(what) {
    this.last = what;
    const isTelling = this.due !== null;
    this.due = what;
    while (!isTelling && this.due !== null) {
      const now = this.due;
      try {
        await ask("/voice/report", now);
        if (this.due === now) this.due = null;
      } catch (error) {
        if (error.status && this.due === now) this.due = null;
        else await pause(500);
      }
    }
  },
};

const isCleaned = () => frame.snapshot?.content.settings?.cleanMicrophone !== false;
const did = (what) => ask("/voice/agent", what).catch(() => {});

// What is seen

function show() {
  const state = frame.state;
  let [title, why, tone] = WORDS[state] ?? ["Not ready", `${state}.`, "bad"];
  const inCall = state === "RINGING" || call !== null;
  if (state === "NOT_READY(microphone)" || state === "NOT_READY(preflight)") {
    why = microphone === "unknown" ? "The microphone is tried: allow it for this page." : MICROPHONE[microphone] ?? why;
    if (microphone === "unknown") [title, tone] = ["Starting", "wait"];
  } else if (!inCall && state !== "WRAP" && out !== null) {
    [title, why, tone] = ["Not ready", OUT[out], "bad"];
  } else if (state === "AVAILABLE" && paused) {
    [title, why, tone] = ["On a break", "No calls until you are back.", "wait"];
  }
  if (state === "IN_CALL" && call?.hears === false) [title, why, tone] = INTERRUPTED;
  else if (state === "IN_CALL" && held) [title, why, tone] = ["On hold", "The caller hears notes; nobody hears you.", "ring"];
  else if (state === "IN_CALL" && call?.muted) why = "You are muted: the caller does not hear you.";
  at("state").textContent = title;
  at("why").textContent = why;
  at("why").hidden = why === "";
  at("card").dataset.tone = tone;
  document.title = title;
  const caller = call ?? (state === "RINGING" ? offered : null);
  at("caller").hidden = !caller;
  at("caller").textContent = caller ? `${caller.caller} · ${caller.queue}` : "";
  const on = (id, shown) => (at(id).hidden = !shown);
  on("sign-out", !inCall);
  on("accept", state === "RINGING");
  on("decline", state === "RINGING");
  on("hang-up", state === "CONNECTING" || state === "IN_CALL");
  on("hold", state === "IN_CALL");
  on("mute", state === "IN_CALL");
  on("done", state === "WRAP");
  on("microphone", !inCall && (state === "NOT_READY(microphone)" || state === "NOT_READY(preflight)") && microphone !== "unknown");
  on("back", !inCall && (out !== null || (paused && state === "AVAILABLE")));
  on("pause", state === "AVAILABLE" && !paused && out === null);
  at("hold").setAttribute("aria-pressed", String(held));
  at("mute").setAttribute("aria-pressed", String(call?.muted ?? false));
  const stamp = frame.snapshot?.stamp;
  at("version").textContent = stamp ? `${stamp.epoch}.${stamp.version}` : "none";
  clock();
}

function clock() {
  at("clock").hidden = since === null;
  if (since === null) return;
  const seconds = Math.floor((performance.now() - since) / 1000);
  at("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
setInterval(clock, 500);

/** Two notes now and then while it rings. */
const bell = {
  context: null,
  timer: null,
  start() {
    this.stop();
    this.context = new AudioContext();
    const note = (hz, after) => {
      const [tone, level] = [this.context.createOscillator(), this.context.createGain()];
      const begins = this.context.currentTime + after;
      tone.frequency.value = hz;
      level.gain.setValueAtTime(0, begins);
      level.gain.linearRampToValueAtTime(0.15, begins + 0.02);
      level.gain.linearRampToValueAtTime(0, begins + 0.35);
      tone.connect(level).connect(this.context.destination);
      tone.start(begins);
      tone.stop(begins + 0.4);
    };
    const ring = () => [[660, 0], [880, 0.4]].forEach(([hz, after]) => note(hz, after));
    ring();
    this.timer = setInterval(ring, 2000);
  },
  stop() {
    clearInterval(this.timer);
    this.context?.close();
    this.context = null;
  },
};

async function tryMicrophone() {
  microphone = "unknown";
  show();
  const lacks = await trial(isCleaned());
  microphone = lacks ?? "well";
  // A microphone that is there and silent is another thing than none.
  frame.ready(lacks === null || lacks === "silent", lacks === null);
  show();
}

// What the desk says

const HEARD = {
  async offered(said) {
    if (call?.number === said.call || offered?.call === said.call) return;
    offered = said;
    // The desk may call while its word that it will is still on the way.
    const end = performance.now() + 1500;
    while (frame.state !== "AVAILABLE" && performance.now() < end && offered === said) await pause(25);
    if (offered !== said) return;
    if (!frame.ring()) return void (offered = null);
    show();
    bell.start();
    sayOf(said.call, { did: "ringing" });
  },
  withdrawn(said) {
    if (offered?.call !== said.call) return;
    offered = null;
    bell.stop();
    if (frame.state === "RINGING") frame.hungUp(false);
  },
  join(said) {
    if (call?.number !== said.call) return;
    call.join(said).catch((error) => console.warn(error));
  },
  connected(said) {
    if (call?.number !== said.call) return;
    call.connected();
    since = performance.now();
    frame.connected();
  },
  held(said) {
    if (call?.number === said.call) held = said.held;
  },
  muted(said) {
    if (call?.number === said.call) call.mute(said.muted);
  },
  ended(said) {
    if (call?.number !== said.call) return;
    over(said.wrap_ms > 0);
  },
  standing(said) {
    // The desk is right: it may have been started anew.
    if (offered !== null && offered.call !== said.call) {
      HEARD.withdrawn({ call: offered.call });
    }
    if (call !== null && call.number !== said.call) over(false);
    if (said.call === null && frame.state === "WRAP") frame.wrapDone();
  },
  free() {
    frame.wrapDone();
  },
  not_ready(said) {
    out = said.why;
  },
  paused(said) {
    paused = said.paused;
  },
  beat() {},
};

function over(wrap) {
  call?.end();
  call = null;
  offered = null;
  held = false;
  since = null;
  bell.stop();
  frame.hungUp(wrap);
  show();
}

/** Listens to the desk, and again whenever it broke off. */
async function listen(widget) {
  for (;;) {
    const hearing = new AbortController();
    let deadline = setTimeout(() => hearing.abort(), 6000);
    try {
      const headers = { authorization: `Bearer ${agent.id}:${agent.token}` };
      const reply = await fetch(`/voice/events?widget=${widget}`, { headers, signal: hearing.signal });
      if (!reply.ok) throw new Error(`${reply.status}`);
      if (report.last !== null) report.tell(report.last);
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ; ) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(deadline);
        deadline = setTimeout(() => hearing.abort(), 6000);
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          const said = JSON.parse(line);
          HEARD[said.kind]?.(said);
          if (said.kind !== "beat") show();
        }
      }
    } catch (error) {
      console.warn("the desk is not heard", error.message);
    }
    clearTimeout(deadline);
    await pause(500);
  }
}

// What is pressed

function buttons() {
  const press = (id, what) =>
    at(id).addEventListener("click", () => {
      what();
      show();
    });
  press("accept", () => {
    bell.stop();
    const { call: number, caller, queue } = offered;
    const say = (what) => sayOf(number, what);
    const ways = frame.snapshot.content.flags.ice;
    const own = new Call(number, { say, audio: at("sound"), clean: isCleaned(), ways, changed: show });
    call = Object.assign(own, { caller, queue });
    offered = null;
    frame.accept();
    sayOf(number, { did: "accepted" });
  });
  press("decline", () => {
    bell.stop();
    sayOf(offered.call, { did: "declined" });
    offered = null;
    frame.hungUp(false);
  });
  press("hang-up", () => sayOf(call.number, { did: "hung_up" }));
  press("hold", () => sayOf(call.number, { did: "hold", held: !held }));
  press("mute", () => {
    const muted = !call.muted;
    // Nobody who presses it waits for the desk to be unheard.
    if (muted) call.mute(true);
    sayOf(call.number, { did: "mute", muted });
  });
  press("done", () => did({ did: "wrapped" }));
  press("microphone", tryMicrophone);
  press("pause", () => did({ did: "paused", paused: true }));
  press("back", async () => {
    const wasOut = out !== null;
    out = null;
    if (paused) did({ did: "paused", paused: false });
    if (wasOut) {
      await did({ did: "back" });
      await tryMicrophone();
    }
  });
  press("sign-out", async () => {
    sessionStorage.removeItem("desk-agent");
    if (frame.state === "WRAP") await did({ did: "wrapped" });
    frame.stop();
    history.replaceState(null, "", location.pathname + location.search);
    location.reload();
  });
}

// The beginning

async function signIn(id, token) {
  Object.assign(agent, { id, token });
  const { name } = await ask("/voice/me");
  sessionStorage.setItem("desk-agent", JSON.stringify(agent));
  at("sign-in").hidden = true;
  at("desk").hidden = false;
  at("name").textContent = name;
  at("build").textContent = build;
  const me = whoIsHere(id, build);
  frame = new WidgetFrame({
    me,
    parentOrigin: page.host || location.origin,
    snapshot: async () => (await fetch("/voice/config")).json(),
    lease: (request) => ask("/voice/lease", request),
    release: (_, lease) => ask("/voice/release", { token: lease }).catch(() => {}),
    onDecline: () => offered && sayOf(offered.call, { did: "declined" }),
    onState: (state, { missing, stamp }) => {
      report.tell({ agent: id, widgetId: me.widgetId, build, stamp, state, missing });
      if (frame !== null) show();
    },
  });
  window.widget = frame;
  buttons();
  show();
  listen(me.widgetId);
  navigator.mediaDevices?.addEventListener("devicechange", () => call === null && tryMicrophone());
  await tryMicrophone();
}

function complains(error) {
  at("sign-in-problem").textContent = error.status === 401 ? "Name or token is wrong." : "The desk does not answer. Try again.";
}

async function begin() {
  const given = new URLSearchParams(location.hash.slice(1));
  const known = JSON.parse(sessionStorage.getItem("desk-agent") ?? "null");
  const id = given.get("agent") ?? known?.id;
  const token = given.get("token") ?? known?.token;
  at("sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    at("sign-in-problem").textContent = "";
    try {
      await signIn(at("agent").value.trim(), at("token").value);
    } catch (error) {
      complains(error);
    }
  });
  while (id && token) {
    try {
      return await signIn(id, token);
    } catch (error) {
      if (error.status || frame !== null) {
        complains(error);
        break;
      }
      // Nobody need press anything because the desk was away while this was loaded.
      at("sign-out").hidden = true;
      at("desk").hidden = false;
      at("why").textContent = "The desk does not answer. It is asked again.";
      await pause(1000);
    }
  }
  at("desk").hidden = true;
  at("sign-in").hidden = false;
}

begin();

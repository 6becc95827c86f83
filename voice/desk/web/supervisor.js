// The desk as it is now, asked for once a second.

const at = (id) => document.getElementById(id);
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("desk-supervisor", given);
  history.replaceState(null, "", location.pathname);
}
let token = sessionStorage.getItem("desk-supervisor");

async function ask(path, what) {
  const headers = { authorization: `Bearer ${token}` };
  if (what !== undefined) headers["content-type"] = "application/json";
  const body = what === undefined ? undefined : JSON.stringify(what);
  return fetch(path, { method: what === undefined ? "GET" : "POST", headers, body });
}

const span = (ms) => {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
};
const time = (ms) => new Date(ms).toLocaleString();
const plain = (word) => String(word).replaceAll("_", " ").toLowerCase();

/** A table, drawn anew only where it says something else. */
const drawn = new Map();
function table(id, heads, rows, none) {
  const key = JSON.stringify([heads, rows.map((row) => row.map((cell) => cell?.key ?? cell))]);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  const box = id === "alarms" ? at(id).querySelector(".wide") : at(id);
  if (rows.length === 0) {
    const said = Object.assign(document.createElement("p"), { className: "none", textContent: none });
    return box.replaceChildren(said);
  }
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  for (const word of heads) head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: word }));
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row) {
      const place = line.insertCell();
      if (cell?.node) place.append(cell.node());
      else if (cell?.text !== undefined) Object.assign(place, { className: cell.class, textContent: cell.text });
      else place.textContent = cell ?? "–";
    }
  }
  box.replaceChildren(made);
}

/** Where a call's sound stops, and what stopped before. */
const SILENT = { agent_stopped: "nothing from the agent", hearing_stopped: "nothing reaches the agent", caller_stopped: "nothing from the caller" };
const sound = ({ stage, silent }) => (silent ? marked(SILENT[silent], false) : stage === "CONNECTED" ? marked("both ways", true) : null);

const marked = (text, good) => ({ text, class: good ? "good" : "bad", key: `${text}${good}` });
const long = (text) => ({ text, class: "text", key: text });

function player({ call, caller }) {
  const node = () => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Play" });
    button.setAttribute("aria-label", `Play the message of ${caller}`);
    button.addEventListener("click", async () => {
      const reply = await ask(`/supervisor/voicemail/${call}`);
      if (!reply.ok) return void (button.textContent = "It is gone");
      const sound = Object.assign(document.createElement("audio"), { controls: true, src: URL.createObjectURL(await reply.blob()) });
      sound.setAttribute("aria-label", `Message of ${caller}`);
      button.replaceWith(sound);
      sound.play().catch(() => {});
    });
    return button;
  };
  return { node, key: call };
}

function show(desk) {
  const { share } = desk;
  const build = desk.build === null ? "no build" : `build ${desk.build}`;
  at("state").textContent = `${build}, configuration ${desk.epoch}.${desk.version}: ${share.current} of ${share.of} sessions on it${desk.draining ? " · stopping" : ""}`;
  const name = (agent) => desk.names[agent] ?? agent;
  const alarms = [...desk.alarms.builds, ...desk.alarms.readiness];
  at("alarms").hidden = alarms.length === 0 && desk.told.length === 0;
  table("alarms", ["When", "What"], desk.told.slice(0, 10).map((one) => [time(one.at_ms), long(one.said)]), "None.");
  table(
    "agents",
    ["Agent", "State", "As the widget says", "Build", "Configuration", "Idle for"],
    desk.agents.map((one) => {
      const state = one.notReady ? `out: ${plain(one.notReady)}` : one.paused ? "on a break" : one.present ? one.status : "not signed in";
      const well = one.routable || ["busy", "ringing", "wrap"].includes(one.status);
      const shown = !one.present || (one.paused && !one.notReady) ? state : marked(state, well && !one.notReady);
      const current = one.epoch === desk.epoch && one.version === desk.version;
      return [
        name(one.agent),
        shown,
        one.state && plain(one.state),
        one.build,
        one.version === null ? null : marked(`${one.epoch}.${one.version}`, current),
        one.idleMs === null ? null : span(one.idleMs),
      ];
    }),
    "No agents are set up.",
  );
  table(
    "calls",
    ["Call", "Caller", "Queue", "Stage", "Agent", "Sound", "Failed before", "For"],
    desk.calls.map((one) => {
      const stage = one.stage === "CONNECTED" ? marked("connected", true) : plain(one.stage);
      return [one.call, one.caller, one.queue, stage, one.agent && name(one.agent), sound(one), one.failed.map(plain).join(", ") || null, span(one.lastsMs)];
    }),
    "No calls.",
  );
  table(
    "waiting",
    ["Queue", "Waiting", "The longest"],
    desk.queues.map((one) => [one.queue, one.waiting.length, one.waiting.length ? span(Math.max(...one.waiting.map((call) => call.waitedMs))) : null]),
    "No queues.",
  );
  table(
    "builds",
    ["Build", "Configuration", "Accepted", "Not heard, or no longer", "Why"],
    desk.rates.map((one) => {
      const causes = Object.entries(one.causes).map(([cause, count]) => `${plain(cause)} ${count}`).join(", ");
      return [one.build, one.version.join("."), one.accepted, marked(String(one.failed), one.failed === 0), causes || null];
    }),
    "No call was accepted.",
  );
  table(
    "missed",
    ["When", "Caller", "Queue", "Waited", "Why"],
    desk.missed.map((one) => [time(one.at_ms), one.caller, one.queue, span(one.waited_ms), plain(one.why)]),
    "None.",
  );
  table(
    "voicemail",
    ["When", "Caller", "Called", "Length", "Message"],
    desk.voicemail.map((one) => [time(one.at_ms), one.caller, one.called, `${one.seconds} s`, player(one)]),
    "None.",
  );
  const stands = (value) => (value === true ? "on" : value === false ? "off" : String(value));
  table("switches", ["Switch", "Stands"], desk.switches.map((one) => [one.switch, stands(one.stands)]), "None.");
  table(
    "audit",
    ["When", "Switch", "From", "To", "Who", "Why"],
    desk.audit.map((one) => [time(one.at_ms), one.switch, stands(one.from), stands(one.to), one.who, long(one.why)]),
    "Nothing.",
  );
  const list = at("switch");
  if (list.options.length === 0) {
    for (const name of [...desk.switches.map((one) => one.switch), "calls.terminate_all"]) list.append(new Option(name, name));
  }
}

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value.trim();
  sessionStorage.setItem("desk-supervisor", token);
});

at("turn").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = at("to").value.trim().toLowerCase();
  const to = said === "on" ? true : said === "off" ? false : Number(said);
  const reply = await ask("/supervisor/switch", { switch: at("switch").value, to, who: at("who").value, why: at("why").value });
  at("turned").textContent = reply.ok ? "Turned." : (await reply.json()).error;
});

async function look() {
  try {
    if (!token) throw Object.assign(new Error("A token is needed"), { asks: true });
    const reply = await ask("/supervisor/state");
    if (reply.status === 401) throw Object.assign(new Error("The token is wrong"), { asks: true });
    at("ask").hidden = true;
    show(await reply.json());
  } catch (error) {
    at("state").textContent = error.asks ? error.message : "The desk does not answer";
    at("ask").hidden = !error.asks;
  }
  setTimeout(look, 1000);
}
look();

// The widget's end of the handshake: a frame that takes calls once it has everything that a call needs, and not before.
//
// It knows neither sound nor buttons: those tell it what they see (`ready`, `ring`, `accept`…) and are told the state.

import { Widget, isLeaseReply, isMessage, isSnapshot, read } from "./handshake.js";

/** How far the clock on the wall may run ahead of the page's before the page must have slept, in milliseconds. */
const SLEPT = 5000;

/** A timer that runs on time in the background, too: `set(milliseconds, what)` replaces what was set before. */
export function steadyTimer() {
  let what = () => {};
  const worker = new Worker(new URL("./timer.js", import.meta.url));
  worker.onmessage = () => what();
  return {
    set(milliseconds, then) {
      what = then;
      worker.postMessage(milliseconds);
    },
    stop: () => worker.terminate(),
  };
}

/** Who this widget is: the tab is remembered, and how often the widget was loaded in it. */
export function whoIsHere(agent, build) {
  const dice = crypto.getRandomValues(new Uint32Array(5));
  const name = Array.from(dice.subarray(0, 4), (part) => part.toString(16)).join("-");
  const key = `voice-tab-${agent}`;
  const [tab, before] = (sessionStorage.getItem(key) ?? `${name} 0`).split(" ");
  const load = Number(before) + 1;
  sessionStorage.setItem(key, `${tab} ${load}`);
  return { widgetId: name, agent, tab, load, build, dice: dice[4] };
}

/**
 * me: who this is (`whoIsHere`). parentOrigin: the exact origin of the host page. snapshot(): asks the server for what
 * holds. lease(request): asks the server, resolves to its reply. release(agent, token): gives a lease back, and must
 * also work while the page goes away. timer: `steadyTimer()` unless there is a better one.
 *
 * onState(state, {missing, stamp}): each time it is another one; `missing` names what a rejected configuration lacks.
 * onSnapshot(content, stamp): a configuration is in force. onDecline(): a call rang that cannot be taken.
 * onReload(reason): load again; nothing is lost by it.
 */
export class WidgetFrame {
  #options;
  #machine;
  #ports = new Map();
  #opened = 0;
  #shown = null;
  #timer;
  #stopped = false;
  #ahead = Date.now() - performance.now();
  #unlock = null;
  #listeners = [];

  constructor(options) {
    const none = () => {};
    this.#options = { onState: none, onSnapshot: none, onDecline: none, onReload: () => location.reload(), ...options };
    this.#timer = options.timer ?? steadyTimer();
    this.#machine = new Widget(options.me);
    this.#listen(window, "message", (event) => this.#window(event));
    this.#listen(window, "pageshow", (event) => event.persisted && this.#on({ on: "shown" }));
    this.#listen(document, "resume", () => this.#on({ on: "shown" }));
    this.#listen(window, "pagehide", () => this.#leave());
    this.#on({ on: "start" });
    this.#lock();
  }

  get state() {
    return this.#machine.state(this.#now());
  }

  /** What is in force: `{content, stamp}`, or null. In a call it is what was when it rang. */
  get snapshot() {
    const { config } = this.#machine;
    return config && { content: read(config).content, stamp: stampOf(config) };
  }

  /** Whether the microphone may be used, and whether a trial of the audio went well. */
  ready(microphone, preflight) {
    this.#on({ on: "ready", microphone, preflight });
  }

  /** A call is offered. It is declined by itself where it cannot be taken. */
  ring() {
    this.#on({ on: "ring" });
    return this.state === "RINGING";
  }

  accept() {
    this.#on({ on: "accept" });
  }

  /** Both hear each other. */
  connected() {
    this.#on({ on: "connected" });
  }

  hungUp(wrap) {
    this.#on({ on: "hung_up", wrap });
  }

  wrapDone() {
    this.#on({ on: "wrap_done" });
  }

  stop() {
    if (this.#stopped) return;
    this.#leave();
    this.#stopped = true;
    for (const [target, kind, listener] of this.#listeners) target.removeEventListener(kind, listener);
    for (const port of this.#ports.values()) port.close();
    this.#timer.stop();
    this.#unlock?.();
  }

  #now() {
    return Math.floor(performance.now());
  }

  #listen(target, kind, listener) {
    target.addEventListener(kind, listener);
    this.#listeners.push([target, kind, listener]);
  }

  /** One tab of a browser is an agent's; the next one is once that is closed. The server sees to different browsers. */
  #lock() {
    if (!navigator.locks) {
      this.#on({ on: "lock", held: true });
      return;
    }
    const held = () => {
      if (this.#stopped) return undefined;
      this.#on({ on: "lock", held: true });
      return new Promise((resolve) => (this.#unlock = resolve));
    };
    navigator.locks.request(`voice-agent-${this.#options.me.agent}`, held).catch(() => {
      this.#on({ on: "lock", held: false });
    });
  }

  #window(event) {
    if (event.source !== window.parent || event.origin !== this.#options.parentOrigin || !isMessage(event.data)) return;
    const [end] = event.ports;
    let port = null;
    if (end !== undefined) {
      this.#opened += 1;
      port = this.#opened;
      this.#ports.set(port, end);
      end.onmessage = ({ data }) => {
        if (isMessage(data)) this.#on({ on: "port", port, message: data });
      };
    }
    this.#on({ on: "window", message: event.data, port });
  }

  #on(event) {
    if (this.#stopped) return;
    const slept = Date.now() - performance.now() - this.#ahead;
    if (Math.abs(slept) > SLEPT) {
      this.#ahead += slept;
      this.#take({ on: "shown" });
    }
    this.#take(event);
    const now = this.#now();
    const state = this.#machine.state(now);
    if (state !== this.#shown) {
      this.#shown = state;
      const missing = state === "REJECTED" ? this.#machine.lacking : [];
      this.#options.onState(state, { missing, stamp: this.#machine.config && stampOf(this.#machine.config) });
    }
    const wake = this.#machine.wake(now);
    if (wake !== null) this.#timer.set(Math.max(0, wake - performance.now()) + 1, () => this.#on({ on: "tick" }));
  }

  #take(event) {
    for (const act of this.#machine.on(this.#now(), event)) this.#does(act);
  }

  #does(act) {
    switch (act.act) {
      case "post":
        window.parent.postMessage(act.message, this.#options.parentOrigin);
        break;
      case "send":
        this.#ports.get(act.port)?.postMessage(act.message);
        break;
      case "close":
        this.#ports.get(act.port)?.close();
        this.#ports.delete(act.port);
        break;
      case "fetch":
        this.#ask(() => this.#options.snapshot(), isSnapshot, (snapshot) => ({ on: "fetched", snapshot }));
        break;
      case "ask":
        this.#ask(() => this.#options.lease(act.request), isLeaseReply, (reply) => ({ on: "lease", reply }));
        break;
      case "release":
        this.#options.release(act.agent, act.token);
        break;
      case "apply":
        this.#options.onSnapshot(read(this.#machine.config).content, act.stamp);
        break;
      case "decline":
        this.#options.onDecline();
        break;
      case "reload":
        this.#options.onReload(act.reason);
        break;
    }
  }

  /** An answer that does not come, or is none, is asked for again. */
  async #ask(how, is, event) {
    try {
      const value = await how();
      if (is(value)) this.#on(event(value));
    } catch {
      // Its time comes.
    }
  }

  #leave() {
    const { lease } = this.#machine;
    if (lease !== null) this.#options.release(this.#options.me.agent, lease.token);
  }
}

const stampOf = ({ epoch, version, hash }) => ({ epoch, version, hash });

// The host page's end of the handshake: has the configuration from the server, and sees to it that the frame gets it.

import { Host, isMessage, isSnapshot } from "./handshake.js";

/**
 * Serves one frame.
 *
 * frame: the iframe element; origin: the exact origin it is loaded from; snapshot(): asks the server and resolves to its
 * snapshot; onState(state): WAIT_HELLO, PORT_SENT, SENDING, SYNCED, REJECTED, each time it is another one.
 */
export class HostPage {
  #frame;
  #origin;
  #snapshot;
  #onState;
  #machine;
  #ports = new Map();
  #timer = null;
  #shown = null;
  #listen = (event) => this.#window(event);

  constructor({ frame, origin, snapshot, onState = () => {} }) {
    this.#frame = frame;
    this.#origin = origin;
    this.#snapshot = snapshot;
    this.#onState = onState;
    const name = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
    this.#machine = new Host(name);
    addEventListener("message", this.#listen);
    this.#on({ on: "start" });
  }

  get state() {
    return this.#machine.state;
  }

  /** What the frame is known to have applied, or null. */
  get acked() {
    return this.#machine.port?.acked ?? null;
  }

  /** The server said what holds before it was asked. */
  push(snapshot) {
    if (isSnapshot(snapshot)) this.#on({ on: "fetched", snapshot });
  }

  stop() {
    removeEventListener("message", this.#listen);
    clearTimeout(this.#timer);
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
    this.#machine = new Host("stopped");
  }

  #window(event) {
    if (event.source !== this.#frame.contentWindow || event.origin !== this.#origin) return;
    if (isMessage(event.data)) this.#on({ on: "window", message: event.data });
  }

  #on(event) {
    const machine = this.#machine;
    for (const act of machine.on(Math.floor(performance.now()), event)) this.#does(act);
    if (machine !== this.#machine) return;
    if (machine.state !== this.#shown) {
      this.#shown = machine.state;
      this.#onState(machine.state);
    }
    clearTimeout(this.#timer);
    const { wake } = machine;
    if (wake !== null) {
      this.#timer = setTimeout(() => this.#on({ on: "tick" }), Math.max(0, wake - performance.now()) + 1);
    }
  }

  #does(act) {
    switch (act.act) {
      case "post":
        this.#frame.contentWindow?.postMessage(act.message, this.#origin);
        break;
      case "open": {
        const { port1, port2 } = new MessageChannel();
        const { port } = act;
        port1.onmessage = ({ data }) => {
          if (isMessage(data)) this.#on({ on: "port", port, message: data });
        };
        this.#ports.set(port, port1);
        this.#frame.contentWindow?.postMessage(act.message, this.#origin, [port2]);
        break;
      }
      case "send":
        this.#ports.get(act.port)?.postMessage(act.message);
        break;
      case "close":
        this.#ports.get(act.port)?.close();
        this.#ports.delete(act.port);
        break;
      case "fetch":
        this.#fetch(this.#machine);
        break;
    }
  }

  async #fetch(machine) {
    try {
      const snapshot = await this.#snapshot();
      if (machine === this.#machine && isSnapshot(snapshot)) this.#on({ on: "fetched", snapshot });
    } catch {
      // It is asked again.
    }
  }
}

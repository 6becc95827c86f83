// The widget of the incident: it says hello once, takes what comes, and falls back to defaults where nothing does. It is
// here so that the suite can fail.

export { whoIsHere } from "/web/widget.js";

const GIVES_UP = 3000;

export class WidgetFrame {
  constructor({ me, parentOrigin, lease, onState, onSnapshot }) {
    this.state = "HELLO";
    const state = (next, stamp = null) => onState((this.state = next), { missing: [], stamp });
    addEventListener("message", ({ data, ports }) => {
      if (data.kind !== "PORT" || ports.length === 0) return;
      ports[0].onmessage = ({ data: message }) => {
        if (message.kind !== "CONFIG") return;
        const { epoch, version, hash } = message;
        const stamp = { epoch, version, hash };
        onSnapshot(JSON.parse(message.snapshot), stamp);
        lease({ ask: 1, ...me, ...stamp, token: null }).catch(() => {});
        state("AVAILABLE", stamp);
      };
      ports[0].postMessage({ kind: "PULL" });
    });
    const { widgetId, build } = me;
    parent.postMessage({ kind: "HELLO", widgetId, build, proto: [1, 1], have: null }, parentOrigin);
    setTimeout(() => this.state === "HELLO" && state("AVAILABLE"), GIVES_UP);
  }

  ready() {}
}

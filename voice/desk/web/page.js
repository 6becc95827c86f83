// The host page: holds the widget's frame, and serves it its configuration.

import { HostPage } from "./host.js";

const WORDS = {
  WAIT_HELLO: "Waiting for the frame to call",
  PORT_SENT: "Answered; waiting to hear from it",
  SENDING: "The configuration is on its way",
  SYNCED: "In step: the frame has what the desk says",
  REJECTED: "The frame refuses the configuration",
};
const frame = document.getElementById("widget");

const host = new HostPage({
  frame,
  origin: location.origin,
  snapshot: async () => (await fetch("/voice/config")).json(),
  onState: show,
});

function show(state) {
  document.getElementById("handshake").textContent = WORDS[state] ?? state;
}

setInterval(() => {
  const { acked } = host;
  document.getElementById("acked").textContent = acked ? `version ${acked.version} of epoch ${acked.epoch}` : "none yet";
}, 500);
window.host = host;
// A sign-in of the address is for the frame.
frame.src = `/widget${location.hash}`;
if (location.hash) history.replaceState(null, "", location.pathname);

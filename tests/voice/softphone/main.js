// A telephone in a page: registers by SIP over WebSocket, rings, and is accepted by a click.
// #server=wss://…&address=sip:ada@…&password=…

import JsSIP from "jssip";

const part = (id) => document.getElementById(id);
const wish = new URLSearchParams(location.hash.slice(1));
// Tones are heard as they are said only where nothing cleans them.
const MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
let call = null;

function shows(state, why = "") {
  part("state").textContent = state;
  part("why").textContent = why;
  part("caller").textContent = call?.remote_identity?.uri?.user ?? "";
  part("accept").disabled = part("decline").disabled = state !== "Incoming call";
  part("hang-up").disabled = !["Connecting", "Connected"].includes(state);
}

function comes({ originator, session }) {
  if (originator !== "remote") return;
  if (call) {
    session.terminate({ status_code: 486 });
    return;
  }
  call = session;
  session.on("peerconnection", ({ peerconnection }) => listens(peerconnection));
  for (const end of ["ended", "failed"]) {
    session.on(end, ({ cause }) => {
      call = null;
      shows(telephone.isRegistered() ? "Ready for calls" : "Signed out", cause);
    });
  }
  shows("Incoming call");
}

function listens(peer) {
  peer.addEventListener("track", ({ track }) => (part("sound").srcObject = new MediaStream([track])));
  peer.addEventListener("connectionstatechange", () => {
    if (call) shows(peer.connectionState === "connected" ? "Connected" : "Connecting");
  });
}

part("accept").addEventListener("click", () => {
  call.answer({ mediaConstraints: { audio: MICROPHONE }, pcConfig: { iceServers: [] } });
  shows("Connecting");
});
part("decline").addEventListener("click", () => call.terminate({ status_code: 486 }));
part("hang-up").addEventListener("click", () => call.terminate());

const telephone = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(wish.get("server"))],
  uri: wish.get("address"),
  password: wish.get("password"),
  session_timers: false,
});
telephone.on("registered", () => call || shows("Ready for calls"));
telephone.on("registrationFailed", ({ cause }) => shows("Signed out", cause));
telephone.on("disconnected", () => call || shows("Signed out", "The connection is lost"));
telephone.on("newRTCSession", comes);
telephone.start();

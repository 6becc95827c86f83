// One call in this browser: the microphone, the way to the desk, and what the browser itself knows of it.

/** What is asked of a microphone: a voice, with echo and noise taken out by the browser or not. */
const voice = (clean) => ({ audio: { echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean } });
/** How often the desk is told what came, until the call is connected and after, in milliseconds. */
const OFTEN = 200;
const SELDOM = 2000;
/** How often it is looked at in a conversation, and how long nothing may come before nobody is heard, in milliseconds. */
const LOOK = 500;
const QUIET = 2000;
/** Sound below that is none: a microphone that is switched off gives zeros. */
const NOTHING = 1e-5;
const TRIAL = 2500;

/** Whether anything comes from a microphone: a trial before anybody calls. Resolves to `null`, or to a word for why not. */
export async function trial(clean) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(voice(clean));
  } catch (error) {
    return error.name === "NotAllowedError" ? "denied" : "none";
  }
  const context = new AudioContext();
  try {
    const analyser = context.createAnalyser();
    const sound = new Float32Array(analyser.fftSize);
    context.createMediaStreamSource(stream).connect(analyser);
    const end = performance.now() + TRIAL;
    while (performance.now() < end) {
      // Without a click on the page its audio may not run, and then nothing can be said against the microphone.
      if (context.state !== "running") {
        await Promise.race([context.resume(), pause(500)]);
        if (context.state !== "running") return stream.getAudioTracks().every((track) => track.muted) ? "silent" : null;
      }
      analyser.getFloatTimeDomainData(sound);
      if (sound.some((sample) => Math.abs(sample) > NOTHING)) return null;
      await pause(50);
    }
    return "silent";
  } finally {
    stop(stream);
    context.close();
  }
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
const stop = (stream) => stream?.getTracks().forEach((track) => track.stop());

/**
 * `say(what)` posts to the desk about this call; `audio` is the element that plays it; `clean`: whether the microphone is
 * cleaned; `ways`: which ways through the network may be tried, `all` or `relay`; `changed()`: see `hears`.
 */
export class Call {
  #say;
  #audio;
  #clean;
  #ways;
  #changed;
  #hears = true;
  #peer = null;
  #microphone = null;
  #round = 0;
  #packets = 0;
  #taken = 0;
  #connected = false;
  #over = false;
  #muted = false;

  constructor(number, { say, audio, clean, ways, changed }) {
    this.number = number;
    this.#say = say;
    this.#audio = audio;
    this.#clean = clean;
    this.#ways = ways;
    this.#changed = changed;
  }

  /** Whether anything comes: the desk sends without a pause, notes or nothing much where the caller is silent. */
  get hears() {
    return this.#hears;
  }

  /** The desk's offer: at the beginning, with the servers that may pass it on, or again for another way. */
  async join({ round, sdp, iceServers }) {
    this.#round = round;
    if (this.#peer === null) {
      this.#peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: this.#ways });
      this.#peer.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) this.#say({ did: "candidate", round: this.#round, line: candidate.candidate });
      };
      this.#peer.ontrack = ({ track }) => {
        this.#audio.srcObject = new MediaStream([track]);
        this.#audio.play().catch(() => {});
      };
      try {
        this.#microphone = await navigator.mediaDevices.getUserMedia(voice(this.#clean));
      } catch {
        if (!this.#over) this.#say({ did: "no_microphone", round });
        return;
      }
      if (this.#over) return stop(this.#microphone);
      for (const track of this.#microphone.getAudioTracks()) this.#peer.addTrack(track, this.#microphone);
      this.#report();
    }
    await this.#peer.setRemoteDescription({ type: "offer", sdp });
    await this.#peer.setLocalDescription();
    if (!this.#over) this.#say({ did: "answer", round, sdp: this.#peer.localDescription.sdp });
  }

  /** Looks at what reaches this browser, and tells the desk; which is not waited for, as it may be out of reach. */
  async #report() {
    let [packets, grew, told, telling] = [0, performance.now(), -Infinity, false];
    while (!this.#over) {
      const count = await this.#received();
      if (this.#over) return;
      const now = performance.now();
      if (count !== packets) [packets, grew] = [count, now];
      this.#listened(now - grew < QUIET);
      if (!telling && now - told >= (this.#connected ? SELDOM : OFTEN)) {
        [told, telling] = [now, true];
        this.#say({ did: "packets", round: this.#round, packets }).then(() => (telling = false));
      }
      await pause(this.#connected ? LOOK : OFTEN);
    }
  }

  /** Packets of sound, as the browser itself counts them, while it takes sound out of them to play it: what comes and is
   * not played is heard by nobody. */
  async #received() {
    let [packets, taken] = [0, 0];
    for (const one of (await this.#peer.getStats()).values()) {
      if (one.type !== "inbound-rtp" || one.kind !== "audio") continue;
      packets += one.packetsReceived;
      taken += one.jitterBufferEmittedCount;
    }
    const plays = taken !== this.#taken && !this.#audio.paused && !this.#audio.muted && this.#audio.volume > 0;
    this.#taken = taken;
    if (plays) this.#packets = packets;
    return this.#packets;
  }

  #listened(hears) {
    if (this.#hears === hears) return;
    this.#hears = hears;
    this.#changed();
  }

  connected() {
    this.#connected = true;
  }

  mute(muted) {
    this.#muted = muted;
    this.#microphone?.getAudioTracks().forEach((track) => (track.enabled = !muted));
  }

  get muted() {
    return this.#muted;
  }

  end() {
    this.#over = true;
    this.#peer?.close();
    stop(this.#microphone);
    this.#audio.srcObject = null;
  }
}

// What a robot sees and hears of a frame, asked again and again, in a world of its own: nothing of the page is replaced,
// and the page sees nothing of this. It looks at what is shown, and listens to what is played.
((wanted) => {
  const found = ({ css, text }) => {
    for (const one of document.querySelectorAll(css)) {
      const fits = text === null || one.textContent.replace(/\s+/g, " ").includes(text);
      if (fits && one.getClientRects().length > 0 && one.checkVisibility({ visibilityProperty: true })) return one;
    }
    return null;
  };
  globalThis.found = found;

  const ear = (globalThis.ear ??= { out: null, ways: new Map(), chunks: [], count: 0, began: Infinity });
  const playing = new Map();
  for (const one of document.querySelectorAll(wanted.sound)) {
    const stream = one.srcObject;
    if (!(stream instanceof MediaStream) || one.paused || one.muted || one.volume === 0) continue;
    for (const track of stream.getAudioTracks()) if (track.readyState === "live") playing.set(track.id, track);
  }
  if (playing.size > 0 && ear.out === null) {
    const context = new AudioContext({ sampleRate: 8000 });
    ear.out = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: "explicit" });
    const { readable } = new MediaStreamTrackProcessor({ track: ear.out.stream.getAudioTracks()[0], maxBufferSize: 1000 });
    const reader = readable.getReader();
    const take = ({ value: sound, done }) => {
      if (done) return;
      const samples = new Float32Array(sound.numberOfFrames);
      sound.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      sound.close();
      ear.count += samples.length;
      ear.chunks.push(samples);
      // What came late through this program was played no later than what came soon.
      ear.began = Math.min(ear.began, performance.timeOrigin + performance.now() - ear.count / 8);
      reader.read().then(take);
    };
    reader.read().then(take);
  }
  for (const [id, track] of playing) {
    if (ear.ways.has(id)) continue;
    const way = ear.out.context.createMediaStreamSource(new MediaStream([track]));
    way.connect(ear.out);
    ear.ways.set(id, way);
  }
  for (const [id, way] of ear.ways) {
    if (playing.has(id)) continue;
    way.disconnect();
    ear.ways.delete(id);
  }

  let sound = null;
  if (ear.chunks.length > 0) {
    const bytes = [];
    for (const sample of ear.chunks.splice(0).flatMap((one) => [...one])) {
      const level = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      bytes.push(level & 0xff, (level >> 8) & 0xff);
    }
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.slice(at, at + 8192));
    sound = { pcm: btoa(text), end: ear.began + ear.count / 8 };
    ear.began = Infinity;
  }
  const shown = {};
  for (const [name, what] of wanted.shown) {
    const one = found(what);
    if (one !== null) shown[name] ??= one.textContent.replace(/\s+/g, " ").trim();
  }
  const status = performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0;
  return { shown, sound, status, now: performance.timeOrigin + performance.now() };
})

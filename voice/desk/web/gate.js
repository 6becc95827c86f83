// What the gate sees and hears of a page, asked again and again. Nothing of the page is replaced: it looks at what the
// widget shows, and listens to what it plays.
((hz) => {
  const frame = document.querySelector("#widget");
  const page = frame?.contentDocument;
  const at = (id) => page?.getElementById(id) ?? null;
  const place = (id) => {
    const one = at(id);
    if (one === null || one.hidden) return null;
    const [outer, inner] = [frame.getBoundingClientRect(), one.getBoundingClientRect()];
    return [outer.x + inner.x + inner.width / 2, outer.y + inner.y + inner.height / 2];
  };
  const stream = at("sound")?.srcObject;
  if (stream?.getAudioTracks().length > 0 && !window.gate) {
    const context = new AudioContext();
    const ear = context.createAnalyser();
    ear.fftSize = 4096;
    context.createMediaStreamSource(stream).connect(ear);
    window.gate = { ear, rate: context.sampleRate, heard: 0 };
  }
  if (window.gate) {
    const sound = new Float32Array(4096);
    window.gate.ear.getFloatTimeDomainData(sound);
    const turn = 2 * Math.cos((2 * Math.PI * hz) / window.gate.rate);
    let [before, last, energy] = [0, 0, 0];
    for (const sample of sound) {
      [before, last] = [last, sample + turn * last - before];
      energy += sample * sample;
    }
    const share = (2 * (last * last + before * before - turn * last * before)) / (sound.length * energy);
    if (energy / sound.length > 1e-6 && share > 0.5) window.gate.heard += 1;
  }
  return {
    title: at("state")?.textContent ?? "",
    why: at("why")?.textContent ?? "",
    accept: place("accept"),
    hangUp: place("hang-up"),
    heard: window.gate?.heard ?? 0,
  };
})

// Plain tones: a piece's notes sounded by the browser, where the collection has no audio file of it.

const AHEAD = 0.5; // seconds of notes that are handed to the browser beforehand
const RELEASE = 0.08;

/** A player of notes `[onset ms, duration ms, pitch, velocity, 1 for drums]`; it tells `onchange` when it starts or ends. */
export function createTones(onchange) {
  let context = null;
  let timer = 0;
  let current = null;

  function stop() {
    clearInterval(timer);
    context?.close();
    context = null;
    current = null;
    onchange();
  }

  function play(id, notes) {
    if (context) stop();
    context = new AudioContext();
    current = id;
    const out = context.createDynamicsCompressor();
    out.connect(context.destination);
    const begin = context.currentTime + 0.1;
    const last = Math.max(0, ...notes.map(([onset, duration]) => onset + duration)) / 1000;
    let next = 0;
    const schedule = () => {
      const until = context.currentTime - begin + AHEAD;
      for (; next < notes.length && notes[next][0] / 1000 < until; next += 1) sound(context, out, begin, notes[next]);
      if (context.currentTime - begin > last + 0.5) stop();
    };
    timer = setInterval(schedule, 100);
    schedule();
    onchange();
  }

  return { play, stop, playing: () => current };
}

function sound(context, out, begin, [onset, duration, pitch, velocity, drum]) {
  const at = begin + onset / 1000;
  const end = at + (drum ? 0.06 : duration / 1000);
  const gain = context.createGain();
  const loud = (velocity / 127) ** 2 * (drum ? 0.12 : 0.3);
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loud, at + 0.01);
  gain.gain.setTargetAtTime(drum ? 0 : loud * 0.6, at + 0.01, drum ? 0.03 : 0.4);
  gain.gain.setTargetAtTime(0, end, RELEASE / 3);
  const source = context.createOscillator();
  source.type = drum ? "square" : "triangle";
  source.frequency.value = drum ? 90 + pitch : 440 * 2 ** ((pitch - 69) / 12);
  source.connect(gain).connect(out);
  source.start(at);
  source.stop(end + RELEASE * 2);
}

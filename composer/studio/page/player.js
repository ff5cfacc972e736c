// The player: one media element, so that seek, loop, speed and the highlight share one clock and speed keeps the pitch.

import { readStems } from "./bundle.js";
import { encodeWav, loudness, sumStems } from "./wave.js";

const LOUDEST = 0.12; // root mean square that every version is turned down to, so that A and B are as loud

/** A player of versions; it tells `onchange` when what it does changes and `onerror` when there is no sound. */
export class Player {
  constructor({ onchange, onerror }) {
    this.audio = new Audio();
    this.audio.preservesPitch = true;
    this.onchange = onchange;
    this.onerror = onerror;
    this.version = null;
    this.loop = null;
    this.speed = 1;
    this.silent = new Set();
    this.sounds = new Map();
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.onchange());
    this.audio.addEventListener("error", () => this.audio.src && this.onerror());
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  get seconds() {
    return this.audio.currentTime;
  }

  /** The bar that sounds, from 1. */
  get bar() {
    const starts = this.version?.barStarts ?? [0];
    const next = starts.findIndex((start) => start > this.seconds + 0.01);
    return Math.min(Math.max(1, next < 0 ? starts.length : next), this.version?.bars ?? 1);
  }

  /** Take another version at the same bar; it goes on playing if the one before played. */
  async load(version) {
    const bar = Math.min(this.bar, version.bars);
    const goesOn = this.playing;
    this.version = version;
    if (!version.audioUrl) {
      this.audio.removeAttribute("src");
      return;
    }
    await this.#source(goesOn, () => version.barStarts[bar - 1] ?? 0);
  }

  async play() {
    if (this.audio.ended || (this.version && this.seconds >= this.version.seconds)) this.seek(1);
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.onerror();
    }
  }

  toggle() {
    if (this.playing) this.audio.pause();
    else this.play();
  }

  /** Go to the start of a bar. */
  seek(bar) {
    this.audio.currentTime = this.version?.barStarts[bar - 1] ?? 0;
    this.onchange();
  }

  setSpeed(speed) {
    this.speed = Math.min(2, Math.max(0.5, speed));
    this.audio.playbackRate = this.speed;
    this.onchange();
  }

  /** Loop bars `{first, last}`, or null for none. */
  setLoop(bars) {
    this.loop = bars;
    this.onchange();
  }

  /** Leave out the parts of these numbers. */
  async setSilent(parts) {
    this.silent = parts;
    const at = this.seconds;
    await this.#source(this.playing, () => at);
  }

  /** Called on every frame: keeps the loop. */
  tick() {
    if (!this.loop || !this.version || !this.playing) return;
    const starts = this.version.barStarts;
    const end = starts[this.loop.last] ?? this.version.seconds;
    if (this.seconds >= end - 0.02 || this.seconds < starts[this.loop.first - 1] - 0.05) this.seek(this.loop.first);
  }

  async #source(goesOn, at) {
    const version = this.version;
    const key = [...this.silent].sort().join();
    try {
      const sound = await this.#sound(version, key);
      if (version !== this.version) return;
      this.audio.src = sound.url;
      this.audio.volume = Math.min(1, sound.gain);
      this.audio.playbackRate = this.speed;
      this.audio.currentTime = at();
      if (goesOn) await this.play();
    } catch {
      this.onerror();
    }
    this.onchange();
  }

  async #sound(version, key) {
    const name = `${version.id}:${key}`;
    if (!this.sounds.has(name)) {
      const context = new OfflineAudioContext(2, 1, 44100);
      this.sounds.set(name, key ? await this.#mix(context, version) : await this.#whole(context, version));
      for (const old of [...this.sounds.keys()].slice(0, -6)) {
        URL.revokeObjectURL(this.sounds.get(old).url);
        this.sounds.delete(old);
      }
    }
    return this.sounds.get(name);
  }

  async #whole(context, version) {
    const bytes = await fetchBytes(version.audioUrl);
    const url = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
    version.loudness = loudness(await context.decodeAudioData(bytes.slice(0)));
    return { url, gain: version.loudness ? LOUDEST / version.loudness : 1 };
  }

  async #mix(context, version) {
    version.stems ??= await this.#stems(context, version);
    const heard = [...version.stems].filter(([part]) => !this.silent.has(part)).map(([, stem]) => stem);
    const wave = heard.length ? sumStems(heard) : sumStems([...version.stems.values()]).map((channel) => channel.fill(0));
    return { url: URL.createObjectURL(encodeWav(wave, context.sampleRate)), gain: version.loudness ? LOUDEST / version.loudness : 1 };
  }

  /** Decoded stems by the number of their part; parts without notes have none. */
  async #stems(context, version) {
    const files = await readStems(await fetchBytes(version.bundleUrl));
    const sounding = version.parts.filter(({ number }) => version.notes.some((note) => note.part === number));
    const stems = await Promise.all(files.slice(0, sounding.length).map((file) => context.decodeAudioData(file)));
    return new Map(stems.map((stem, index) => [sounding[index].number, stem]));
  }
}

async function fetchBytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`no sound: ${answer.status}`);
  return answer.arrayBuffer();
}

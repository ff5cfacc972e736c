// The player: one media element, so that seek, loop, speed and the highlight share one clock and speed keeps the pitch.

import { readStems } from "./bundle.js";
import { encodeWav, loudness, sumStems } from "./wave.js";

const LOUDEST = 0.12; // root mean square that every version is turned down to, so that A and B are as loud
const KEPT = 6; // sounds that are kept for coming back
const key = (parts) => [...parts].sort().join();

/** A player of versions; it tells `onchange` when what it does changes and `onerror` when there is no sound. */
export class Player {
  constructor({ onchange, onerror }) {
    this.audio = new Audio();
    this.audio.preservesPitch = true;
    this.onchange = onchange;
    this.onerror = onerror;
    this.version = null;
    this.wanted = false;
    this.loading = 0;
    this.loop = null;
    this.speed = 1;
    this.silent = new Set();
    this.sounds = new Map();
    for (const name of ["pause", "ended"]) this.audio.addEventListener(name, () => this.#stopped());
    this.audio.addEventListener("error", () => this.audio.src && this.#fail());
  }

  /** True from pressing play on, also while the sound is still being fetched. */
  get playing() {
    return this.wanted;
  }

  /** True while the sound is being fetched. */
  get waiting() {
    return this.loading > 0;
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

  /** Take another version, without the parts of these numbers, at the same bar; it goes on playing if the one before played. */
  async load(version, silent) {
    if (version === this.version && key(silent) === key(this.silent)) return;
    const place = version === this.version ? this.seconds : version.barStarts[Math.min(this.bar, version.bars) - 1] ?? 0;
    this.version = version;
    this.silent = silent;
    await this.#source(place);
  }

  /** Play; where the sound is still being fetched, as soon as it is there. */
  play() {
    this.wanted = true;
    if (!this.loading && (this.audio.ended || this.seconds >= this.version.seconds)) this.seek(1);
    this.#go();
    this.onchange();
  }

  pause() {
    this.wanted = false;
    this.audio.pause();
    this.onchange();
  }

  toggle() {
    if (this.wanted) this.pause();
    else this.play();
  }

  /** Go to the start of a bar. */
  seek(bar) {
    const place = this.version?.barStarts[bar - 1] ?? 0;
    if (this.loading) this.place = place;
    this.audio.currentTime = place;
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

  /** Called on every frame: keeps the loop. */
  tick() {
    if (!this.loop || !this.version || !this.playing) return;
    const starts = this.version.barStarts;
    const end = starts[this.loop.last] ?? this.version.seconds;
    if (this.seconds >= end - 0.02 || this.seconds < starts[this.loop.first - 1] - 0.05) this.seek(this.loop.first);
  }

  async #source(place) {
    const { version, silent } = this;
    this.place = place;
    this.loading += 1;
    this.audio.pause();
    this.onchange();
    try {
      const sound = await this.#sound(version, key(silent));
      if (version !== this.version || silent !== this.silent) return;
      this.audio.src = sound.url;
      this.audio.volume = Math.min(1, sound.gain);
      this.audio.playbackRate = this.speed;
      this.audio.currentTime = this.place;
    } catch {
      if (version === this.version && silent === this.silent) this.#fail();
    } finally {
      this.loading -= 1;
    }
    this.#go();
    this.onchange();
  }

  async #go() {
    if (!this.wanted || this.loading || !this.audio.src) return;
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.#fail();
    }
  }

  #stopped() {
    if (this.loading || !this.audio.paused) return;
    this.wanted = false;
    this.onchange();
  }

  #fail() {
    this.wanted = false;
    this.audio.removeAttribute("src");
    this.onerror();
    this.onchange();
  }

  /** The sound of a version without some parts, made once: a promise of its address and its gain. */
  #sound(version, silent) {
    const name = `${version.id}:${silent}`;
    if (!this.sounds.has(name)) {
      const context = new OfflineAudioContext(2, 1, 44100);
      const made = silent ? this.#mix(context, version) : this.#whole(context, version);
      made.catch(() => this.sounds.delete(name));
      this.sounds.set(name, made);
      for (const old of [...this.sounds.keys()].slice(0, -KEPT)) {
        this.sounds.get(old).then(({ url }) => URL.revokeObjectURL(url), () => {});
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

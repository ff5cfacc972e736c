// Sound as arrays: stems summed to one file, and how loud it is.

/** The sum of decoded stems (`AudioBuffer`s of one sample rate) as planar float channels. */
export function sumStems(buffers) {
  const length = Math.max(...buffers.map((buffer) => buffer.length));
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  for (const buffer of buffers) {
    const a = buffer.getChannelData(0);
    const b = buffer.getChannelData(buffer.numberOfChannels > 1 ? 1 : 0);
    for (let i = 0; i < buffer.length; i += 1) {
      left[i] += a[i];
      right[i] += b[i];
    }
  }
  return [left, right];
}

/** Channels in [-1, 1] as a 16-bit stereo WAV file. */
export function encodeWav([left, right], rate) {
  const view = new DataView(new ArrayBuffer(44 + left.length * 4));
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + left.length * 4, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, left.length * 4, true);
  const samples = new Int16Array(view.buffer, 44);
  for (let i = 0; i < left.length; i += 1) {
    samples[2 * i] = Math.max(-1, Math.min(1, left[i])) * 32767;
    samples[2 * i + 1] = Math.max(-1, Math.min(1, right[i])) * 32767;
  }
  return new Blob([view], { type: "audio/wav" });
}

/** Root mean square of a decoded sound over the samples that are not silent. */
export function loudness(buffer) {
  const samples = buffer.getChannelData(0);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < samples.length; i += 4) {
    if (Math.abs(samples[i]) < 1e-4) continue;
    sum += samples[i] * samples[i];
    count += 1;
  }
  return count ? Math.sqrt(sum / count) : 0;
}

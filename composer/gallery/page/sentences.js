// The Composer sentence encoder in the page: a bag of hashed words, letter groups and word pairs, and two layers.
// It computes what composer/sentences.py computes, and goes on into the space of the pictures.

const MOST_WORDS = 64;
const EPSILON = 1e-5;
const BYTES = new TextEncoder();
const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** CRC-32 of a text, as an unsigned number. */
export function crc32(text) {
  let sum = -1;
  for (const byte of BYTES.encode(text)) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ -1) >>> 0;
}

/** Bytes of a text in base 64. */
export function decode(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Rows of the table that a sentence is the weighted sum of: `[row, weight]`. */
export function features(text, { words: wordRows, groups: groupRows, pairs: pairRows }) {
  const plain = text.toLowerCase().normalize("NFKD").replace(/[^\0-\x7f]/g, "").replaceAll("'", "");
  const words = (plain.match(/[a-z0-9]+/g) ?? []).slice(0, MOST_WORDS);
  const found = [];
  for (const word of words) {
    const marked = `<${word}>`;
    for (const salt of [1, 2]) found.push([crc32(`${salt}${marked}`) % wordRows, 0.5]);
    const groups = [3, 4, 5].flatMap((size) =>
      Array.from({ length: Math.max(1, marked.length - size + 1) }, (_, at) => marked.slice(at, at + size)));
    for (const group of groups) found.push([wordRows + (crc32(group) % groupRows), 1 / groups.length]);
  }
  words.slice(1).forEach((word, at) => found.push([wordRows + groupRows + (crc32(`${words[at]} ${word}`) % pairRows), 1]));
  return found;
}

/** The encoder of a file of weights: a function from a sentence to a vector of unit length. */
export function createEncoder(file) {
  const table = decode(file.table); // two numbers of four bits a byte, the lower half first
  const floats = (text) => new Float32Array(decode(text).buffer);
  const [scale, first, firstBias, skip, second, bias] = ["scale", "first", "firstBias", "skip", "second", "bias"].map((name) => floats(file[name]));
  const { width } = file;
  return (text) => {
    const sum = new Float64Array(width);
    for (const [row, weight] of features(text, file.rows)) {
      const factor = scale[row] * weight;
      for (let at = 0; at < width; at += 2) {
        const pair = table[(row * width + at) / 2];
        sum[at] += factor * ((pair & 15) - 8);
        sum[at + 1] += factor * ((pair >> 4) - 8);
      }
    }
    const mean = sum.reduce((total, value) => total + value, 0) / width;
    const spread = Math.sqrt(sum.reduce((total, value) => total + (value - mean) ** 2, 0) / width + EPSILON);
    const normed = sum.map((value) => (value - mean) / spread);
    const hidden = times(first, normed).map((value, at) => Math.max(0, value + firstBias[at]));
    const through = times(second, hidden);
    const out = times(skip, normed).map((value, at) => value + through[at] + bias[at]);
    const length = Math.hypot(...out);
    return out.map((value) => value / length);
  };
}

/** A matrix, row after row, times a vector. */
function times(matrix, vector) {
  const out = new Float64Array(matrix.length / vector.length);
  for (let row = 0, at = 0; row < out.length; row += 1) {
    for (let column = 0; column < vector.length; column += 1, at += 1) out[row] += matrix[at] * vector[column];
  }
  return out;
}

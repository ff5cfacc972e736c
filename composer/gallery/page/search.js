// Search: pieces by a sentence, by likeness of the pictures, and through filters.

/** Picture vectors, `{width, count, bytes}`, one row of signed bytes a picture; a row of zeros has no picture. */
export function createVectors(width, bytes) {
  const values = new Int8Array(bytes.buffer);
  const count = width ? values.length / width : 0;
  const lengths = Array.from({ length: count }, (_, row) => Math.hypot(...values.subarray(row * width, (row + 1) * width)));
  return {
    /** The vector of a picture. */
    of: (row) => Float64Array.from(values.subarray(row * width, (row + 1) * width), (value) => value / (lengths[row] || 1)),
    /** The cosine between every picture and a vector; -1 where there is no picture. */
    cosines: (vector) =>
      lengths.map((length, row) => {
        if (!length) return -1;
        let sum = 0;
        for (let at = 0; at < width; at += 1) sum += values[row * width + at] * vector[at];
        return sum / length;
      }),
  };
}

const plainWords = (text) =>
  text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").match(/[\p{L}\p{N}]+/gu) ?? [];

/** The share of a text's words that stand in a piece's title, artist or name. */
export function named(piece, text) {
  const words = plainWords(text);
  const own = new Set(plainWords(`${piece.title} ${piece.artist} ${piece.name}`));
  return words.length ? words.filter((word) => own.has(word)).length / words.length : 0;
}

/** Places of the pieces, the most like it first; those that are called by all of the words come before. */
export function ranked(pieces, cosines, text) {
  const points = pieces.map((piece, at) => cosines[at] + (named(piece, text) === 1 ? 2 : 0));
  return pieces.map((_, at) => at).sort((a, b) => points[b] - points[a] || a - b);
}

const FEELINGS = {
  "pleasant, lively": (piece) => piece.valence >= 0 && piece.arousal >= 0,
  "pleasant, calm": (piece) => piece.valence >= 0 && piece.arousal < 0,
  "unpleasant, lively": (piece) => piece.valence < 0 && piece.arousal >= 0,
  "unpleasant, calm": (piece) => piece.valence < 0 && piece.arousal < 0,
};

/** The filters: a word for people, and what a piece has of it, as a list of words. */
export const FILTERS = {
  feeling: ["Feeling", (piece) => Object.keys(FEELINGS).filter((name) => FEELINGS[name](piece))],
  mood: ["Mood", (piece) => piece.moods],
  kind: ["Picture", (piece) => piece.kinds],
  mode: ["Mode", (piece) => [piece.mode]],
  instrument: ["Instrument", (piece) => piece.instruments],
};

/** Whether a piece has all that was chosen, `{filter: word}`; an empty word takes everything. */
export const fits = (piece, chosen) =>
  Object.entries(chosen).every(([name, word]) => !word || FILTERS[name][1](piece).includes(word));

/** The words of a filter among pieces with how many have each, the commonest first. */
export function choices(pieces, name) {
  const counts = new Map();
  for (const piece of pieces) for (const word of new Set(FILTERS[name][1](piece))) if (word) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/** The orders of a list without a sentence. */
export const ORDERS = {
  name: ["As in the collection", () => 0],
  title: ["Title", (a, b) => a.title.localeCompare(b.title)],
  pleasant: ["Most pleasant first", (a, b) => b.valence - a.valence],
  sad: ["Least pleasant first", (a, b) => a.valence - b.valence],
  lively: ["Liveliest first", (a, b) => b.arousal - a.arousal],
  calm: ["Calmest first", (a, b) => a.arousal - b.arousal],
  fast: ["Fastest music first", (a, b) => b.tempo - a.tempo],
};

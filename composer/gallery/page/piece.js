// One piece, looked at closely: picture, words, player, files, and pictures like it.

import { h } from "./dom.js";

const AUDIO = /\.(mp3|ogg|flac|wav|m4a|opus)$/i;
const FILM = /\.mp4$/i;
const SHEET = /\.(svg|png)$/i;

/** The address of a file of the site. */
export const address = (path) => path.split("/").map(encodeURIComponent).join("/");

/** A key, a tempo and so on in a line. */
export const facts = (piece) => `${piece.tonic} ${piece.mode} · ${Math.round(piece.tempo)} bpm · ${piece.meter} · ${piece.bars} bars`;

/** The content of a piece's dialog. */
export function showPiece(piece, { tones, playTones, like, open }) {
  const files = piece.files.map((path) => h("li", {}, h("a", { href: address(path), download: true }, path.split(".").pop().toUpperCase())));
  const reasons = Object.entries(piece.reasons).map(([name, why]) => [h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, why)]);
  return [
    piece.large
      ? h("img", { class: "large", src: address(piece.large), alt: piece.alt, width: piece.size[0], height: piece.size[1] })
      : h("p", { class: "quiet" }, "The picture was not at its place when this gallery was made."),
    h("h2", { id: "piece-title", tabindex: "-1" }, piece.title),
    piece.artist && h("p", {}, piece.artist),
    h("p", {}, piece.caption),
    h("p", {}, facts(piece), h("br"), piece.instruments.join(", ")),
    player(piece, tones, playTones),
    files.length > 0 && [h("h3", {}, "Files"), h("ul", { class: "files" }, files)],
    piece.files.filter((path) => SHEET.test(path)).map((path) => h("img", { class: "sheet", loading: "lazy", src: address(path), alt: `Score of ${piece.title}` })),
    reasons.length > 0 && h("details", {}, h("summary", {}, "Why this music"), h("dl", {}, reasons)),
    like.length > 0 && [
      h("h3", {}, "Pictures like this"),
      h("ul", { class: "like" }, like.map(([at, other]) =>
        h("li", {}, h("button", { type: "button", onclick: () => open(at) }, h("img", { src: address(other.small), alt: "", loading: "lazy" }), h("span", {}, other.title))))),
    ],
  ];
}

function player(piece, tones, playTones) {
  const film = piece.files.find((path) => FILM.test(path));
  const audio = piece.files.find((path) => AUDIO.test(path));
  if (film) return h("video", { controls: true, preload: "none", src: address(film), "aria-label": `Film of ${piece.title}` });
  if (audio) return h("audio", { controls: true, preload: "none", src: address(audio), "aria-label": `Sound of ${piece.title}` });
  if (!piece.notes) return null;
  const playing = tones.playing() === piece.id;
  return h("p", { class: "row" },
    h("button", { id: "tones", class: "primary", type: "button", onclick: () => playTones(piece) }, playing ? "Stop" : "Play"),
    h("span", { class: "quiet" }, "Plain tones; the files sound as their instruments."));
}

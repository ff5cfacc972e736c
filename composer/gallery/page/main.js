// The gallery: a list in pages, filters, search, the plane, and a dialog for one piece.

import { createStore, fill, find, h } from "./dom.js";
import { address, facts, showPiece } from "./piece.js";
import { createPlane } from "./plane.js";
import { FILTERS, ORDERS, choices, createVectors, fits, ranked } from "./search.js";
import { createEncoder, decode } from "./sentences.js";
import { createTones } from "./tones.js";

const PAGE = 24;
const ALIKE = 4;

const { pieces, vectors: packed } = globalThis.gallery;
const vectors = createVectors(packed.width, decode(packed.bytes));
const store = createStore({ text: "", places: null, chosen: {}, order: "name", page: 0, open: null });
const tones = createTones(() => store.state.open !== null && showOpen());
const loading = new Map();

/** A script of the site, once; it works from a folder, where nothing can be fetched. */
function load(path) {
  if (!loading.has(path)) {
    loading.set(path, new Promise((done, failed) => document.head.append(h("script", { src: address(path), onload: done, onerror: failed }))));
  }
  return loading.get(path);
}

/** The places to be shown, in order. */
function listed({ places, chosen, order }) {
  const all = places ?? pieces.map((_, at) => at);
  const found = all.filter((at) => fits(pieces[at], chosen));
  return places ? found : found.sort((a, b) => ORDERS[order][1](pieces[a], pieces[b]) || a - b);
}

async function search(text) {
  if (!text.trim()) return store.set({ text: "", places: null, page: 0 });
  find("state").textContent = "Searching";
  try {
    await load("words.js");
    load.encoder ??= createEncoder(globalThis.galleryWords);
    store.set({ text, places: ranked(pieces, vectors.cosines(load.encoder(text)), text), page: 0 });
  } catch {
    find("state").textContent = "words.js is missing beside this page: no search.";
  }
}

function card(at) {
  const piece = pieces[at];
  return h("li", {}, h("a", { class: "card", href: `#${piece.id}` },
    piece.small ? h("img", { src: address(piece.small), alt: piece.alt, loading: "lazy", decoding: "async", width: piece.size[0], height: piece.size[1] }) : h("span", { class: "blank" }),
    h("strong", {}, piece.title), piece.artist && h("span", {}, piece.artist), h("span", { class: "quiet" }, facts(piece)), h("span", { class: "quiet" }, piece.moods[0])));
}

function showList(state) {
  const places = listed(state);
  const pages = Math.max(1, Math.ceil(places.length / PAGE));
  const page = Math.min(state.page, pages - 1);
  fill(find("list"), places.slice(page * PAGE, (page + 1) * PAGE).map(card));
  find("state").textContent = `${places.length} of ${pieces.length} pieces${state.text ? `, the most like “${state.text}” first` : ""}; page ${page + 1} of ${pages}`;
  const turn = (by) => () => { store.set({ page: page + by }); find("results").scrollIntoView(); find("state").focus(); };
  fill(find("pages"), h("button", { id: "before", type: "button", disabled: page === 0, onclick: turn(-1) }, "Previous page"),
    h("button", { id: "after", type: "button", disabled: page === pages - 1, onclick: turn(1) }, "Next page"));
  find("order").disabled = Boolean(state.text);
  showDots(places);
}

function alike(at) {
  if (!pieces[at].small) return [];
  const near = vectors.cosines(vectors.of(at));
  return pieces.map((_, other) => other).filter((other) => other !== at && pieces[other].small)
    .sort((a, b) => near[b] - near[a]).slice(0, ALIKE).map((other) => [other, pieces[other]]);
}

const openAt = (at) => { location.hash = pieces[at].id; };

function playTones(piece) {
  if (tones.playing() === piece.id) return tones.stop();
  return load(piece.notes).then(() => tones.play(piece.id, globalThis.galleryNotes[piece.id]));
}

function showOpen() {
  const at = store.state.open;
  fill(find("piece-body"), showPiece(pieces[at], { tones, playTones, like: alike(at), open: openAt }));
}

/** The address says which piece is open. */
function follow() {
  const at = pieces.findIndex((piece) => piece.id === location.hash.slice(1));
  if (tones.playing() && (at < 0 || tones.playing() !== pieces[at].id)) tones.stop();
  store.state.open = at < 0 ? null : at;
  const dialog = find("piece");
  if (at < 0) return dialog.close();
  showOpen();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  return find("piece-title").focus();
}

/** The neighbour of the open piece in the list. */
function step(by) {
  const places = listed(store.state);
  const next = places[places.indexOf(store.state.open) + by];
  if (next !== undefined) openAt(next);
}

function controls() {
  for (const [name, [word]] of Object.entries(FILTERS)) {
    const options = choices(pieces, name).map(([value, count]) => h("option", { value }, `${value} (${count})`));
    find("filters").append(h("label", {}, h("span", {}, word),
      h("select", { id: `filter-${name}`, onchange: (event) => store.set({ chosen: { ...store.state.chosen, [name]: event.target.value }, page: 0 }) }, h("option", { value: "" }, "any"), options)));
  }
  fill(find("order"), Object.entries(ORDERS).map(([value, [word]]) => h("option", { value }, word)));
  find("order").addEventListener("change", (event) => store.set({ order: event.target.value, page: 0 }));
  find("search").addEventListener("submit", (event) => { event.preventDefault(); search(find("text").value); });
  find("text").addEventListener("search", () => find("text").value || search(""));
  find("clear").addEventListener("click", () => {
    for (const select of document.querySelectorAll("#filters select")) select.value = "";
    find("text").value = "";
    store.set({ text: "", places: null, chosen: {}, page: 0 });
  });
  find("theme").addEventListener("change", (event) => { document.documentElement.dataset.theme = event.target.value; });
}

const showDots = createPlane(find("plane"), pieces, openAt);
controls();
find("more").open = innerWidth > 720;
find("close").addEventListener("click", () => find("piece").close());
find("back").addEventListener("click", () => step(-1));
find("on").addEventListener("click", () => step(1));
find("piece").addEventListener("close", () => { if (location.hash) history.pushState(null, "", location.pathname + location.search); tones.playing() && tones.stop(); store.state.open = null; });
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|AUDIO|VIDEO)$/.test(document.activeElement?.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if (store.state.open !== null && event.key === "ArrowLeft") step(-1);
  if (store.state.open !== null && event.key === "ArrowRight") step(1);
  if (store.state.open === null && event.key === "/") { event.preventDefault(); find("text").focus(); }
});
store.watch(["places", "chosen", "order", "page"], showList);
follow();

// The page: what is shown follows the session, and what a person does goes to it.

import { getScore, listen } from "./api.js";
import { buildDock, showClock, showComparison, showDownloads, showSaid, showTransport } from "./components/dock.js";
import { openHelp } from "./components/help.js";
import { showLit, showPicture } from "./components/picture.js";
import { describe, showPlan } from "./components/plan.js";
import { Roll } from "./components/roll.js";
import { Sheet } from "./components/sheet.js";
import { buildTabs, showHistory, showParts } from "./components/side.js";
import { buildSelection, describeBars, showReading, showSelection } from "./components/bars.js";
import { buildStart, showEarlier, showExamples } from "./components/start.js";
import { showNotice, showWork } from "./components/work.js";
import { disable, find } from "./dom.js";
import { preferredLanguage, setLanguage, t } from "./i18n.js";
import { hearJob } from "./jobs.js";
import { listenToKeys } from "./keys.js";
import { Player } from "./player.js";
import * as session from "./session.js";

const { store } = session;
const { state } = store;
const root = document.documentElement;
const say = (text) => { find("announcer").textContent = text; };
const announce = (text) => {
  say(text);
  showSaid(text);
};

const player = new Player({
  onchange: () => {
    showTransport(player, state.selection);
    showClock(player);
  },
  onerror: () => store.set({ error: { message: t("error.sound"), hint: "" } }),
});
const seek = (bar) => state.version && player.seek(Math.min(state.version.bars, Math.max(1, bar)));
const roll = new Roll(find("roll"), { seek, select: (selection) => store.set({ selection }) });
const sheet = new Sheet({ seek });
let keysOn = localStorage.getItem("keys") !== "off";
let anchor = null;

const dockHooks = {
  play: () => player.toggle(), home: () => seek(1), seek, loop,
  speed: (speed) => player.setSpeed(speed), wish: session.wish, mood: session.composeMood,
};
const comparisonHooks = { swap: session.swap, prefer: () => session.prefer(), close: session.endComparison };
const partHooks = { mute: (part) => session.toggle("muted", part), solo: (part) => session.toggle("solo", part) };
const planHooks = { change: session.change, lock: session.lock, again: session.composeAgain };
const historyHooks = {
  open: session.openVersion, compare: session.compareWith, undo: session.undo, forward: session.forward, rate: session.rate, consent: session.consent, useLearnt: session.useLearnt,
};
const pictureHooks = { feel: session.composeFeeling, journey: session.composeJourney, name: session.readWith };

function loop() {
  const bars = state.selection ?? { first: 1, last: state.version?.bars ?? 1 };
  player.setLoop(player.loop ? null : bars);
}

const help = () => openHelp({ on: keysOn, keys: (on) => {
  keysOn = on;
  localStorage.setItem("keys", on ? "on" : "off");
} });

function stepBar(move) {
  const bar = Math.min(state.version.bars, Math.max(1, player.bar + move));
  seek(bar);
  anchor = null;
  if (document.activeElement?.closest(".bars")) find(`bar-${bar}`).focus();
  else say(describeBars(state.version)[bar - 1]);
}

/** What is open is closed; with nothing open, the selection is cleared. */
function leave() {
  const files = find("files");
  if (!files?.open) return store.set({ selection: null });
  files.open = false;
  files.querySelector("summary").focus();
}

function selectStep(move) {
  const { selection, version } = state;
  anchor ??= { from: selection?.first ?? player.bar, to: selection?.last ?? player.bar - move };
  anchor.to = Math.min(version.bars, Math.max(1, anchor.to + move));
  store.set({ selection: { first: Math.min(anchor.from, anchor.to), last: Math.max(anchor.from, anchor.to) } });
}

function nextPart(name) {
  const parts = state.version.parts.map((part) => part.number);
  const next = parts[parts.findIndex((part) => state[name].has(part)) + 1];
  store.set({ [name]: new Set(next === undefined ? [] : [next]) });
  say(next === undefined ? t("parts.all") : t(`parts.${name === "muted" ? "mute" : "solo"}.of`, { name: state.version.parts[next].name }));
}

const withPiece = (act) => () => state.version && act();
listenToKeys({
  Space: withPiece(dockHooks.play), Home: withPiece(dockHooks.home), ArrowLeft: withPiece(() => stepBar(-1)), ArrowRight: withPiece(() => stepBar(1)),
  "Shift+ArrowLeft": withPiece(() => selectStep(-1)), "Shift+ArrowRight": withPiece(() => selectStep(1)), Escape: leave,
  l: withPiece(loop), "[": () => player.setSpeed(player.speed - 0.25), "]": () => player.setSpeed(player.speed + 0.25), m: withPiece(() => nextPart("muted")), s: withPiece(() => nextPart("solo")),
  r: session.rewriteSelection, c: () => session.wish("calmer"), b: () => session.wish("brighter"), x: session.swap, 1: () => session.prefer("A"), 2: () => session.prefer("B"), undo: session.undo, "?": help,
}, () => keysOn && !find("help").open);

let engraving = 0;
async function engrave() {
  const { version } = state;
  if (!version) return;
  engraving += 1;
  const mine = engraving; // an answer for a width from before comes too late
  const label = t("score.label", { piece: describe(version.plan) });
  try {
    const width = Math.round(Math.min(2400, Math.max(240, find("sheet").clientWidth || innerWidth - 40)));
    const { pages } = await getScore(version.id, width);
    if (mine === engraving) sheet.show(pages, label);
  } catch {
    if (mine === engraving) sheet.fail();
  }
}

const hear = () => player.load(state.version, session.silentParts()).then(() => showTransport(player, state.selection));

function showPiece() {
  const { version } = state;
  if (version) root.dataset.piece = version.id;
  else delete root.dataset.piece;
  find("piece").textContent = state.plan ? describe(state.plan) : "";
  if (!version) return;
  roll.show({ ...version, barTexts: describeBars(version) }, session.silentParts(), version.barsChanged);
  showReading(version);
  showDownloads(version);
}

/** Everything that holds words, once for each language. */
function build() {
  root.lang && buildTabs();
  buildDock(dockHooks);
  buildSelection({ select: (selection) => store.set({ selection }), rewrite: session.rewriteSelection });
  if (!watched) watch();
  else store.set({ language: root.lang });
}

let watched = false;
function watch() {
  watched = true;
  store.watch(["phase"], ({ phase }) => { root.dataset.phase = phase; });
  store.watch(["vocabulary", "language"], ({ vocabulary }) => showExamples(vocabulary, session.takeExample));
  store.watch(["earlier", "language"], ({ earlier }) => showEarlier(earlier, session.openEarlier));
  store.watch(["picture", "perception", "feeling", "journey", "language"], (now) => showPicture(now, pictureHooks));
  store.watch(["plan", "vocabulary", "overrides", "locks", "work", "language"], (now) => now.vocabulary && showPlan({ ...now, busy: session.isBusy() }, planHooks));
  store.watch(["version", "plan", "language"], showPiece);
  store.watch(["version", "language"], ({ version }) => {
    engrave();
    if (version) hear();
    else player.pause();
  });
  store.watch(["version", "muted", "solo", "language"], (now) => showParts(now, partHooks));
  store.watch(["muted", "solo"], () => {
    if (!state.version) return;
    hear();
    roll.silent = session.silentParts();
    roll.draw();
  });
  store.watch(["versions", "version", "other", "work", "feedback", "learnt", "language"], (now) => showHistory({ ...now, busy: session.isBusy() }, historyHooks));
  store.watch(["version", "other", "asA", "language"], (now) => showComparison(now, comparisonHooks));
  store.watch(["selection", "version", "work", "language"], (now) => {
    roll.mark(now.selection);
    showSelection(now, session.isBusy());
    if (player.loop && now.selection) player.setLoop(now.selection);
  });
  store.watch(["work", "language"], ({ work }) => {
    showWork(work, session.cancelWork);
    disable(document.querySelectorAll(".wish, #feel, #new-picture, #journey, #read-again"), Boolean(work));
    if (work) say(t(`working.${work.stage}`));
  });
  store.watch(["error", "online", "language"], (now) => showNotice(now, () => store.set({ error: null })));
  store.watch(["message"], ({ message }) => announce(message));
}

function follow() {
  player.tick();
  if (state.version && player.version === state.version) {
    roll.follow(player.seconds, player.bar, player.playing);
    sheet.follow(player.bar, player.playing);
    showLit(player.version, player.bar);
    showClock(player);
  }
  requestAnimationFrame(follow);
}

async function start() {
  const language = preferredLanguage();
  find("language").value = language;
  find("theme").value = root.dataset.theme = localStorage.getItem("theme") ?? "auto";
  await setLanguage(language);
  buildStart({ take: session.takePicture, mood: session.composeMood });
  build();
  find("language").addEventListener("change", async ({ target }) => {
    if (target.value === root.lang) return;
    localStorage.setItem("language", target.value);
    await setLanguage(target.value);
    build();
    showTransport(player, state.selection);
  });
  find("theme").addEventListener("change", ({ target }) => {
    localStorage.setItem("theme", target.value);
    root.dataset.theme = target.value;
    roll.draw();
  });
  find("help-open").addEventListener("click", help);
  find("new-picture").addEventListener("click", session.startOver);
  addEventListener("click", ({ target }) => {
    if (target.closest("#downloads a")) announce(`${t("working.files")} …`);
    if (find("files")?.open && !find("files").contains(target)) find("files").open = false;
  });
  let width = innerWidth;
  addEventListener("resize", () => {
    if (Math.abs(width - innerWidth) < 40) return;
    width = innerWidth;
    engrave();
  });
  await session.begin();
  listen((kind, data) => (kind === "resync" ? session.catchUp() : hearJob(kind, data)), (online) => store.set({ online }));
  requestAnimationFrame(follow);
}

start();

// The dock: transport, A|B, wishes, downloads.

import { fill, find, h } from "../dom.js";
import { number, t } from "../i18n.js";
import { icon } from "./icons.js";

export const WISHES = ["calmer", "livelier", "brighter", "darker", "sparser", "richer"];
const SAID_MS = 8000;
let saying = 0;
const SPEEDS = [0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2];

/** Build the dock once for a language; `hooks` are told what a person does. */
export function buildDock(hooks) {
  const button = (id, label, act, props = {}) => h("button", { type: "button", id, onclick: act, ...props }, label);
  const open = find("files")?.open;
  fill(find("dock"), h("p", { id: "said", class: "quiet", "aria-hidden": "true" }),
    h("div", { class: "row transport", role: "group", "aria-label": t("transport") },
      button("play", icon("play"), hooks.play, { class: "primary play", "aria-label": t("play") }),
      button("home", icon("home"), hooks.home, { "aria-label": t("home"), title: t("home") }),
      h("label", { class: "grow seek" }, h("span", { class: "hidden" }, t("seek")), h("input", { id: "seek", type: "range", min: 1, max: 1, step: 1, value: 1, oninput: (event) => hooks.seek(Number(event.target.value)) })),
      h("output", { id: "clock", for: "seek" }),
      button("loop", t("loop"), hooks.loop, { "aria-pressed": "false" }),
      h("label", {}, h("span", { class: "speed-name" }, t("speed"), " "), h("select", { id: "speed", onchange: (event) => hooks.speed(Number(event.target.value)) }, SPEEDS.map((speed) => h("option", { value: speed, selected: speed === 1 }, `${number(speed * 100)} %`)))),
      h("details", { id: "files", open }, h("summary", {}, t("downloads")), h("ul", { id: "downloads" })),
      h("span", { id: "ab", class: "row", role: "group", "aria-label": "A|B" })),
    h("div", { class: "row wishes", role: "group", "aria-label": t("wishes") },
      WISHES.map((wish) => button(`wish-${wish}`, t(`nudge.${wish}`), () => hooks.wish(wish), { class: "wish" })),
      h("form", { class: "row grow", onsubmit: (event) => {
        event.preventDefault();
        hooks.mood(event.target.elements.mood.value);
      } }, h("label", { class: "grow" }, h("span", { class: "hidden" }, t("mood")), h("input", { name: "mood", id: "mood", maxlength: 300, required: true, autocomplete: "off", placeholder: t("mood.placeholder") })), h("button", { class: "wish" }, t("mood.apply")))));
}

/** Show what was said for a while; screen readers hear it from the announcer. */
export function showSaid(text) {
  clearTimeout(saying);
  if (!find("said")) return;
  find("said").textContent = text;
  saying = setTimeout(() => { find("said").textContent = ""; }, SAID_MS);
}

/** What the transport shows now. */
export function showTransport(player, loopable) {
  const { version } = player;
  if (!version || !find("play")) return;
  const play = find("play");
  play.replaceChildren(icon(player.playing ? "pause" : "play"));
  play.setAttribute("aria-label", t(player.playing ? "pause" : "play"));
  play.setAttribute("aria-busy", String(player.waiting));
  find("seek").max = version.bars;
  find("loop").setAttribute("aria-pressed", String(Boolean(player.loop)));
  find("loop").title = loopable ? t("loop.selection") : t("loop.all");
  find("speed").value = player.speed;
}

/** The bar and the time. */
export function showClock(player) {
  if (!player.version || !find("clock")) return;
  const { bar, seconds } = player;
  const clock = (time) => `${Math.floor(time / 60)}:${String(Math.floor(time % 60)).padStart(2, "0")}`;
  const text = `${t("bar", { bar })} · ${clock(seconds)} / ${clock(player.version.seconds)}`;
  if (find("clock").textContent !== text) find("clock").textContent = text;
  const seek = find("seek");
  if (Number(seek.value) !== bar) seek.value = bar;
  seek.setAttribute("aria-valuetext", t("bar", { bar }));
}

/** A|B: which one sounds, and which one is liked. */
export function showComparison({ version, other, asA }, hooks) {
  const root = find("ab");
  if (!root) return;
  if (!other || !version) return fill(root);
  const pick = (letter, on) => h("button", { type: "button", id: `ab-${letter}`, "aria-pressed": String(on), "aria-label": t("ab.hear", { letter }), onclick: () => !on && hooks.swap() }, letter);
  fill(root, pick("A", asA), pick("B", !asA),
    h("button", { type: "button", id: "prefer", onclick: hooks.prefer }, t("ab.prefer", { letter: asA ? "A" : "B" })),
    h("button", { type: "button", id: "ab-close", class: "small", "aria-label": t("ab.close"), onclick: hooks.close }, "×"));
}

/** Links to the files of a version. */
export function showDownloads(version) {
  if (!version || !find("downloads")) return;
  const link = (name, href) => h("li", {}, h("a", { href, download: "", id: `file-${name}` }, t(`file.${name}`)));
  fill(find("downloads"), version.files.map(({ name, url }) => link(name, url)), link("parts", version.partsUrl),
    link("lesson", `${version.lessonUrl}?language=${document.documentElement.lang}`));
}

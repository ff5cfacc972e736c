// The side panel: tabs for plan, parts and history; on a narrow screen the tabs of the whole page.

import { fill, find, h } from "../dom.js";
import { t } from "../i18n.js";

const TABS = ["plan", "parts", "history"];
const PANELS = ["picture", "score", ...TABS];

/** Build the tabs once for a language; the one that was open stays open. */
export function buildTabs() {
  const { panel } = document.documentElement.dataset;
  const shown = TABS.find((name) => find(`tab-${name}`)?.hidden === false) ?? "plan";
  const open = (name, focus = false) => {
    document.documentElement.dataset.panel = name;
    for (const button of find("panels").children) button.setAttribute("aria-pressed", String(button.dataset.panel === name));
    if (!TABS.includes(name)) return;
    for (const tab of TABS) {
      find(`to-${tab}`).setAttribute("aria-selected", String(tab === name));
      find(`to-${tab}`).tabIndex = tab === name ? 0 : -1;
      find(`tab-${tab}`).hidden = tab !== name;
    }
    if (focus) find(`to-${name}`).focus();
  };
  const step = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.stopPropagation();
    open(TABS[(TABS.indexOf(event.target.id.slice(3)) + move + TABS.length) % TABS.length], true);
  };
  fill(find("side"),
    h("div", { role: "tablist", class: "tabs", "aria-label": t("side"), onkeydown: step }, TABS.map((name) => h("button", { type: "button", role: "tab", id: `to-${name}`, "aria-controls": `tab-${name}`, onclick: () => open(name), "data-t": `tab.${name}` }, t(`tab.${name}`)))),
    TABS.map((name) => h("div", { role: "tabpanel", id: `tab-${name}`, class: "panel", "data-name": name, "aria-labelledby": `to-${name}`, tabindex: -1 })));
  fill(find("panels"), PANELS.map((name) => h("button", { type: "button", "data-panel": name, onclick: () => open(name), "data-t": `tab.${name}` }, t(`tab.${name}`))));
  open(shown);
  open(panel);
}

/** The parts, each with mute and solo; `hooks.mute(part)`, `hooks.solo(part)`. */
export function showParts({ version, muted, solo }, hooks) {
  const root = find("tab-parts");
  if (!version) return;
  const toggle = (name, set, part, act) => h("button", { type: "button", id: `${name}-${part.number}`, "aria-pressed": String(set.has(part.number)), "aria-label": t(`parts.${name}.of`, { name: part.name }), onclick: () => act(part.number) }, t(`parts.${name}`));
  fill(root,
    h("ul", { class: "parts" }, version.parts.map((part) => h("li", {},
      h("span", { class: `dot dot-${(part.number % 6) + 1}`, "aria-hidden": "true" }),
      h("span", { class: "grow" }, h("span", { lang: "en" }, part.name), h("span", { class: "quiet" }, ` ${part.role ? t(`role.${part.role}`) : ""}`)),
      toggle("mute", muted, part, hooks.mute), toggle("solo", solo, part, hooks.solo)))));
}

/** Every version, newest first; `hooks.open(version)`, `hooks.compare(version)`, `hooks.undo()`; and what is learnt of a person. */
export function showHistory({ versions, version, other, busy, feedback, learnt }, hooks) {
  const root = find("tab-history");
  fill(root,
    h("div", { class: "row" }, h("button", { type: "button", id: "undo", disabled: busy || !version?.parent, onclick: hooks.undo }, t("history.undo")),
      h("button", { type: "button", id: "redo-step", disabled: busy || !versions.some((item) => item.parent && item.parent === version?.id), onclick: hooks.forward }, t("history.forward"))),
    h("ol", { class: "history", reversed: true }, [...versions].reverse().map((item) => h("li", { class: item.id === version?.id ? "here" : null },
      h("button", { type: "button", id: `open-${item.id}`, "aria-current": item.id === version?.id ? "true" : null, onclick: () => hooks.open(item) }, `${item.number}. ${kind(item)}`),
      item.id !== version?.id && h("button", { type: "button", id: `compare-${item.id}`, class: "small", "aria-pressed": String(item.id === other?.id), "aria-label": t("history.compare.of", { number: item.number }), onclick: () => hooks.compare(item) }, "A|B")))),
    teaching({ version, feedback, learnt }, hooks));
}

/** Consent, stars, and whether what was learnt is used. */
function teaching({ version, feedback, learnt }, hooks) {
  const stars = [1, 2, 3, 4, 5].map((count) => h("button", { type: "button", class: "small", id: `star-${count}`, "aria-label": t("teach.stars", { count }), onclick: () => hooks.rate(count) }, `${count} ★`));
  return h("section", { id: "teaching", "aria-labelledby": "teaching-title" },
    h("h3", { id: "teaching-title" }, t("teach.title")),
    h("p", { class: "quiet" }, t(feedback.consent ? "teach.kept" : "teach.lead", { count: feedback.events })),
    feedback.consent
      ? [version && h("div", { class: "row", role: "group", "aria-label": t("teach.rate") }, h("span", {}, t("teach.rate")), stars),
        h("label", { class: "row" }, h("input", { type: "checkbox", id: "learnt", checked: learnt, disabled: !feedback.learnt_from, onchange: (event) => hooks.useLearnt(event.target.checked) }), h("span", { class: "grow" }, t("teach.use"))),
        h("button", { type: "button", id: "withdraw", onclick: () => hooks.consent(false) }, t("teach.forget"))]
      : h("button", { type: "button", id: "consent", onclick: () => hooks.consent(true) }, t("teach.agree")));
}

function kind(version) {
  const bars = version.barsChanged.length ? ` ${t("history.bars", { first: version.barsChanged[0], last: version.barsChanged.at(-1) })}` : "";
  return (version.direction ? t(`nudge.${version.direction}`) : t(`kind.${version.kind}`)) + bars;
}

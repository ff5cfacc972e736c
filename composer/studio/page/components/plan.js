// The plan: each decision with its reason, to be changed and locked.

import { fill, find, h } from "../dom.js";
import { has, number, t } from "../i18n.js";
import { icon } from "./icons.js";
import { wordReason } from "./reasons.js";

const choice = (values, current) => [...new Set([current, ...values])].filter((value) => value !== null && value !== undefined);

/** The fields of a plan that a person may change: name, options or range, and how its value is shown. */
function fields(plan, vocabulary) {
  return [
    { name: "tonic", options: choice(vocabulary.tonics, plan.tonic) },
    { name: "mode", options: choice(vocabulary.modes, plan.mode) },
    { name: "tempo_bpm", min: 20, max: 300, step: 1 },
    { name: "meter", options: choice(vocabulary.meters, plan.meter) },
    { name: "bars", min: 1, max: 512, step: 1 },
    { name: "level", options: ["", ...vocabulary.levels] },
  ];
}

const shown = (plan, name) => (name === "tempo_bpm" ? Math.round(plan.tempo_bpm) : plan[name] ?? "");
const wording = (name, value) => {
  if (value === "") return t("level.none");
  const key = `${name}.${value}`;
  return has(key) ? t(key) : value;
};

/** The plan panel. `hooks.change(name, value)`, `hooks.lock(name, on)` and `hooks.again()` are told what a person does. */
export function showPlan({ plan, vocabulary, overrides, locks, busy }, hooks) {
  const root = find("tab-plan");
  if (!root || !plan) return;
  const rows = fields(plan, vocabulary).map((item) => chip(item, plan, overrides, locks, hooks));
  fill(root,
    h("p", { class: "quiet" }, t("plan.lead")),
    h("ul", { class: "chips" }, rows, instruments(plan, vocabulary, overrides, locks, hooks)),
    h("button", { id: "again", type: "button", class: "primary", disabled: busy, onclick: hooks.again }, t("plan.again")),
    h("h3", {}, t("plan.sections")),
    h("ul", { class: "sections" }, plan.sections.map((section) => h("li", {}, t("plan.section", {
      name: section.name, first: section.start_bar, last: section.start_bar + section.bars - 1,
    }), section.figures?.length ? h("span", { class: "quiet", lang: "en" }, ` ${section.figures.map((item) => `${item.part}: ${item.figure}`).join("; ")}`) : null))));
}

function chip(item, plan, overrides, locks, hooks) {
  const id = `plan-${item.name}`;
  const value = overrides[item.name] ?? shown(plan, item.name);
  const props = { id, "aria-describedby": plan.reasons[item.name] ? `${id}-why` : null };
  const change = (event) => event.target.reportValidity() && hooks.change(item.name, item.options ? event.target.value : Number(event.target.value));
  const control = item.options
    ? h("select", { ...props, onchange: change }, item.options.map((option) => h("option", { value: option, selected: String(option) === String(value) }, wording(item.name, option))))
    : h("input", { ...props, type: "number", min: item.min, max: item.max, step: item.step, required: true, value, onchange: change });
  return h("li", { class: item.name in overrides ? "chip changed" : "chip" },
    h("label", { for: id }, t(`plan.${item.name}`)), control, lock(item.name, locks, hooks), why(id, plan.reasons[item.name]));
}

const why = (id, reason) => reason && h("p", { id: `${id}-why`, class: "why" }, wordReason(reason));

function lock(name, locks, hooks) {
  return h("button", {
    type: "button", id: `lock-${name}`, class: "lock", "aria-pressed": String(locks.has(name)), "aria-label": t("plan.lock", { field: t(`plan.${name}`) }),
    title: t("plan.lock", { field: t(`plan.${name}`) }), onclick: () => hooks.lock(name, !locks.has(name)),
  }, icon(locks.has(name) ? "locked" : "open"));
}

function instruments(plan, vocabulary, overrides, locks, hooks) {
  const names = overrides.instruments ?? plan.instruments.map((instrument) => instrument.name);
  const change = (list) => list.length && hooks.change("instruments", list);
  const pick = (name, label, index) => h("select", {
    id: `instrument-${index}`, "aria-label": label, onchange: (event) => change(index < names.length ? names.map((old, i) => (i === index ? event.target.value : old)) : [...names, event.target.value]),
  }, name === null && h("option", { value: "" }, t("plan.add")), choice(vocabulary.instruments.map((item) => item.name), name).map((option) => h("option", { value: option, selected: option === name, lang: "en" }, option)));
  return h("li", { class: "instruments" in overrides ? "chip changed" : "chip" },
    h("span", { class: "name" }, t("plan.instruments")), lock("instruments", locks, hooks),
    h("ol", { class: "ensemble" }, names.map((name, index) => h("li", {},
      pick(name, t("plan.instrument", { number: index + 1 }), index),
      h("button", { type: "button", class: "small", id: `remove-${index}`, disabled: names.length < 2, "aria-label": t("plan.remove", { name }), onclick: () => change(names.filter((_, i) => i !== index)) }, "×"))),
      h("li", {}, pick(null, t("plan.add"), names.length))),
    why("plan-instruments", plan.reasons.instruments));
}

/** What a feeling is called: the quarter of the plane that it lies in. */
const quarter = ({ valence, arousal }) => t(arousal >= 0 ? (valence >= 0 ? "feeling.joyful" : "feeling.tense") : valence >= 0 ? "feeling.calm" : "feeling.sad");

/** One line that says the piece: key, meter, tempo, bars, instruments, form and feeling. */
export function describe(plan) {
  const level = plan.level ? ` · ${t("plan.level")} ${wording("level", plan.level)}` : "";
  return t("score.piece", {
    tonic: plan.tonic.replace("#", "♯").replace(/b$/, "♭"), mode: wording("mode", plan.mode), meter: plan.meter, tempo: number(plan.tempo_bpm), bars: number(plan.bars),
    instruments: plan.instruments.map((instrument) => instrument.name).join(", "), form: plan.sections.map((section) => section.name.replace("''", "″").replace("'", "′")).join(" "), feeling: quarter(plan),
  }) + level;
}

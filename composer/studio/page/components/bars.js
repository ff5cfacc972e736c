// Bars as words, and the bars that are selected.

import { fill, find, h } from "../dom.js";
import { t } from "../i18n.js";

/** One sentence a bar: its section, chords, loudness and number of notes. */
export function describeBars(version) {
  const { plan, barTicks, notes } = version;
  const ends = [...barTicks.slice(1), Infinity];
  return barTicks.map((start, index) => {
    const bar = index + 1;
    const section = plan.sections.find((item) => bar >= item.start_bar && bar < item.start_bar + item.bars);
    const here = plan.chords.filter((chord) => chord.bar === bar);
    const chords = here.length ? here : plan.chords.filter((chord) => chord.bar < bar).slice(-1);
    return t("bar.text", {
      bar, section: section?.name ?? "", chords: chords.map((chord) => chord.symbol).join(", "), loudness: t(`loud.${Math.min(4, Math.floor((plan.dynamics[index] ?? 0.5) * 5))}`),
      notes: notes.filter((note) => note.tick >= start && note.tick < ends[index]).length,
    });
  });
}

/** The piece as a list of sentences. */
export const showReading = (version) => fill(find("reading").querySelector("ol"), describeBars(version).map((text) => h("li", {}, text)));

let hooks = null;
export function buildSelection(given) {
  hooks = given;
}

/** Fields for the first and last selected bar, and the button that has them written again. */
export function showSelection({ selection, version }, busy) {
  if (!version) return;
  const set = () => {
    const [first, last] = ["bar-from", "bar-to"].map((id) => Number(find(id).value));
    if (first >= 1 && last <= version.bars && first <= last) hooks.select({ first, last });
  };
  const field = (id, key, value) => h("label", {}, `${t(key)} `, h("input", { id, type: "number", min: 1, max: version.bars, value: value ?? "", onchange: set }));
  fill(find("selection"), field("bar-from", "selection.from", selection?.first), field("bar-to", "selection.to", selection?.last),
    h("button", { type: "button", id: "rewrite", disabled: busy || !selection, onclick: hooks.rewrite }, t("redo")),
    selection && h("button", { type: "button", id: "deselect", onclick: () => hooks.select(null) }, t("selection.clear")),
    h("span", { class: "quiet", role: "status" }, selection ? t("selection", selection) : t("selection.none")));
}

// The help dialog: every key, and a switch that turns the keys off.

import { fill, find, h } from "../dom.js";
import { t } from "../i18n.js";

const KEYS = [
  ["Space", "play"], ["Home", "home"], ["← →", "bar"], ["Shift + ← →", "select"], ["Esc", "deselect"], ["L", "loop"], ["[ ]", "speed"], ["M", "mute"], ["S", "solo"], ["R", "redo"],
  ["C", "calmer"], ["B", "brighter"], ["X", "swap"], ["1 2", "prefer"], ["Ctrl + Z", "undo"], ["?", "help"],
];

/** Show the dialog; `hooks.keys(on)` is told when the keys are switched, `hooks.on` is how they stand. */
export function openHelp(hooks) {
  const dialog = find("help");
  fill(dialog,
    h("h2", { id: "help-title" }, t("help")),
    h("ol", {}, ["help.1", "help.2", "help.3", "help.4"].map((key) => h("li", {}, t(key)))),
    h("h3", {}, t("help.keys")),
    h("label", { class: "row" }, h("input", { type: "checkbox", checked: hooks.on, onchange: (event) => hooks.keys(event.target.checked) }), t("help.use")),
    h("dl", { class: "keys" }, KEYS.map(([key, name]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(`key.${name}`))])),
    h("form", { method: "dialog" }, h("button", { class: "primary", autofocus: true }, t("close"))));
  dialog.showModal();
}

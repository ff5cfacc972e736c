// The first screen: a picture dropped, chosen, pasted or taken from the examples, or a mood in words.

import { fill, find, h } from "../dom.js";
import { moment, t } from "../i18n.js";

/** Wire it; `hooks.take(blob, words)` and `hooks.mood(text)` are told what a person gives. */
export function buildStart({ take, mood }) {
  const words = () => Object.fromEntries(["title", "artist"].map((id) => [id, find(id).value.trim()]).filter(([, text]) => text));
  const takeFrom = (list) => list?.[0] && take(list[0], words());
  find("choose").addEventListener("click", () => find("file").click());
  find("file").addEventListener("change", ({ target }) => {
    takeFrom(target.files);
    target.value = "";
  });
  find("start-mood").addEventListener("submit", (event) => {
    event.preventDefault();
    mood(event.target.elements.mood.value);
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    find("drop").classList.add("over");
  });
  addEventListener("dragleave", () => find("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    find("drop").classList.remove("over");
    takeFrom(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => event.clipboardData.files.length && takeFrom(event.clipboardData.files));
}

/** What was composed before, to go on with. */
export function showEarlier(earlier, open) {
  find("earlier").hidden = !earlier.length;
  fill(find("earlier"), h("h3", {}, t("start.earlier")), h("ul", { class: "row" }, earlier.map((item) => h("li", {}, h("button", { type: "button", onclick: () => open(item) },
    item.newest.picture && h("img", { src: `/api/pictures/${item.newest.picture}/preview`, alt: "", loading: "lazy" }), item.title ?? moment(item.made))))));
}

/** The examples as buttons. */
export function showExamples(vocabulary, take) {
  const examples = vocabulary?.examples ?? [];
  fill(find("examples"), examples.map(({ name, title }) => h("li", {}, h("button", { type: "button", lang: "en", onclick: () => take(name) }, h("img", { src: `/api/examples/${name}`, alt: "", loading: "lazy" }), title))));
}

// The score: the server's SVG, its measures lit as they sound and clicked to go there.

import { fill, find } from "../dom.js";
import { t } from "../i18n.js";

const UNWANTED = "script, style, foreignObject, iframe, a, image, animate, set";

/** A parsed SVG without anything that runs, loads or styles. */
export function cleanSvg(text) {
  const tree = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = tree.documentElement;
  if (svg.localName !== "svg") throw new Error("no SVG");
  for (const element of svg.querySelectorAll(UNWANTED)) element.remove();
  for (const element of [svg, ...svg.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      const link = /href$/.test(name) && !value.startsWith("#");
      if (name.startsWith("on") || name === "style" || link) element.removeAttribute(name);
    }
  }
  return document.importNode(svg, true);
}

/** A sheet in `#sheet`; `seek(bar)` is told where a person clicks. */
export class Sheet {
  constructor({ seek }) {
    this.root = find("sheet");
    this.measures = [];
    this.current = null;
    this.root.addEventListener("click", (event) => {
      const bar = this.measures.indexOf(event.target.closest("g.measure")) + 1;
      if (bar) seek(bar);
    });
  }

  /** Show pages of SVG text, described by `label`. */
  show(pages, label) {
    this.root.setAttribute("aria-label", label);
    fill(this.root, pages.map(cleanSvg));
    this.measures = [...this.root.querySelectorAll("g.measure")];
    this.current = null;
    this.root.hidden = false;
  }

  /** Say that there is no engraved score. */
  fail() {
    this.measures = [];
    this.root.setAttribute("aria-label", t("score.none"));
    fill(this.root, t("score.none"));
  }

  follow(bar, playing) {
    const measure = this.measures[bar - 1];
    if (measure === this.current) return;
    this.current?.classList.remove("current");
    measure?.classList.add("current");
    this.current = measure;
    if (!measure || !playing) return;
    const box = measure.getBoundingClientRect();
    const view = this.root.getBoundingClientRect();
    if (box.top < view.top || box.bottom > view.bottom) this.root.scrollTop += box.top - view.top - 12;
  }
}

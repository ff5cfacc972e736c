// The piano roll: notes on a canvas, and over it one button a bar for pointer, keyboard and screen reader.

import { fill, h } from "../dom.js";
import { t } from "../i18n.js";

const HEIGHT = 150;
const COLOURS = ["--part-1", "--part-2", "--part-3", "--part-4", "--part-5", "--part-6"];

/** A roll in `root`; `seek(bar)` and `select({first, last} | null)` are told what a person does. */
export class Roll {
  constructor(root, { seek, select }) {
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.bars = h("div", { class: "bars", role: "group" });
    this.head = h("div", { class: "playhead", "aria-hidden": "true" });
    this.strip = h("div", { class: "strip" }, this.canvas, this.bars, this.head);
    this.scroller = h("div", { class: "roll" }, this.strip);
    root.append(this.scroller);
    this.seek = seek;
    this.select = select;
    this.current = 1;
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  /** Show a version; `silent` are the parts that are not heard. */
  show(version, silent, changed) {
    this.version = version;
    this.silent = silent;
    if (!version) return;
    this.bars.setAttribute("aria-label", t("roll.bars"));
    fill(this.bars, version.barTexts.map((text, index) => h("button", {
      type: "button", class: changed.includes(index + 1) ? "changed" : null, "data-bar": index + 1, id: `bar-${index + 1}`,
      tabindex: index + 1 === this.current ? 0 : -1, "aria-label": text, "aria-pressed": "false",
    }, h("span", { "aria-hidden": "true" }, index + 1))));
    this.mark(this.selection ?? null);
    this.draw();
  }

  /** Mark the selected bars. */
  mark(selection) {
    this.selection = selection;
    for (const button of this.bars.children) {
      const bar = Number(button.dataset.bar);
      button.setAttribute("aria-pressed", String(Boolean(selection) && bar >= selection.first && bar <= selection.last));
    }
  }

  /** Put the head at a time, and the bar there into the tab order. */
  follow(seconds, bar, playing) {
    if (!this.version) return;
    const x = this.#x(seconds);
    this.head.style.setProperty("transform", `translateX(${x}px)`);
    if (bar !== this.current) {
      for (const [number, on] of [[this.current, false], [bar, true]]) {
        const button = this.bars.children[number - 1];
        button?.setAttribute("tabindex", on ? "0" : "-1");
        button?.toggleAttribute("data-current", on);
      }
      this.current = bar;
      const { scrollLeft, clientWidth } = this.scroller;
      if (playing && (x < scrollLeft || x > scrollLeft + clientWidth - 40)) this.scroller.scrollLeft = x - 20;
    }
  }

  #x(seconds) {
    const starts = this.version.barStarts;
    const width = this.strip.clientWidth / this.version.bars;
    let bar = starts.findIndex((start) => start > seconds) - 1;
    if (bar < 0) bar = this.version.bars - 1;
    const end = starts[bar + 1] ?? this.version.seconds;
    return width * (bar + Math.min(1, (seconds - starts[bar]) / Math.max(0.001, end - starts[bar])));
  }

  draw() {
    if (!this.version || !this.scroller.clientWidth) return;
    const { bars, notes } = this.version;
    const width = Math.max(this.scroller.clientWidth, bars * 44);
    this.strip.style.setProperty("width", `${width}px`);
    const ratio = Math.min(devicePixelRatio, 8192 / width);
    this.canvas.width = width * ratio;
    this.canvas.height = HEIGHT * ratio;
    const brush = this.canvas.getContext("2d");
    brush.scale(ratio, ratio);
    const style = getComputedStyle(this.scroller);
    const low = Math.min(60, ...notes.map((note) => note.pitch)) - 2;
    const high = Math.max(72, ...notes.map((note) => note.pitch)) + 2;
    const row = HEIGHT / (high - low);
    for (const note of notes) {
      brush.globalAlpha = this.silent.has(note.part) ? 0.15 : 0.95;
      brush.fillStyle = style.getPropertyValue(COLOURS[note.part % COLOURS.length]);
      const x = this.#x(note.start);
      brush.fillRect(x, (high - note.pitch - 1) * row, Math.max(2, this.#x(note.end) - x - 1), Math.max(2, row - 0.5));
    }
  }

  #listen() {
    let from = null;
    const barOf = (event) => {
      const box = this.strip.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      return Math.min(this.version.bars, Math.max(1, Math.ceil(share * this.version.bars)));
    };
    this.bars.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button !== 0) return;
      from = barOf(event);
    });
    this.bars.addEventListener("pointermove", (event) => {
      if (from === null || !(event.buttons & 1)) return;
      const to = barOf(event);
      if (to !== from || this.selection) this.select({ first: Math.min(from, to), last: Math.max(from, to) });
    });
    addEventListener("pointerup", () => { from = null; });
    this.bars.addEventListener("click", (event) => {
      const bar = Number(event.target.closest("button")?.dataset.bar);
      if (!bar) return;
      if (event.shiftKey) this.select({ first: Math.min(this.current, bar), last: Math.max(this.current, bar) });
      else this.seek(bar);
    });
  }
}

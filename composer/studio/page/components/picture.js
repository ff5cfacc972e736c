// The picture and what was read from it: caption, alternative text, palette, and its place on the plane of feeling.

import { fill, find, h } from "../dom.js";
import { number, t } from "../i18n.js";

const SIZE = 200;
const signed = (value) => `${value < 0 ? "−" : "+"}${number(Math.abs(value), 2)}`;
const at = (valence, arousal) => [((valence + 1) / 2) * SIZE, ((1 - arousal) / 2) * SIZE];

function svg(tag, props, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The picture panel; `hooks.feel(valence, arousal)`, `hooks.journey(on)` and `hooks.name(words)` are told what a person asks for. */
export function showPicture({ picture, perception, feeling, journey, work, words }, { feel, journey: lead, name }) {
  const root = find("picture");
  if (!picture && !feeling) return;
  fill(root,
    h("h2", { id: "picture-title" }, t("picture.title")),
    picture && h("figure", {},
      picture.url && h("div", { class: "frame" }, h("img", { src: picture.url, lang: "en", alt: perception?.alt || perception?.caption || picture.name || t("picture.title") }), h("div", { id: "lit", class: "lit-region", hidden: true })),
      perception && caption(perception)),
    picture && perception && [
      h("label", { class: "row journey" }, h("input", { type: "checkbox", id: "journey", checked: journey, disabled: Boolean(work), onchange: (event) => lead(event.target.checked) }), h("span", { class: "grow" }, t("journey"))),
      h("p", { id: "lit-name", class: "quiet", hidden: !journey })],
    picture && perception && named(words, Boolean(work), name),
    perception?.alt && h("details", {}, h("summary", {}, t("picture.alt")), h("p", { lang: "en" }, perception.alt)),
    perception && palette(perception.swatches),
    feeling && plane(feeling, perception, feel));
}

/** Title and artist, which may be told when the picture is there already: it is read again with them. */
function named(words, busy, name) {
  const ask = (key, label) => h("label", {}, t(label), h("input", { id: `named-${key}`, maxlength: 300, autocomplete: "off", value: words[key] ?? "" }));
  const send = (event) => {
    event.preventDefault();
    const told = ["title", "artist"].map((key) => [key, find(`named-${key}`).value.trim()]).filter(([, text]) => text);
    if (told.length) name(Object.fromEntries(told));
  };
  return h("details", { id: "named", open: Boolean(words.title || words.artist) }, h("summary", {}, t("named")),
    h("form", { class: "fields", onsubmit: send }, ask("title", "start.name"), ask("artist", "start.artist"), h("button", { id: "read-again", disabled: busy }, t("named.apply"))));
}

/** The caption in the language of the page, or in English where the server has no words for it. */
function caption({ caption: english, captions }) {
  const { lang } = document.documentElement;
  return h("figcaption", { lang: captions[lang] ? lang : "en" }, captions[lang] ?? english);
}

/** Light the part of the picture whose feeling the section of a bar has; the whole picture, and no journey, light nothing. */
export function showLit(version, bar) {
  const lit = find("lit");
  if (!lit) return;
  const section = version.plan.sections.find((item) => bar >= item.start_bar && bar < item.start_bar + item.bars);
  const letters = [...new Set(version.plan.sections.map((item) => letterOf(item.name)))];
  const index = letters.indexOf(letterOf(section?.name ?? ""));
  const region = index < letters.length - 1 ? version.regions[index] : undefined;
  const name = region ? t("journey.now", { section: section.name, name: region.name }) : t("journey.whole");
  if (lit.dataset.name === name) return;
  lit.dataset.name = name;
  lit.hidden = !region;
  find("lit-name").textContent = version.regions.length ? name : "";
  if (!region) return;
  const [left, top, right, bottom] = region.box.map((share) => share * 100);
  for (const [side, share] of Object.entries({ left, top, width: right - left, height: bottom - top })) lit.style.setProperty(side, `${share}%`);
}

const letterOf = (name) => name.replace(/'+$/, "");

function palette(swatches) {
  if (!swatches.length) return null;
  return [h("h3", {}, t("picture.palette")), h("ul", { class: "palette" }, swatches.map(({ hex, name, share }) =>
    h("li", {}, h("span", { class: "swatch", "aria-hidden": "true", css: { "background-color": hex } }),
      h("span", { lang: "en" }, name), h("span", { class: "quiet" }, `${number(share * 100)} %`))))];
}

function plane(feeling, perception, feel) {
  const valence = field("valence", feeling.valence, perception?.valenceSd);
  const arousal = field("arousal", feeling.arousal, perception?.arousalSd);
  const pad = drawPad(feeling, perception, (v, a) => {
    valence.input.value = v.toFixed(2);
    arousal.input.value = a.toFixed(2);
  }, feel);
  const send = (event) => {
    event.preventDefault();
    feel(Number(valence.input.value), Number(arousal.input.value));
  };
  return [h("h3", {}, t("feeling.title")), pad,
    h("form", { class: "feeling", onsubmit: send }, valence.label, arousal.label, h("button", { id: "feel" }, t("feeling.apply"))),
    perception?.emotions.length && h("p", { class: "quiet" }, t("feeling.read"), " ",
      perception.emotions.map(([name, share]) => `${t(`emotion.${name}`)} ${number(share * 100)} %`).join(", "))];
}

function field(name, value, sd) {
  const input = h("input", { id: name, type: "number", min: -1, max: 1, step: 0.01, required: true, value: value.toFixed(2), "aria-describedby": sd ? `${name}-sd` : null });
  const label = h("label", { for: name }, h("span", {}, t(name)), input, sd && h("span", { id: `${name}-sd`, class: "quiet" }, t("feeling.sd", { sd: number(sd, 2) })));
  return { input, label };
}

function drawPad(feeling, perception, move, feel) {
  const [x, y] = at(feeling.valence, feeling.arousal);
  const point = svg("circle", { cx: x, cy: y, r: 7, class: "point" });
  const words = [["feeling.tense", 4, 14, "start"], ["feeling.joyful", SIZE - 4, 14, "end"], ["feeling.sad", 4, SIZE - 6, "start"], ["feeling.calm", SIZE - 4, SIZE - 6, "end"]];
  const pad = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "pad", role: "img", "aria-label": t("feeling.pad", { valence: signed(feeling.valence), arousal: signed(feeling.arousal) }) },
    svg("path", { d: `M${SIZE / 2} 0V${SIZE}M0 ${SIZE / 2}H${SIZE}`, class: "axes" }),
    ...words.map(([key, left, top, anchor]) => svg("text", { x: left, y: top, "text-anchor": anchor }, t(key))));
  if (perception) {
    const [px, py] = at(perception.valence, perception.arousal);
    pad.append(svg("ellipse", { cx: px, cy: py, rx: (perception.valenceSd * SIZE) / 2, ry: (perception.arousalSd * SIZE) / 2, class: "doubt" }),
      svg("circle", { cx: px, cy: py, r: 3, class: "read" }));
  }
  pad.append(point);
  let place = null;
  const drag = (event) => {
    const box = pad.getBoundingClientRect();
    const limit = (value) => Math.min(1, Math.max(-1, Math.round(value * 100) / 100));
    place = [limit(((event.clientX - box.left) / box.width) * 2 - 1), limit(1 - ((event.clientY - box.top) / box.height) * 2)];
    const [cx, cy] = at(...place);
    point.setAttribute("cx", cx);
    point.setAttribute("cy", cy);
    move(...place);
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    drag(event);
  });
  pad.addEventListener("pointermove", (event) => place && event.buttons && drag(event));
  pad.addEventListener("pointerup", () => {
    if (place) feel(...place);
    place = null;
  });
  return pad;
}

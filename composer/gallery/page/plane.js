// The plane of feelings: every piece a dot, pleasant to the right, lively above.

const SIDE = 320;
const SPACE = "http://www.w3.org/2000/svg";

function draw(name, attributes, text = "") {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

const place = (value) => ((value + 1) / 2) * SIDE;

/** The plane of pieces in an `svg`; a click opens the nearest dot that is shown. Returned is what shows a choice of them. */
export function createPlane(svg, pieces, open) {
  svg.setAttribute("viewBox", `-6 -6 ${SIDE + 12} ${SIDE + 12}`);
  svg.append(draw("path", { class: "axes", d: `M0 ${SIDE / 2}H${SIDE}M${SIDE / 2} 0V${SIDE}` }));
  const words = [["unpleasant", 0, SIDE / 2 - 6, "start"], ["pleasant", SIDE, SIDE / 2 - 6, "end"], ["lively", SIDE / 2 + 6, 10, "start"], ["calm", SIDE / 2 + 6, SIDE - 2, "start"]];
  for (const [word, x, y, anchor] of words) svg.append(draw("text", { x, y, "text-anchor": anchor }, word));
  const dots = pieces.map((piece) => {
    const dot = draw("circle", { cx: place(piece.valence), cy: SIDE - place(piece.arousal), r: 4 });
    dot.append(draw("title", {}, piece.title));
    return svg.appendChild(dot);
  });
  let shown = new Set();
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const unit = (SIDE + 12) / box.width;
    const x = (event.clientX - box.left) * unit - 6;
    const y = (event.clientY - box.top) * unit - 6;
    const far = (at) => Math.hypot(place(pieces[at].valence) - x, SIDE - place(pieces[at].arousal) - y);
    const nearest = [...shown].sort((a, b) => far(a) - far(b))[0];
    if (nearest !== undefined && far(nearest) < 12) open(nearest);
  });
  return (places) => {
    shown = new Set(places);
    dots.forEach((dot, at) => dot.classList.toggle("out", !shown.has(at)));
    const mean = (name) => (places.reduce((sum, at) => sum + pieces[at][name], 0) / (places.length || 1)).toFixed(2);
    svg.setAttribute("aria-label", `${places.length} pieces on the plane of feelings: mean valence ${mean("valence")}, mean arousal ${mean("arousal")}, each from -1 to 1.`);
  };
}

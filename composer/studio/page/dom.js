// Elements, and a store whose listeners hear of the slices that they read.

/**
 * An element with properties, listeners (`onclick`) and children.
 * @param {string} tag
 * @param {Object<string, any>} [props] `class`, `data-*`, `aria-*`, attributes; functions are listeners; false and null are left out
 * @param {...any} children elements, strings, arrays; null and false are left out
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (name === "checked") element.checked = Boolean(value);
    else if (name === "css") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const find = (id) => document.getElementById(id);

let lost = ""; // the id of the control that had the focus when it was disabled

/** Give the focus back to the control that lost it, as soon as it can have it and unless a person went elsewhere. */
function giveBack() {
  if (!lost || document.activeElement !== document.body) lost = "";
  else if (find(lost) && !find(lost).disabled) find(lost).focus();
}

/** New children in place of the old; the control that had the focus gets it back, found by its id. */
export function fill(element, ...children) {
  const id = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  if (id && find(id)) lost = id;
  giveBack();
}

/** Disable controls, or enable them. */
export function disable(controls, on) {
  for (const control of controls) {
    if (on && control === document.activeElement) lost = control.id;
    control.disabled = on;
  }
  giveBack();
}

/** A store: `state`, `set(patch)`, and `watch(names, listener)` called at once and when one of the names changed. */
export function createStore(state) {
  const watchers = [];
  return {
    state,
    set(patch) {
      const changed = Object.keys(patch).filter((name) => state[name] !== patch[name]);
      Object.assign(state, patch);
      for (const { names, listener } of watchers) if (names.some((name) => changed.includes(name))) listener(state);
    },
    watch(names, listener) {
      watchers.push({ names, listener });
      listener(state);
    },
  };
}

// The page's words in the language that is chosen.

const LANGUAGES = ["en", "ja", "es"];
let words = {};
let fallback = {};

const load = async (language) => (await fetch(`locales/${language}.json`)).json();

/** The language that was chosen before, or the first of the browser's that there is a catalogue for. */
export function preferredLanguage() {
  const wished = [localStorage.getItem("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wished.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

/** Load a catalogue and write it into every element that names a key. */
export async function setLanguage(language) {
  if (!Object.keys(fallback).length) fallback = await load("en");
  words = language === "en" ? fallback : await load(language);
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
}

/** True where the catalogue has the key. */
export const has = (key) => key in fallback;

/** The words of a key with `{name}` filled in. */
export function t(key, values = {}) {
  return (words[key] ?? fallback[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** A number in the manner of the language. */
export const number = (value, digits = 0) =>
  new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** A date and time in the manner of the language. */
export const moment = (date) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(date);

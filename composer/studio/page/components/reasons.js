// The reasons of a plan in the words of the page: the server gives them in English, clause by clause.

import { h } from "../dom.js";
import { number, t } from "../i18n.js";

const signed = (text) => `${text.startsWith("-") ? "−" : "+"}${number(Math.abs(Number(text)), 2)}`;
const feeling = (valence, arousal) => ({ valence: signed(valence), arousal: signed(arousal) });
const METERS = {
  "nothing asks for another meter": "why.meter.usual",
  "gentle and friendly: a swaying meter": "why.meter.swaying",
  "sad and quiet: a slow three": "why.meter.slow",
  "lively and glad: a quick two-beat": "why.meter.lively",
  "a dance in three": "why.meter.dance",
  "a march": "why.meter.march",
  "a jig": "why.meter.jig",
  "a quick dance in two": "why.meter.polka",
  "rocking and pastoral music goes in six": "why.meter.rocking",
  "a gentle three": "why.meter.gentle",
};

/** What a clause looks like, and the words for it; the first that fits. */
const CLAUSES = [
  [/^given by an option$/, () => t("why.given")],
  [/^chosen by the seed among easy keys: (?:(\d) (sharp|flat)s?|no accidentals)$/, (count, sign) => t(`why.tonic.${sign ?? "none"}`, { count })],
  [/^69 x 2\^\(0\.5 \+ 0\.[57] x ([+-][\d.]+) \+ 0\.1 x ([+-][\d.]+)\) = [\d.]+$/, (arousal, valence) => t("why.tempo", feeling(valence, arousal))],
  [/^([\d.]+) for the duration$/, (bpm) => t("why.tempo.duration", { bpm: number(bpm) })],
  [/^([\d.]+) for the profile .*$/, (bpm) => t("why.tempo.learnt", { bpm: number(bpm) })],
  [/^about a minute at ([\d.]+) bpm, in fours and eights$/, (bpm) => t("why.bars", { bpm: number(bpm) })],
  [/^about a minute at ([\d.]+) bpm, in fours and eights, and (\d+) to open and close$/, (bpm, count) => `${t("why.bars", { bpm: number(bpm) })} ${t("why.bars.frame", { count })}`],
  [/^([\d.]+) of ([\d.]+) seconds asked$/, (lasts, asked) => t("why.bars.asked", { lasts: number(lasts, 1), asked: number(asked) })],
  [/^one page for a learner$/, () => t("why.bars.page")],
  [/^level \w+ instead of (.+)$/, (before) => t("why.level", { before })],
  [/^level \w+: .+, compass of the level$/, () => t("why.level.instruments")],
  [/^(?:[^:‹]+: )?‹(.+)› in the caption(?:: (.+))?$/, (word, meter) => (meter && !METERS[meter] ? null : [t("why.word", { word }), meter ? t(METERS[meter]) : ""].filter(Boolean).join(" "))],
  [/^[^:‹]+: suits valence ([+-][\d.]+), arousal ([+-][\d.]+)$/, (valence, arousal) => t("why.instruments", feeling(valence, arousal))],
  [/^valence ([+-][\d.]+), arousal ([+-][\d.]+)$/, (valence, arousal) => t("why.instruments", feeling(valence, arousal))],
  [/^[A-G][#b]? [a-z-]+: ‹(.+)› in the caption suggests it$/, (word) => t("why.word", { word })],
  [/^(?:[A-G][#b]? [a-z-]+: )?valence ([+-][\d.]+)\b[^;]*$/, (valence) => t("why.mode", { valence: signed(valence) })],
];

/** A reason's clauses: `{ text, english }`, where `english` is true for one that the page has no words for. */
export function clauses(reason) {
  return reason.split("; ").map((clause) => {
    if (METERS[clause]) return { text: t(METERS[clause]), english: false };
    for (const [pattern, words] of CLAUSES) {
      const found = pattern.exec(clause);
      const text = found && words(...found.slice(1));
      if (text) return { text, english: false };
    }
    return { text: `${clause[0].toUpperCase()}${clause.slice(1)}.`, english: true };
  });
}

/** A reason as text; what stays English is marked, so that it is read out as English. */
export const wordReason = (reason) => clauses(reason).flatMap(({ text, english }) => [english ? h("span", { lang: "en" }, text) : text, " "]);

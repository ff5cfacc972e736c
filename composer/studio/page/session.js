// The session: what the page holds and what each wish of a person does. Phases: opening (what was kept is still on its
// way, and nothing can be begun), empty, uploading, perceived, planned, composing, ready, rewriting, comparing.

import * as api from "./api.js";
import { createStore } from "./dom.js";
import { t } from "./i18n.js";
import { waitFor } from "./jobs.js";

const NOTHING = {
  picture: null, words: {}, perception: null, feeling: null, plan: null, overrides: {}, locks: new Set(), version: null, versions: [], other: null, asA: false, selection: null,
  muted: new Set(), solo: new Set(), error: null, journey: false,
};
export const store = createStore({ ...NOTHING, phase: "opening", vocabulary: null, work: null, message: "", online: true, earlier: [], feedback: { consent: false, events: 0, learnt_from: 0 }, learnt: localStorage.getItem("learnt") === "on" });
const { state, set } = store;
const loaded = new Map();

/** True while something is being made, and before what was kept is there. */
export const isBusy = () => state.work !== null || state.phase === "opening";

const settle = () => set({ work: null, phase: state.version ? (state.other ? "comparing" : "ready") : "empty" });

/** Do something that takes time: stage shown, failure said, the version before kept, and `again` offered. */
async function work(phase, stage, act) {
  if (isBusy()) return;
  set({ phase, work: { stage, share: null, job: null }, error: null });
  try {
    await act();
  } catch (error) {
    if (!(error instanceof api.ApiError)) console.error(error);
    if (error.code === "cancelled") set({ message: t("cancelled") });
    else set({ error: { ...describeError(error), again: () => work(phase, stage, act) } });
  }
  settle();
}

function describeError(error) {
  const known = { 0: "error.offline", 401: "error.token", 429: "error.busy" }[error.status];
  return { message: known ? t(known) : error.message || t("error.unknown"), hint: error.hint ?? "" };
}

async function finish(answer) {
  const { id } = answer;
  set({ work: { ...state.work, job: id } });
  return waitFor(id, (stage, share) => state.work && set({ work: { stage: stage ?? state.work.stage, share, job: id } }));
}

/** What is changed or locked, as the server takes it. */
function fixed() {
  const names = state.plan?.instruments.map((item) => item.name);
  const kept = Object.fromEntries([...state.locks].map((name) => [name, name === "instruments" ? names : state.plan?.[name]]));
  const values = Object.fromEntries(Object.entries({ ...kept, ...state.overrides }).filter(([, value]) => value !== undefined && value !== null && value !== ""));
  return values.instruments ? { ...values, instruments: values.instruments.join(",") } : values;
}

/** Take a picture file and compose for it. */
export const takePicture = (blob, words) => work("uploading", "upload", async () => {
  if (!blob.type.startsWith("image/")) throw new api.ApiError(422, { message: t("error.picture") });
  await composePicture(await api.sendPicture(blob, words), words);
});

/** Take one of the examples. */
export const takeExample = (name) => work("uploading", "upload", async () => composePicture(await api.takeExample(name)));

async function composePicture(picture, words = {}) {
  set({ ...NOTHING, versions: [], picture, words, work: { stage: "perceive", share: null, job: null } });
  await composeRead(picture, await api.perceive({ picture: picture.id }));
}

async function composeRead(picture, answer) {
  const job = await finish(answer);
  const perception = await api.getPerception(job.result.perception);
  set({ picture: api.withPreview(picture), perception, feeling: { valence: perception.valence, arousal: perception.arousal }, phase: "perceived" });
  await planAndCompose({ perception: perception.id });
}

async function planAndCompose(source) {
  set({ work: { stage: "plan", share: null, job: null } });
  const made = await api.makePlan({ ...source, learnt: state.learnt && state.feedback.consent, overrides: fixed(), locks: [...state.locks] });
  const { plan } = made;
  set({ plan, feeling: { valence: plan.valence, arousal: plan.arousal }, phase: "composing", work: { stage: "compose", share: null, job: null } });
  const parent = state.version ? { parent: state.version.id } : {};
  await adopt(await finish(await api.compose({ plan: made.id, ...parent })));
}

const reading = () => (state.perception ? { perception: state.perception.id, journey: state.journey } : {});

/** Compose for a mood in words. */
export const composeMood = (mood) => work("composing", "plan", () => planAndCompose({ ...reading(), journey: false, mood }));

/** Read the picture again with a title or an artist that a person tells, and compose for it. */
export const readWith = (words) => work("composing", "perceive", async () => {
  set({ words });
  await composeRead(state.picture, await api.perceive({ picture: state.picture.id, ...words }));
});

/** Lead the music through the parts of the picture, or let it be one whole again. */
export const composeJourney = (journey) => work("composing", "plan", () => planAndCompose({ ...reading(), journey }));

/** Compose for a place on the plane of feeling. */
export const composeFeeling = (valence, arousal) => work("composing", "plan", () => planAndCompose({ ...reading(), valence, arousal }));

/** Compose again with what was changed in the plan. */
export const composeAgain = () => composeFeeling(state.feeling.valence, state.feeling.arousal);

/** Ask for a version that is a little calmer, livelier, brighter, darker, sparser or richer. */
export const wish = (direction) => state.version && work("composing", "compose", async () => {
  await adopt(await finish(await api.nudge(state.version.id, { direction, locks: [...state.locks] })));
  if (state.feedback.consent) set({ feedback: await api.getFeedback() });
});

/** Have the selected bars written again. */
export const rewriteSelection = () => state.version && state.selection && work("rewriting", "rewrite", async () => {
  const { first, last } = state.selection;
  const seed = Math.floor(Math.random() * 2 ** 31);
  await adopt(await finish(await api.rewrite(state.version.id, { bars: [first, last], seed })));
});

async function adopt(job) {
  const before = state.version;
  const version = await load(job.result.version);
  const versions = [...state.versions.filter((item) => item.id !== version.id), version].map((item, index) => ({ ...item, number: index + 1 }));
  set({ versions });
  show(version, before && before.id === version.parent ? before : null);
  set({ message: `${t("ready")} ${version.note}` });
}

async function load(id) {
  if (!loaded.has(id)) loaded.set(id, await api.getVersion(id, state.vocabulary?.files ?? []));
  return loaded.get(id);
}

function show(version, other) {
  const { plan } = version;
  const selection = state.selection && state.selection.last <= version.bars ? state.selection : null;
  set({ version, other, asA: false, plan, journey: version.regions.length > 0, overrides: {}, feeling: { valence: plan.valence, arousal: plan.arousal }, muted: new Set(), solo: new Set(), selection });
}

/** Open a version of the history. */
export const openVersion = ({ id }) => work("ready", "compose", async () => show(await load(id), null));

/** Compare the version that is open (B) with another (A). */
export const compareWith = ({ id }) => work("comparing", "compose", async () => set({ other: await load(id), asA: false }));

export const swap = () => state.other && set({ version: state.other, other: state.version, asA: !state.asA, plan: state.other.plan });
export const endComparison = () => set({ other: null, phase: "ready" });

/** Say that the one that is heard, or the one of a letter, is better; kept only where a person has agreed to that. */
export async function prefer(letter = state.asA ? "A" : "B") {
  if (!state.other) return;
  const [a, b] = state.asA ? [state.version, state.other] : [state.other, state.version];
  if ((letter === "A") !== state.asA) swap();
  set({ other: null, phase: "ready", message: t(state.feedback.consent ? "ab.thanks" : "ab.notKept") });
  if (state.feedback.consent) await teach(() => api.choose({ a: a.id, b: b.id, winner: letter.toLowerCase() }));
}

/** Say how well the version that is open is liked, with 1 to 5 stars. */
export const rate = (stars) => state.version && teach(() => api.rate({ version: state.version.id, stars }));

/** Agree that choices are kept, or have all of them forgotten. */
export const consent = (given) => teach(() => api.setConsent(given));

/** Compose with what was learnt, or without it. */
export function useLearnt(learnt) {
  localStorage.setItem("learnt", learnt ? "on" : "off");
  set({ learnt });
}

async function teach(act) {
  try {
    await act();
    set({ feedback: await api.getFeedback() });
  } catch (error) {
    set({ error: describeError(error) });
  }
}

export const undo = () => state.version?.parent && !isBusy() && openVersion({ id: state.version.parent });
export function forward() {
  const next = state.versions.findLast((item) => item.parent && item.parent === state.version?.id);
  if (next) openVersion(next);
}

export const change = (name, value) => set({ overrides: { ...state.overrides, [name]: value }, locks: new Set([...state.locks, name]) });
export function lock(name, on) {
  const locks = new Set(state.locks);
  locks[on ? "add" : "delete"](name);
  set({ locks });
}

export async function cancelWork() {
  if (state.work?.job) await api.cancelJob(state.work.job).catch(() => {});
}

export function startOver() {
  if (isBusy()) return;
  set({ ...NOTHING, phase: "empty" });
  api.getState().then((kept) => set({ earlier: readEarlier(kept) })).catch(() => {});
}

/** Go on with a piece from before. */
export const openEarlier = ({ newest }) => work("composing", "open", async () => openFamily(await api.getState(), newest));

/** Parts that are not heard. */
export function silentParts() {
  const { solo, muted, version } = state;
  return new Set((version?.parts ?? []).map((part) => part.number).filter((part) => (solo.size ? !solo.has(part) : muted.has(part))));
}

export function toggle(name, part) {
  const set_ = new Set(state[name]);
  set_[set_.has(part) ? "delete" : "add"](part);
  set({ [name]: set_ });
}

/** What was composed before, the newest version of each picture; `title` is null where nobody gave one. */
function readEarlier({ versions, pictures }) {
  const titles = new Map(pictures.map((picture) => [picture.id, picture.title ?? picture.example?.replaceAll("-", " ") ?? null]));
  const newest = new Map();
  for (const version of versions) {
    if (!newest.has(version.picture)) newest.set(version.picture, { newest: version, title: titles.get(version.picture) ?? null, made: new Date(version.created * 1000) });
  }
  return [...newest.values()].slice(0, 6);
}

async function openFamily(kept, newest) {
  const family = kept.versions.filter((item) => item.picture === newest.picture).reverse();
  const version = await load(newest.id);
  const [picture, perception] = await Promise.all([version.picture && api.getPicture(version.picture), version.perception && api.getPerception(version.perception)]);
  set({ ...NOTHING, picture, perception, versions: family.map((item, index) => ({ ...api.readListed(item), number: index + 1 })) });
  show(version, null);
}

/** Begin: the vocabulary, the history that the server kept, and the job that still runs. */
export async function begin() {
  set({ error: null });
  try {
    const [vocabulary, kept] = await Promise.all([api.getVocabulary(), api.getState()]);
    set({ vocabulary, feedback: kept.feedback, earlier: readEarlier(kept) });
    const [newest] = kept.versions;
    if (newest) await openFamily(kept, newest);
    set({ phase: newest ? "ready" : "empty" });
    resume(kept);
  } catch (error) {
    set({ phase: "empty", error: { ...describeError(error), again: begin } });
  }
}

/** After events were missed: what was made meanwhile is in the history, and what runs is followed. */
export async function catchUp() {
  if (isBusy()) return;
  const kept = await api.getState().catch(() => null);
  if (!kept || isBusy()) return;
  const family = state.version ? kept.versions.filter((item) => item.picture === state.version.picture).reverse() : [];
  if (family.length) set({ versions: family.map((item, index) => ({ ...api.readListed(item), number: index + 1 })) });
  set({ feedback: kept.feedback });
  resume(kept);
}

/**
 * Follow a job that was asked for before this page was loaded. A picture that was read just before is composed for: nobody
 * was there to ask. A job that the studio's end cut short can be asked for again.
 */
function resume({ jobs, versions, pictures }) {
  const running = jobs.find((job) => ["queued", "running"].includes(job.state));
  if (running) {
    work("composing", running.stage || "queued", () => takeUp(running, running));
    return;
  }
  const last = jobs.reduce((newest, job) => (!newest || job.created > newest.created ? job : newest), null);
  if (!last || versions.some((version) => version.created > last.created)) return;
  if (last.state === "done" && last.kind === "perception" && pictures.some(({ id }) => id === last.request.body.picture)) {
    work("composing", "plan", () => takeUp(last, last));
    return;
  }
  if (last.state !== "failed" || last.error?.code !== "stopped") return;
  set({ error: { message: t("error.stopped"), hint: "", again: () => work("composing", "queued", async () => takeUp(last, await api.repeat(last.request))) } });
}

/** Wait for a job, and do what the page would have done after it. */
async function takeUp({ kind, request }, answer) {
  if (kind === "perception") {
    const { id, name } = await api.getPictureFacts(request.body.picture);
    set({ ...NOTHING, picture: { id, name, url: null } });
    await composeRead(state.picture, answer);
    return;
  }
  const job = await finish(answer);
  const version = await load(job.result.version);
  if (state.version?.picture !== version.picture) await openFamily(await api.getState(), version);
  else await adopt(job);
}

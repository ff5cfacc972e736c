// The studio's API, and its answers in the form that the page uses.

/** A failed request: `message` and `hint` from the server, `status` 0 where it did not answer. */
export class ApiError extends Error {
  constructor(status, { code = "unknown", message = "", hint = "" } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

async function ask(method, path, body, headers = {}) {
  const json = body !== undefined && !(body instanceof Blob);
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { method, headers: { ...(json ? { "Content-Type": "application/json" } : {}), ...headers }, body: json ? JSON.stringify(body) : body });
  } catch {
    throw new ApiError(0);
  }
  const kind = answer.headers.get("Content-Type") ?? "";
  const result = kind.includes("json") ? await answer.json() : await answer.text();
  if (!answer.ok) throw new ApiError(answer.status, result.error);
  return result;
}

export const getState = () => ask("GET", "state");
export const getVocabulary = () => ask("GET", "vocabulary");

/** Send a picture: a `Blob` of type image/*, with the title and artist that are known. */
export async function sendPicture(blob, words) {
  const picture = await ask("POST", `pictures?${new URLSearchParams(words)}`, blob, { "Content-Type": blob.type });
  return { ...readPicture(picture), url: URL.createObjectURL(blob) };
}

/** Take one of the examples as the picture. */
export const takeExample = async (name) => readPicture(await ask("POST", `pictures?${new URLSearchParams({ example: name })}`, new Blob([])));

export const perceive = (body) => ask("POST", "perceptions", body);
export const makePlan = (body) => ask("POST", "plans", body);
export const compose = (body) => ask("POST", "versions", body);
export const rewrite = (id, body) => ask("POST", `versions/${id}/rewrites`, body);
export const nudge = (id, body) => ask("POST", `versions/${id}/nudges`, body);
export const rate = (body) => ask("POST", "ratings", body);
export const getFeedback = () => ask("GET", "feedback");
export const setConsent = (consent) => ask("PUT", "feedback", { consent });
/** Send a request again, as a job remembers it. */
export const repeat = ({ path, body }) => ask("POST", path.replace("/api/", ""), body);
export const choose = (body) => ask("POST", "choices", body);
export const getJob = (id) => ask("GET", `jobs/${id}`);
export const cancelJob = (id) => ask("DELETE", `jobs/${id}`);
export const getScore = (id, width) => ask("GET", `versions/${id}/score?width=${width}`);

export const getPlan = (id) => ask("GET", `plans/${id}`);
export const getPerception = async (id) => readPerception(await ask("GET", `perceptions/${id}`));
export const getPictureFacts = async (id) => readPicture(await ask("GET", `pictures/${id}`));
export const getPicture = async (id) => withPreview(await getPictureFacts(id));

/** A version with its notes, parts, times of bars and links; `files` are the names of the files that can be had. */
export async function getVersion(id, files) {
  const [version, notes] = await Promise.all([ask("GET", `versions/${id}`), ask("GET", `versions/${id}/notes`)]);
  return readVersion(version, notes, files);
}

const readPicture = ({ id, title, example }) => ({ id, name: title ?? example ?? "", url: null });

/** The picture shown as the server decoded it, which it can do once it has looked at it. */
export const withPreview = (picture) => ({ ...picture, url: picture.url ?? `/api/pictures/${picture.id}/preview` });

/** A perception: `emotions` as pairs, strongest first, four at most. */
function readPerception({ id, perception, captions }) {
  const emotions = Object.entries(perception.emotions ?? {}).sort((a, b) => b[1] - a[1]).slice(0, 4);
  return {
    id, caption: perception.caption, captions, alt: perception.alt ?? "", valence: perception.valence, arousal: perception.arousal, emotions,
    valenceSd: perception.valence_sd, arousalSd: perception.arousal_sd, swatches: mergeNames(perception.palette?.swatches ?? []),
  };
}

/** Colours of one name as one, which the first, the most frequent, stands for. */
function mergeNames(swatches) {
  const named = new Map();
  for (const swatch of swatches) named.set(swatch.name, { ...swatch, ...named.get(swatch.name), share: swatch.share + (named.get(swatch.name)?.share ?? 0) });
  return [...named.values()].sort((a, b) => b.share - a.share);
}

/** The facts of a version that a list shows. */
export function readListed({ id, parent, kind, bars_changed: changed, direction }) {
  const barsChanged = changed ? Array.from({ length: changed[1] - changed[0] + 1 }, (_, index) => changed[0] + index) : [];
  return { id, parent: parent ?? null, kind, barsChanged, direction: direction ?? null };
}

function readVersion(version, answer, files) {
  const seconds = (ticks) => (ticks / answer.ticks_per_quarter) * (60 / answer.tempo_bpm);
  const notes = answer.tracks.flatMap((track, part) => track.notes.map(([onset, length, pitch]) => ({ part, pitch, tick: onset, start: seconds(onset), end: seconds(onset + length) })));
  return {
    ...readListed(version), plan: version.plan, planId: version.plan_id, picture: version.picture, perception: version.perception, note: version.note ?? "",
    regions: version.provenance.regions ?? [], bars: answer.bars.length, barTicks: answer.bars.map((bar) => bar.start), barStarts: answer.bars.map((bar) => seconds(bar.start)), seconds: answer.duration_s,
    parts: answer.tracks.map(({ name, role, drums }, number) => ({ number, name, role, drums })), notes,
    audioUrl: fileUrl(version.id, "wav"), bundleUrl: fileUrl(version.id, "zip"), files: files.map((name) => ({ name, url: fileUrl(version.id, name) })),
    lessonUrl: `/api/versions/${version.id}/lesson`, partsUrl: `/api/versions/${version.id}/parts`,
  };
}

const fileUrl = (id, name) => `/api/versions/${id}/files/${name}`;

/**
 * The stream of events of a tab, closed while the tab is hidden.
 * @param {(kind: string, data: object) => void} hear
 * @param {(online: boolean) => void} reach told when the stream opens or breaks
 */
export function listen(hear, reach) {
  let stream = null;
  const open = () => {
    stream = new EventSource("/api/events");
    stream.onopen = () => reach(true);
    stream.onerror = () => reach(false);
    for (const kind of ["job.queued", "job.progress", "job.done", "job.failed", "job.cancelled", "artifact.ready", "resync"]) {
      stream.addEventListener(kind, (event) => hear(kind, JSON.parse(event.data || "{}")));
    }
  };
  document.addEventListener("visibilitychange", () => {
    stream?.close();
    if (!document.hidden) open();
  });
  open();
}

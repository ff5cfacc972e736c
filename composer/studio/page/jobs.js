// Jobs of the server: what the stream of events tells, or asking where there is no stream.

import { ApiError, cancelJob, getJob } from "./api.js";

const ASK_MS = 1500;
const waiting = new Map();

/** Hear an event of the stream. */
export function hearJob(kind, data) {
  const job = waiting.get(data.id);
  if (!job) return;
  if (kind === "job.progress" || kind === "job.queued") job.progress(data.stage ?? "queued", data.share ?? null);
  else if (kind !== "artifact.ready") job.look();
}

/**
 * Wait until a job is done.
 * @returns {Promise<object>} the job; rejects with `ApiError` where it failed and code "cancelled" where it was cancelled
 */
export function waitFor(id, progress) {
  return new Promise((resolve, reject) => {
    let timer = 0;
    const end = (settle, value) => {
      clearInterval(timer);
      waiting.delete(id);
      settle(value);
    };
    const look = async () => {
      try {
        const job = await getJob(id);
        if (job.state === "done") end(resolve, job);
        else if (job.state === "failed") end(reject, new ApiError(500, job.error));
        else if (job.state === "cancelled") end(reject, new ApiError(499, { code: "cancelled" }));
        else progress(job.state === "queued" ? "queued" : job.stage, job.share ?? null);
      } catch (error) {
        if (error.status) end(reject, error);
      }
    };
    waiting.set(id, { progress, look });
    timer = setInterval(look, ASK_MS);
    look();
  });
}

export const cancel = (id) => cancelJob(id);

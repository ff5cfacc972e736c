// What is being made, with its share and a way to cancel; what went wrong, with a way to try again.

import { fill, find, h } from "../dom.js";
import { has, t } from "../i18n.js";

/** The stage in words, from a stage's name of the server or of the page. */
const stageText = (stage) => (has(`working.${stage}`) ? t(`working.${stage}`) : stage);

/** Show the work, or nothing for null. */
export function showWork(work, cancel) {
  const root = find("progress");
  if (!work) return fill(root);
  const shown = root.querySelector("progress");
  if (shown && root.dataset.stage === work.stage && root.dataset.job === String(work.job)) {
    if (work.share === null) shown.removeAttribute("value");
    else shown.value = work.share;
    return;
  }
  Object.assign(root.dataset, { stage: work.stage, job: work.job });
  fill(root, h("label", { for: "share" }, stageText(work.stage), "…"), h("progress", { id: "share", max: 1, value: work.share ?? undefined }),
    work.job && h("button", { type: "button", id: "cancel", onclick: cancel }, t("cancel")));
}

/** Show an error with its hint, or that the server does not answer. */
export function showNotice({ error, online }, close) {
  const offline = !online && !error;
  if (!error && !offline) return fill(find("notice"));
  const { message, hint, again } = error ?? { message: t("error.offline"), hint: "" };
  fill(find("notice"), h("strong", {}, message), hint && h("span", {}, hint), again && h("button", { type: "button", id: "try-again", onclick: again }, t("retry")),
    error && h("button", { type: "button", id: "notice-close", onclick: close }, t("close")));
}

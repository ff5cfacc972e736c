// The keys of the page. They are inactive in fields, with a modifier, and when a person switched them off.

const FIELDS = "input, select, textarea, dialog, summary";

/** Call the action of a key. `actions` maps a key's name to what it does; `enabled()` says whether keys are on. */
export function listenToKeys(actions, enabled) {
  addEventListener("keydown", (event) => {
    if (!enabled() || event.altKey || event.target.closest(FIELDS)) return;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if ((event.ctrlKey || event.metaKey) && !undo) return;
    const onButton = event.target.closest("button, a");
    if (onButton && (event.key === " " || event.key === "Enter") && !event.target.closest(".bars")) return;
    const name = undo ? "undo" : event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${event.key}` : event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions[name];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

const least = 4;

/** Lets stretches be dragged on the axes and lines be clicked. Everything drawn is the server's; only the stretch under the pointer is drawn here. */
export function attach(element, callbacks) {
  const ending = new AbortController();
  const options = { signal: ending.signal };
  let axis = null, start = 0, mark = null;

  const placeOf = e => {
    const { top, height } = axis.getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (e.clientY - top) / height));
  };
  const stop = () => {
    mark?.remove();
    axis = mark = null;
  };

  element.addEventListener("pointerdown", e => {
    axis = e.button === 0 ? e.target.closest(".parallel-axis") : null;
    if (!axis) return;
    e.preventDefault();
    start = placeOf(e);
    mark = document.createElement("span");
    mark.className = "parallel-drag";
    axis.append(mark);
  }, options);
  window.addEventListener("pointermove", e => {
    if (!axis) return;
    const now = placeOf(e);
    mark.style.bottom = `${Math.min(now, start) * 100}%`;
    mark.style.height = `${Math.abs(now - start) * 100}%`;
  }, options);
  window.addEventListener("pointerup", e => {
    if (!axis) return;
    const now = placeOf(e);
    const moved = Math.abs(now - start) * axis.getBoundingClientRect().height >= least;
    const index = Number(axis.dataset.axis);
    stop();
    // A click without a drag takes the stretch away.
    callbacks.invokeMethodAsync("Brushed", index, moved ? Math.min(now, start) : 0, moved ? Math.max(now, start) : 0);
  }, options);
  window.addEventListener("pointercancel", stop, options);
  element.addEventListener("click", e => {
    const key = e.target.closest?.("path[data-key]")?.dataset.key;
    if (key) callbacks.invokeMethodAsync("LineClicked", key);
  }, options);
  return { dispose: () => ending.abort() };
}

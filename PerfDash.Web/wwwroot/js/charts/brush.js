const least = 5;

/**
 * Lets a rectangle be dragged over a scatter chart. `frame` gives the library's measures and the value axis, or null while dragging
 * means nothing; `done` is called with the rectangle in the chart's values. A finger scrolls the page as everywhere.
 */
export function brushOver(plot, frame, done) {
  const ending = new AbortController();
  const options = { signal: ending.signal };
  let start = null, box = null;

  const at = e => {
    const around = plot.getBoundingClientRect();
    return { x: e.clientX - around.left, y: e.clientY - around.top };
  };
  const stop = () => {
    box?.remove();
    start = box = null;
  };

  plot.addEventListener("pointerdown", e => {
    if (frame() && e.button === 0 && e.pointerType !== "touch") start = at(e);
  }, options);
  window.addEventListener("pointermove", e => {
    if (!start) return;
    const now = at(e);
    if (!box && Math.hypot(now.x - start.x, now.y - start.y) < least) return;
    if (!box) {
      box = document.createElement("div");
      box.className = "pd-brush";
      plot.append(box);
    }
    e.preventDefault();
    box.style.left = `${Math.min(now.x, start.x)}px`;
    box.style.top = `${Math.min(now.y, start.y)}px`;
    box.style.width = `${Math.abs(now.x - start.x)}px`;
    box.style.height = `${Math.abs(now.y - start.y)}px`;
  }, options);
  window.addEventListener("pointerup", e => {
    const dragged = box && frame();
    const [from, to] = [start, start && at(e)];
    stop();
    if (!dragged) return;
    const { globals, scale } = dragged;
    const x = v => globals.minX + (clamp((v - globals.translateX) / globals.gridWidth)) * (globals.maxX - globals.minX);
    const [top, bottom] = [scale.place(scale.max), scale.place(scale.min)];
    const y = v => scale.value(top - (clamp((v - globals.translateY) / globals.gridHeight)) * (top - bottom));
    const [x1, x2, y1, y2] = [x(from.x), x(to.x), y(from.y), y(to.y)];
    done(Math.min(x1, x2), Math.max(x1, x2), Math.min(y1, y2), Math.max(y1, y2));
  }, options);
  window.addEventListener("pointercancel", stop, options);
  window.addEventListener("keydown", e => { if (e.key === "Escape") stop(); }, options);
  return ending;
}

const clamp = share => Math.min(1, Math.max(0, share));

const charts = new Set();

/**
 * Marks the moment under the pointer in every other time chart of the page. `frame` gives the library's measures, or null where the
 * axis is no time.
 */
export function shareMoment(plot, frame) {
  const ending = new AbortController();
  const line = document.createElement("div");
  line.className = "pd-crosshair";
  line.setAttribute("aria-hidden", "true");

  const me = {
    show(moment) {
      const globals = frame();
      const share = globals ? (moment - globals.minX) / (globals.maxX - globals.minX) : -1;
      if (!(share >= 0 && share <= 1)) {
        me.hide();
        return;
      }
      line.style.left = `${globals.translateX + share * globals.gridWidth}px`;
      line.style.top = `${globals.translateY}px`;
      line.style.height = `${globals.gridHeight}px`;
      if (line.parentNode !== plot) plot.append(line);
    },
    hide() { line.remove(); },
  };
  charts.add(me);

  const others = act => charts.forEach(other => { if (other !== me) act(other); });
  plot.addEventListener("pointermove", e => {
    const globals = frame();
    if (!globals) return;
    const share = (e.clientX - plot.getBoundingClientRect().left - globals.translateX) / globals.gridWidth;
    if (share < 0 || share > 1) others(other => other.hide());
    else others(other => other.show(globals.minX + share * (globals.maxX - globals.minX)));
  }, { signal: ending.signal });
  plot.addEventListener("pointerleave", () => others(other => other.hide()), { signal: ending.signal });
  ending.signal.addEventListener("abort", () => {
    me.hide();
    charts.delete(me);
  });
  return ending;
}

const charts = new Set();

/**
 * One pointer for all time charts of a page: the moment under it is marked in each, once. `frame` gives the library's measures and
 * the moments drawn, or null where the axis is no time.
 */
export function shareMoment(plot, frame) {
  const ending = new AbortController();
  const line = document.createElement("div");
  line.className = "pd-crosshair";
  line.setAttribute("aria-hidden", "true");

  const me = {
    show(moment) {
      const globals = frame()?.globals;
      const share = globals ? (moment - globals.minX) / (globals.maxX - globals.minX) : -1;
      if (!(share >= 0 && share <= 1)) {
        line.remove();
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

  plot.addEventListener("pointermove", e => {
    const drawn = frame();
    if (!drawn) return;
    const { globals, moments } = drawn;
    const share = (e.clientX - plot.getBoundingClientRect().left - globals.translateX) / globals.gridWidth;
    const at = globals.minX + share * (globals.maxX - globals.minX);
    // The moment the tooltip speaks of.
    const moment = share < 0 || share > 1 ? null : nearest(moments, at);
    charts.forEach(chart => moment === null ? chart.hide() : chart.show(moment));
  }, { signal: ending.signal });
  plot.addEventListener("pointerleave", () => charts.forEach(chart => chart.hide()), { signal: ending.signal });
  ending.signal.addEventListener("abort", () => {
    me.hide();
    charts.delete(me);
  });
  return ending;
}

const nearest = (moments, at) => moments.reduce((best, m) => best === null || Math.abs(m - at) < Math.abs(best - at) ? m : best, null);

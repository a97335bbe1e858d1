import ApexCharts from "../lib/apexcharts/apexcharts.esm.js";
import { donutLayout, donutLegend, donutOptions, isDonut } from "../js/charts/donut.js";
import { buildOptions } from "../js/charts/options.js";
import { layOut } from "../js/charts/layout.js";
import { drawLegend } from "../js/charts/legend.js";
import { buildTooltip } from "../js/charts/tooltip.js";
import { downloadPng } from "../js/charts/download.js";
import { brushOver } from "../js/charts/brush.js";
import { shareMoment } from "../js/charts/crosshair.js";

const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

const handles = new WeakMap();

/** Draws a chart into an element once and returns the handle that updates it. */
export async function create(element, callbacks, drawing) {
  // A first try the server gave up waiting for.
  handles.get(element)?.dispose();
  const plot = document.createElement("div");
  plot.className = "pd-chart-plot";
  const legend = document.createElement("div");
  element.replaceChildren(plot, legend);

  const state = { drawing, hidden: new Set(drawing.hidden ?? []), layout: null, pressedAt: null, hovered: null, drawn: 0 };
  const events = {
    tooltip: args => buildTooltip(state, args),
    zoomed: (from, to) => callbacks.invokeMethodAsync("Zoomed", from, to),
  };
  const options = () => {
    state.layout = isDonut(state.drawing) ? donutLayout() : layOut(state.drawing, state.hidden);
    plot.classList.toggle("pd-chart-clickable", state.drawing.clickable);
    state.width = plot.clientWidth;
    // The library leaves out an update whose options look alike as JSON, which knows no formatters: the number makes them differ.
    const built = isDonut(state.drawing)
      ? donutOptions(state.drawing, reducedMotion.matches)
      : buildOptions(state.drawing, state.layout, events, state.width, reducedMotion.matches);
    return { ...built, drawn: ++state.drawn };
  };

  const shape = () => `${state.drawing.kind} ${state.drawing.axis}`;
  let chart, drawnShape;
  async function build() {
    chart?.destroy();
    drawnShape = shape();
    chart = new ApexCharts(plot, options());
    await chart.render();
  }
  await build();
  showLegend();

  // Updates wait for each other; those overtaken by a newer one are left out.
  let running = Promise.resolve();
  let latest = 0;
  let overdue = false;
  function redraw() {
    // In a tab that nobody looks at only the last of the updates is drawn, when somebody does.
    overdue = document.hidden;
    if (overdue) return;
    const mine = ++latest;
    running = running.then(async () => {
      if (mine !== latest || !plot.isConnected) return;
      // Data is changed in place; another kind or axis is another chart to the library.
      if (shape() === drawnShape) await chart.updateOptions(options(), false, false, false);
      else await build();
      showLegend();
    });
    return running;
  }

  function showLegend() {
    if (isDonut(state.drawing)) {
      donutLegend(legend, state.drawing);
      return;
    }
    drawLegend(legend, state.drawing, state.hidden, hidden => {
      state.hidden = hidden;
      callbacks.invokeMethodAsync("HiddenChanged", [...hidden]);
      redraw();
    });
  }

  plot.addEventListener("pointerdown", e => { state.pressedAt = [e.clientX, e.clientY]; }, true);
  plot.addEventListener("click", e => {
    const [x, y] = state.pressedAt ?? [e.clientX, e.clientY];
    const dragged = Math.hypot(e.clientX - x, e.clientY - y) > 4;
    const point = barAt(e.target) ?? state.hovered;
    if (state.drawing.clickable && !dragged && point) callbacks.invokeMethodAsync("PointClicked", point.key, point.index);
  });
  // Of bars on top of each other the one under the pointer is meant.
  function barAt(target) {
    const bar = target.closest?.(".apexcharts-bar-area");
    const drawn = bar && state.layout.drawn[Number(bar.parentNode.getAttribute("data:realIndex"))];
    const index = drawn?.indexes[Number(bar.getAttribute("j"))] ?? -1;
    return index < 0 ? null : { key: drawn.source.key, index };
  }
  const brushing = brushOver(plot, () => state.drawing.brushable ? { globals: chart.w.globals, scale: state.layout.scale } : null,
    (...area) => callbacks.invokeMethodAsync("Brushed", ...area));
  const crosshair = shareMoment(plot, () => state.drawing.axis === "time" && !isDonut(state.drawing) ? chart.w.globals : null);
  plot.addEventListener("pointerleave", () => { state.hovered = null; });
  const looking = new AbortController();
  document.addEventListener("visibilitychange", () => { if (overdue) redraw(); }, { signal: looking.signal });
  reducedMotion.addEventListener("change", redraw);
  // Ticks and labels depend on the room there is; small changes the library handles alone.
  const resized = new ResizeObserver(() => {
    if (Math.abs(plot.clientWidth - state.width) > 40) redraw();
  });
  resized.observe(plot);

  const handle = {
    update(next) {
      state.drawing = next;
      if (next.hidden) state.hidden = new Set(next.hidden);
      return redraw();
    },
    exportPng: (title, subtitle, fileName) => downloadPng(plot, state, title, subtitle, fileName),
    dispose() {
      latest++;
      resized.disconnect();
      brushing.abort();
      crosshair.abort();
      looking.abort();
      reducedMotion.removeEventListener("change", redraw);
      chart.destroy();
      element.replaceChildren();
    },
  };
  handles.set(element, handle);
  return handle;
}

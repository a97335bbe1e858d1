import ApexCharts from "../lib/apexcharts/apexcharts.esm.js";
import { donutLayout, donutLegend, donutOptions, isDonut } from "../js/charts/donut.js";
import { buildOptions } from "../js/charts/options.js";
import { layOut } from "../js/charts/layout.js";
import { drawLegend } from "../js/charts/legend.js";
import { drawNotes } from "../js/charts/notes.js";
import { buildTooltip } from "../js/charts/tooltip.js";
import { downloadPng } from "../js/charts/download.js";
import { brushOver } from "../js/charts/brush.js";
import { shareMoment } from "../js/charts/crosshair.js";

const handles = new WeakMap();

/** Draws a chart into an element once and returns the handle that updates it. */
export async function create(element, callbacks, drawing) {
  // A first try the server gave up waiting for.
  await handles.get(element)?.dispose();
  const plot = document.createElement("div");
  plot.className = "pd-chart-plot";
  const notes = document.createElement("div");
  const legend = document.createElement("div");
  element.replaceChildren(plot, notes, legend);

  const state = { drawing, hidden: new Set(drawing.hidden ?? []), layout: null, pressedAt: null, hovered: null, drawn: 0, reports: 0 };
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
      ? donutOptions(state.drawing)
      : buildOptions(state.drawing, state.layout, events, state.width);
    return { ...built, drawn: ++state.drawn };
  };

  const shape = () => `${state.drawing.kind} ${state.drawing.axis}`;
  let chart, drawnShape;
  async function build() {
    chart?.destroy();
    drawnShape = shape();
    const next = new ApexCharts(plot, options());
    chart = null;
    await next.render();
    chart = next;
  }

  // All drawing waits its turn, since the library works in steps: one that was overtaken by a newer one is left out, and what a chart
  // that goes away has begun ends before its parts are taken away.
  let running = Promise.resolve();
  let latest = 0;
  let isGone = false;
  let overdue = false;
  function inTurn(step) {
    const turn = running.then(step);
    // One drawing that fails is reported to who asked for it and does not keep the next from being tried.
    running = turn.catch(() => {});
    return turn;
  }
  function draw() {
    const mine = ++latest;
    return inTurn(async () => {
      if (isGone || mine !== latest || !plot.isConnected) return;
      // Data is changed in place; another kind or axis is another chart to the library.
      if (chart && shape() === drawnShape) await chart.updateOptions(options(), false, false, false);
      else await build();
      if (isGone) return;
      drawNotes(notes, state.drawing, state.layout, state.drawing.scalable ? () => callbacks.invokeMethodAsync("ScaleChosen", "full") : null);
      showLegend();
    });
  }
  function redraw() {
    // In a tab that nobody looks at only the last of the updates is drawn, when somebody does.
    overdue = document.hidden;
    return overdue ? undefined : draw();
  }

  function showLegend() {
    if (isDonut(state.drawing)) {
      donutLegend(legend, state.drawing);
      return;
    }
    drawLegend(legend, state.drawing, state.hidden, async hidden => {
      state.hidden = hidden;
      redraw();
      // What the server sends before it has heard of this choice rests on an older one.
      state.reports++;
      try {
        await callbacks.invokeMethodAsync("HiddenChanged", [...hidden]);
      } finally {
        state.reports--;
      }
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
  const brushing = brushOver(plot, () => chart && state.drawing.brushable ? { globals: chart.w.globals, scale: state.layout.scale } : null,
    (...area) => callbacks.invokeMethodAsync("Brushed", ...area));
  const crosshair = shareMoment(plot, () => chart && state.drawing.axis === "time" && !isDonut(state.drawing)
    ? { globals: chart.w.globals, moments: (state.layout.drawn[0]?.data ?? []).map(d => d.x) }
    : null);
  plot.addEventListener("pointerleave", () => { state.hovered = null; });
  const looking = new AbortController();
  document.addEventListener("visibilitychange", () => { if (overdue) redraw(); }, { signal: looking.signal });
  const resized = new ResizeObserver(() => {
    if (plot.clientWidth !== state.width && plot.clientWidth > 0) redraw();
  });

  const handle = {
    update(next) {
      state.drawing = next;
      if (next.hidden && state.reports === 0) state.hidden = new Set(next.hidden);
      return redraw();
    },
    exportPng: (title, subtitle, fileName) => downloadPng(plot, state, title, subtitle, fileName),
    dispose() {
      isGone = true;
      resized.disconnect();
      brushing.abort();
      crosshair.abort();
      looking.abort();
      return inTurn(() => {
        chart?.destroy();
        chart = null;
        element.replaceChildren();
      });
    },
  };
  handles.set(element, handle);
  await draw();
  if (!isGone) resized.observe(plot);
  return handle;
}

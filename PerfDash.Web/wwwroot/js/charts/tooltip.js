import { swatch } from "./legend.js";
import { isBar, placeAt } from "./layout.js";
import { formatTime, formatValue } from "./unit-format.js";

const mostRows = 12;

const div = (className, ...children) => {
  const element = document.createElement("div");
  element.className = className;
  element.append(...children);
  return element;
};

/** The tooltip for the point the pointer is at. Built of text nodes: a name with markup in it stays a name. */
export function buildTooltip(state, { seriesIndex, dataPointIndex }) {
  const { drawing, layout } = state;
  const at = layout.drawn[seriesIndex];
  const index = at?.indexes[dataPointIndex] ?? -1;
  const place = at?.data[dataPointIndex]?.x;
  if (place === undefined) return div("pd-tooltip");
  const x = placeAt(drawing, place);
  state.hovered = hovered(layout, at.source, index, x);

  const title = drawing.axis === "time" ? formatTime(x, drawing.grain)
    : drawing.axis === "category" || drawing.axis === "bins" ? drawing.categories[x]
    : `${drawing.xTitle ?? "X"}: ${formatValue(x, drawing.xUnit)}`;
  const series = drawing.kind === "scatter" ? [at.source] : layout.visible;
  const rows = series.map(s => rowOf(s, x, drawing.kind === "scatter" ? index : undefined, drawing, layout)).filter(row => row);
  const more = rows.length - mostRows;
  return div("pd-tooltip",
    div("pd-tooltip-title", title),
    ...rows.slice(0, mostRows),
    ...(more > 0 ? [div("pd-tooltip-note", `and ${more} more`)] : []));
}

// In a tooltip for all series the one it was opened for may have no point here.
function hovered(layout, series, index, x) {
  if (index >= 0) return { key: series.key, index };
  const other = layout.visible.find(s => s.points.some(p => p[0] === x));
  return other ? { key: other.key, index: other.points.findIndex(p => p[0] === x) } : null;
}

function rowOf(series, x, index, drawing, layout) {
  const point = index === undefined ? nearest(series.points, x, isBar(drawing.kind) || drawing.axis === "category" || drawing.axis === "bins") : series.points[index];
  if (!point) return null;
  const name = document.createElement("span");
  name.className = "pd-name";
  name.textContent = series.name;
  const value = document.createElement("span");
  value.className = "pd-value";
  value.textContent = formatValue(point[1], drawing.unit) + (point[2] ? " (partial)" : "");
  return div("pd-tooltip-row", swatch(series, drawing.kind), name, value);
}

// Thinned-out series do not share every X: the nearest point within one step speaks for its neighbourhood.
function nearest(points, x, exact) {
  let best = null;
  for (const point of points)
    if (best === null || Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
  if (best === null || best[0] === x) return best;
  const step = points.length > 1 ? (points[points.length - 1][0] - points[0][0]) / (points.length - 1) : 0;
  return !exact && Math.abs(best[0] - x) <= step ? best : null;
}

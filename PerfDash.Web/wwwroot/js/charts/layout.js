import { pale } from "./theme.js";
import { niceScale } from "./scale.js";

const stacks = kind => kind === "stackedBar" || kind === "horizontalStackedBar";
export const isBar = kind => kind === "bar" || kind === "horizontalBar" || stacks(kind);
export const isHorizontal = kind => kind.startsWith("horizontal");

// The library executes markup in names, so it is given stand-ins and never sees a text of the user.
const category = index => `c${index}`;

/** The text a stand-in of a category stands for. */
export const categoryText = (drawing, standIn) => drawing.categories[Number(String(standIn).slice(1))] ?? "";

/** What is to be drawn: the library's series, where each came from, and the value axis. */
export function layOut(drawing, hidden) {
  const visible = drawing.series.filter(s => !hidden.has(s.key));
  const edges = visible.filter(s => s.style === "band");
  const band = edges.length === 2 ? edges : [];
  const drawn = [
    ...(band.length > 0 ? [bandOf(...band)] : []),
    ...visible.filter(s => !band.includes(s)).flatMap(s => isBar(drawing.kind) ? [barsOf(s, visible, drawing)] : linesOf(s, drawing)),
  ];
  return { visible, drawn, scale: scaleOf(visible, drawing), isolated: drawing.kind === "scatter" ? [] : isolatedPoints(drawn) };
}

function barsOf(series, visible, drawing) {
  const own = new Map(series.points.map((p, index) => [p[0], index]));
  const places = drawing.axis === "category"
    ? drawing.categories.map((_, index) => index)
    : [...new Set(visible.flatMap(s => s.points.map(p => p[0])))].sort((a, b) => a - b);
  const base = series.style === "previous" ? pale(series.color, drawing.dark, 0.65)
    : series.sharesColor ? pale(series.color, drawing.dark, 0.35) : series.color;
  const indexes = places.map(x => own.get(x) ?? -1);
  const data = places.map((x, i) => {
    const point = series.points[indexes[i]];
    const colour = series.pointColors?.[indexes[i]] ?? base;
    return {
      x: drawing.axis === "category" ? category(x) : x,
      y: point?.[1] ?? null,
      fillColor: point?.[2] ? pale(colour, drawing.dark, 0.45) : colour,
    };
  });
  return { source: series, type: "bar", color: base, dash: 0, width: 0, fill: 1, indexes, data };
}

// The area between two edges: drawn where both have a value.
function bandOf(one, other) {
  const beyond = new Map(other.points);
  return {
    source: one,
    type: "rangeArea",
    color: one.color,
    dash: 0,
    width: 0,
    fill: 0.16,
    indexes: one.points.map((_, i) => i),
    data: one.points.map(([x, y]) => {
      const end = beyond.get(x) ?? null;
      return { x, y: y === null || end === null ? [null, null] : [Math.min(y, end), Math.max(y, end)] };
    }),
  };
}

// An unfinished point becomes a series of its own, which starts at the last finished one, so that it can be dotted.
function linesOf(series, drawing) {
  const toData = p => ({ x: drawing.axis === "category" ? category(p[0]) : p[0], y: p[1] });
  const scatter = drawing.kind === "scatter" && series.style !== "dashed";
  const previous = series.style === "previous";
  const filled = drawing.kind === "area" && !previous && series.style !== "dashed";
  const line = {
    source: series,
    type: scatter ? "scatter" : filled ? "area" : "line",
    color: previous ? pale(series.color, drawing.dark, 0.4) : series.color,
    dash: previous || series.style === "band" ? 3 : series.style === "dashed" ? 7 : series.sharesColor ? 10 : 0,
    width: scatter ? 0 : previous || series.style === "dashed" ? 1.75 : 2.25,
    fill: scatter ? 0.75 : filled ? 0.16 : 1,
    indexes: series.points.map((_, i) => i),
    data: series.points.map(toData),
  };
  if (scatter || !series.points.some(p => p[2])) return [line];

  const first = series.points.findIndex(p => p[2]);
  const start = Math.max(0, first - 1);
  line.data = line.data.map((point, i) => i >= first ? { ...point, y: null } : point);
  return [line, {
    ...line,
    type: "line",
    fill: 1,
    color: pale(series.color, drawing.dark, 0.25),
    dash: 3,
    // The same places in every series, so that one pointer position means one moment in all of them.
    data: series.points.map((p, i) => i < start ? { ...toData(p), y: null } : toData(p)),
  }];
}

// A value between two gaps has no segment: only a marker makes it visible.
function isolatedPoints(drawn) {
  return drawn.flatMap((one, seriesIndex) => one.type === "bar" || one.type === "rangeArea" ? [] : one.data.flatMap((point, dataPointIndex) =>
    point.y !== null && (one.data[dataPointIndex - 1]?.y ?? null) === null && (one.data[dataPointIndex + 1]?.y ?? null) === null
      ? [{ seriesIndex, dataPointIndex, size: 3.5, fillColor: one.color, strokeColor: one.color }]
      : []));
}

function scaleOf(visible, drawing) {
  const values = stacks(drawing.kind) ? stackEnds(visible) : visible.flatMap(s => s.points.map(p => p[1]));
  const top = Math.max(...values.filter(v => v !== null), 0);
  // A limit far above everything would flatten the data; it is left out until the data comes near.
  const limits = drawing.thresholds.map(t => t.at).filter(at => at <= top * 2);
  return niceScale([...values, ...limits], drawing.unit, drawing.startAtZero || isBar(drawing.kind));
}

function stackEnds(visible) {
  const above = new Map(), below = new Map();
  for (const [x, y] of visible.flatMap(s => s.points)) {
    const ends = y < 0 ? below : above;
    ends.set(x, (ends.get(x) ?? 0) + (y ?? 0));
  }
  return [...above.values(), ...below.values()];
}

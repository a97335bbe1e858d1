import { pale } from "./theme.js";
import { niceScale, valueScale } from "./scale.js";
import { markedPoints } from "./marks.js";

const stacks = kind => kind === "stackedBar" || kind === "horizontalStackedBar";
export const isBar = kind => kind === "bar" || kind === "horizontalBar" || stacks(kind);
export const isHorizontal = kind => kind.startsWith("horizontal");

// The library executes markup in names, so it is given stand-ins and never sees a text of the user.
const category = index => `c${index}`;

/** The text a stand-in of a category stands for. */
export const categoryText = (drawing, standIn) => drawing.categories[Number(String(standIn).slice(1))] ?? "";

// A bin is drawn around its middle, from its number to the next.
const placeOf = (drawing, x) => drawing.axis === "category" ? category(x) : drawing.axis === "bins" ? x + 0.5 : x;

/** What the server knows the place of a drawn point by. */
export const placeAt = (drawing, drawn) => drawing.axis === "category" ? Number(drawn.slice(1)) : drawing.axis === "bins" ? drawn - 0.5 : drawn;

/** Dashes of lines that share a colour; the marks on them differ too, see marks.js. */
export const dashes = [0, 8, 3, 14];

/** What is to be drawn: the library's series, where each came from, and the value axis. */
export function layOut(drawing, hidden) {
  const visible = drawing.series.filter(s => !hidden.has(s.key));
  const edges = visible.filter(s => s.style === "band");
  const band = edges.length === 2 ? edges : [];
  const isDerived = s => s.style === "dashed";
  const entries = stacks(drawing.kind) ? stackEnds(visible) : visible.filter(s => !isDerived(s)).flatMap(s => s.points);
  const derived = stacks(drawing.kind) ? [] : visible.filter(isDerived).flatMap(s => s.points);
  const scale = scaleOf(entries, derived, drawing);
  const at = drawing.kind === "scatter" || isBar(drawing.kind) ? v => v : v => v === null ? null : scale.place(v);
  const cap = capOf(scale, stacks(drawing.kind));
  const drawn = [
    ...(band.length > 0 ? bandOf(band, at) : []),
    ...visible.filter(s => !band.includes(s)).flatMap(s => isBar(drawing.kind) ? [barsOf(s, visible, drawing, cap)] : linesOf(s, drawing, scale)),
  ];
  return { visible, drawn, scale, entries, marks: markedPoints(drawn, drawing, scale), beyond: beyond(entries, scale) };
}

// The library misplaces bars that leave the plot: those end at the edge of the axis, of a stack all together.
function capOf(scale, isStacked) {
  const sums = new Map();
  return (x, y) => {
    if (y === null) return null;
    const key = `${y < 0} ${x}`;
    const from = isStacked ? sums.get(key) ?? 0 : 0;
    const to = Math.min(scale.max, Math.max(scale.min, from + y));
    sums.set(key, to);
    return to - from;
  };
}

function barsOf(series, visible, drawing, cap) {
  const own = new Map(series.points.map((p, index) => [p[0], index]));
  const places = drawing.categories.length > 0
    ? drawing.categories.map((_, index) => index)
    : [...new Set(visible.flatMap(s => s.points.map(p => p[0])))].sort((a, b) => a - b);
  const base = series.style === "previous" ? pale(series.color, drawing.dark, 0.65) : series.color;
  const indexes = places.map(x => own.get(x) ?? -1);
  const data = places.map((x, i) => {
    const point = series.points[indexes[i]];
    const colour = series.pointColors?.[indexes[i]] ?? base;
    return {
      x: placeOf(drawing, x),
      y: cap(x, point?.[1] ?? null),
      fillColor: point?.[2] ? pale(colour, drawing.dark, 0.45) : colour,
    };
  });
  // The library takes the width of a bar from the distance between two: a single bin has empty neighbours.
  if (drawing.axis === "bins" && places.length === 1) {
    data.unshift({ x: -0.5, y: null });
    data.push({ x: 1.5, y: null });
    indexes.unshift(-1);
    indexes.push(-1);
  }
  return { source: series, type: "bar", color: base, dash: 0, width: 0, fill: 1, indexes, data };
}

// The area between two edges: drawn where both have a value. Where that is a single place the area has no width, so its ends are marked.
function bandOf([one, other], at) {
  const beyond = new Map(other.points);
  const ends = one.points.map(([x, y]) => {
    const end = beyond.get(x) ?? null;
    return { x, y: y === null || end === null ? [null, null] : [at(Math.min(y, end)), at(Math.max(y, end))] };
  });
  const shared = { source: one, color: one.color, dash: 0, width: 0, indexes: one.points.map((_, i) => i) };
  const isLone = i => ends[i].y[0] !== null && (ends[i - 1]?.y[0] ?? null) === null && (ends[i + 1]?.y[0] ?? null) === null;
  const lone = ends.some((_, i) => isLone(i))
    ? [0, 1].map(edge => ({ ...shared, type: "line", fill: 1, data: ends.map(({ x, y }, i) => ({ x, y: isLone(i) ? y[edge] : null })) }))
    : [];
  return [{ ...shared, type: "rangeArea", fill: 0.16, data: ends }, ...lone];
}

// An unfinished point becomes a series of its own, which starts at the last finished one, so that it can be dotted.
function linesOf(series, drawing, scale) {
  const toData = p => ({ x: placeOf(drawing, p[0]), y: p[1] === null ? null : scale.place(p[1]) });
  const scatter = drawing.kind === "scatter" && series.style !== "dashed";
  const previous = series.style === "previous";
  const filled = drawing.kind === "area" && !previous && series.style !== "dashed";
  const line = {
    source: series,
    type: scatter ? "scatter" : filled ? "area" : "line",
    color: previous ? pale(series.color, drawing.dark, 0.4) : series.color,
    dash: previous || series.style === "band" ? 3 : series.style === "dashed" ? 7 : dashes[series.variant % dashes.length],
    width: scatter ? 0 : previous || series.style === "dashed" ? 1.75 : 2.25,
    fill: scatter ? 0.75 : filled ? 0.16 : 1,
    indexes: series.points.map((_, i) => i),
    data: series.points.map(toData),
  };
  const first = series.points.findIndex(p => p[2] && p[1] !== null);
  if (scatter || first < 0) return [line];

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

function scaleOf(entries, derived, drawing) {
  const limits = drawing.thresholds.map(t => t.at);
  const startAtZero = drawing.startAtZero || isBar(drawing.kind);
  // Bars are compared by their length, and a distribution by its highest bar.
  const mode = drawing.scale === "log" && isBar(drawing.kind) ? "auto" : drawing.scale;
  const cuttable = drawing.axis === "time" || drawing.axis === "number";
  return valueScale(entries, limits, drawing.unit, startAtZero, mode === "auto" && !cuttable ? "full" : mode, derived);
}

// What does not fit on the axis: above it, below it, and not on a logarithmic one at all.
function beyond(entries, scale) {
  const values = entries.map(p => p[1]).filter(v => v !== null);
  const onAxis = values.filter(v => !scale.log || v > 0);
  return { above: onAxis.filter(v => v > scale.max), below: onAxis.filter(v => v < scale.min), unplaced: values.length - onAxis.length };
}

/** The axis of the places: where it starts and ends, in what the library is given. */
export function placeScale(drawing, layout, width) {
  if (drawing.axis === "bins") return { min: 0, max: drawing.categories.length, steps: undefined };
  if (drawing.axis === "number") return niceScale(layout.visible.flatMap(s => s.points.map(p => p[0])), drawing.xUnit, false, Math.max(3, Math.floor(width / 90)));
  if (drawing.range) return { min: drawing.range[0], max: drawing.range[1], steps: undefined };
  const places = layout.visible.flatMap(s => s.points.map(p => p[0]));
  if (places.length === 0) return { min: undefined, max: undefined, steps: undefined };
  const [min, max] = [places.reduce((a, b) => Math.min(a, b)), places.reduce((a, b) => Math.max(a, b))];
  // A single moment stands in the middle of two hours.
  return min === max ? { min: min - 3_600_000, max: max + 3_600_000, steps: undefined } : { min, max, steps: undefined };
}

function stackEnds(visible) {
  const above = new Map(), below = new Map();
  for (const [x, y] of visible.flatMap(s => s.points)) {
    if (y === null) continue;
    const ends = y < 0 ? below : above;
    ends.set(x, (ends.get(x) ?? 0) + y);
  }
  return [...above, ...below];
}

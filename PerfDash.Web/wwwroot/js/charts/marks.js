// Which points carry a mark: those that would be invisible without one, and some of lines that share a colour with another.
const shapes = ["circle", "square", "triangle", "diamond"];
const marksOnLine = 7;

/** The shape of the marks of a series. */
export const shapeOf = series => shapes[series.variant % shapes.length];

/** The library's `markers.discrete` for the drawn series. */
export function markedPoints(drawn, drawing, scale) {
  if (drawing.kind === "scatter") return [];
  return drawn.flatMap((one, seriesIndex) => {
    if (one.type === "bar" || one.type === "rangeArea") return [];
    const isThere = i => (one.data[i]?.y ?? null) !== null;
    const isShown = i => isThere(i) && one.data[i].y <= scale.place(scale.max) && one.data[i].y >= scale.place(scale.min);
    const known = one.data.flatMap((_, i) => isShown(i) ? [i] : []);
    // A value between two gaps has no segment.
    const lone = known.filter(i => !isThere(i - 1) && !isThere(i + 1));
    const every = Math.max(1, Math.ceil(known.length / marksOnLine));
    const shared = one.source.variant > 0 ? known.filter((_, i) => (i + one.source.variant) % every === 0) : [];
    return [...new Set([...lone, ...shared])].map(dataPointIndex => ({
      seriesIndex,
      dataPointIndex,
      size: one.source.style === "band" ? 2.5 : 4,
      shape: shapeOf(one.source),
      fillColor: one.color,
      strokeColor: one.color,
    }));
  });
}

/** Signs at the edge for values the axis does not reach: one for each place and side, of the value farthest out; the farthest first. */
export function signsAtEdge({ scale, entries }) {
  const farthest = new Map();
  for (const [x, value] of entries) {
    if (value === null || (value <= scale.max && value >= scale.min) || (scale.log && value <= 0)) continue;
    const isAbove = value > scale.max;
    const key = `${isAbove} ${x}`;
    if (!farthest.has(key) || Math.abs(value) > Math.abs(farthest.get(key).value)) farthest.set(key, { x, value, isAbove });
  }
  return [...farthest.values()].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

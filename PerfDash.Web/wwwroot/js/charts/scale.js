// Value axes end on figures people read: whole minutes and gigabytes, not 100,000 ms.
const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const timeSteps = [
  second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
  hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 5 * day, 10 * day, 20 * day, 50 * day, 100 * day,
];
const memorySteps = [1 / 4, 1 / 2, 1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 128, 256, 512].map(gigabytes => gigabytes * 1024);
const isTime = unit => unit === "durationMs" || unit === "msPerFrame";

function decimalStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].map(f => f * power).find(step => step >= least * (1 - 1e-9));
}

function stepFor(span, unit, ticks) {
  const least = span / ticks;
  const own = isTime(unit) && least > second / 2 ? timeSteps : unit === "vramMb" && least > 128 ? memorySteps : [];
  const step = own.find(s => s >= least * (1 - 1e-9)) ?? decimalStep(least);
  return unit === "count" ? Math.max(1, Math.ceil(step)) : step;
}

/** Lower and upper end and the number of steps of an even axis that holds all values given. */
export function niceScale(values, unit, startAtZero, ticks = 5) {
  const finite = values.filter(v => v !== null && Number.isFinite(v));
  if (finite.length === 0) return { min: 0, max: 1, steps: 1 };
  let low = finite.reduce((a, b) => Math.min(a, b)), high = finite.reduce((a, b) => Math.max(a, b));
  if (startAtZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.05, high + Math.abs(low) * 0.05];
  const step = stepFor(high - low, unit, ticks);
  const from = Math.floor(low / step + 1e-9), to = Math.ceil(high / step - 1e-9);
  const full = unit === "score" ? 1 : unit === "percent" ? 100 : Infinity;
  const most = high <= full ? Math.floor(full / step + 1e-9) : Infinity;
  return { min: clean(from * step), max: clean(Math.min(to, most) * step), steps: Math.min(to, most) - from };
}

/** The ticks of an even axis. */
export const ticksOf = scale => Array.from({ length: scale.steps + 1 }, (_, i) => clean(scale.min + i * (scale.max - scale.min) / scale.steps));

/**
 * The value axis of a chart. `entries` are `[x, value]`, `limits` values to compare with. `mode` is "auto" (a few values far beyond
 * all others do not decide the axis), "full" or "log". `place` takes a value to where it is drawn, `value` takes it back;
 * `ticks` is given where they are not evenly spaced. `derived` are the entries of lines that follow from the others, such as a moving
 * average, which draws one value far out over many places: they do not show which values are far out.
 */
export function valueScale(entries, limits, unit, startAtZero, mode, derived = []) {
  const isKnown = ([, v]) => v !== null && Number.isFinite(v);
  const known = [...entries, ...derived].filter(isKnown);
  if (mode === "log" && known.some(([, v]) => v > 0)) return logScale(known.map(([, v]) => v).filter(v => v > 0), limits, unit);
  const fence = mode === "auto" ? outlierFence(entries.filter(isKnown), startAtZero) : null;
  const held = known.map(([, v]) => v).filter(v => fence === null || fence(v));
  const low = held.reduce((a, b) => Math.min(a, b), startAtZero ? 0 : Infinity);
  const high = held.reduce((a, b) => Math.max(a, b), startAtZero ? 0 : -Infinity);
  // A limit far from everything would flatten the data; it is named at the edge until the data comes near.
  const reach = (high - low) * (startAtZero ? 1 : 2);
  const near = limits.filter(at => at >= low - reach && at <= high + reach);
  // What is named at an edge needs room there.
  const values = [...known.map(([, v]) => v), ...limits];
  const room = (high - low) * 0.12;
  const above = values.some(v => v > high && !near.includes(v)) ? [high + room] : [];
  const below = !startAtZero && values.some(v => v < low && !near.includes(v)) ? [low - room] : [];
  return { ...niceScale([...held, ...near, ...above, ...below], unit, startAtZero), log: false, place: v => v, value: p => p };
}

/**
 * What holds for all values but a few that would press the others into a corner; null where there are none. Those lie more than three times the middle half's width outside
 * it, at about one of twenty places at most, and leaving them out makes the rest at least 2.5 times as tall.
 */
function outlierFence(entries, startAtZero) {
  const values = entries.map(([, v]) => v);
  // Buckets without jobs count as 0 and say nothing about how large a count is.
  const sorted = values.filter(v => !startAtZero || v !== 0).sort((a, b) => a - b);
  if (sorted.length < 5) return null;
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 4)], sorted[Math.ceil((sorted.length - 1) * 3 / 4)]];
  const fence = 3 * (high - low);
  const most = Math.max(1, Math.round(new Set(entries.map(([x]) => x)).size / 20));
  const isInside = v => (v >= low - fence && v <= high + fence) || (startAtZero && v === 0);
  const outside = new Set(entries.filter(([, v]) => !isInside(v)).map(([x]) => x));
  if (outside.size === 0 || outside.size > most) return null;
  const span = some => some.reduce((a, b) => Math.max(a, b), startAtZero ? 0 : -Infinity) - some.reduce((a, b) => Math.min(a, b), startAtZero ? 0 : Infinity);
  const rest = values.filter(isInside);
  return span(rest) > 0 && span(values) >= 2.5 * span(rest) ? isInside : null;
}

const decades = { place: v => v > 0 ? Math.log10(v) : null, value: p => 10 ** p };

function logScale(values, limits, unit) {
  const low = values.reduce((a, b) => Math.min(a, b)), high = values.reduce((a, b) => Math.max(a, b));
  const all = [low, high, ...limits.filter(at => at >= low / 10 && at <= high * 10)];
  const ticks = logTicks(Math.min(...all), Math.max(...all), unit);
  return { min: ticks[0], max: ticks[ticks.length - 1], log: true, ticks, ...decades };
}

/** Round figures from at most `low` to at least `high`, both above 0: 1, 2 and 5 of every decade (or whole seconds and minutes), powers of ten over a wide range. */
export function logTicks(low, high, unit) {
  if (high / low < 3) {
    // Within less than half a decade there are too few such figures.
    const even = ticksOf(niceScale(low === high ? [low * 0.95, high * 1.05] : [low, high], unit, false, 4)).filter(v => v > 0);
    if (even.length > 1) return even;
  }
  const every = Math.log10(high / low) > 4 ? [1] : [1, 2, 5];
  const round = [];
  for (let exponent = Math.floor(Math.log10(low)) - 1; exponent <= Math.log10(high) + 1; exponent++)
    round.push(...every.map(digit => clean(digit * 10 ** exponent)));
  const minutes = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 43200, 86400].map(s => s * second);
  const known = isTime(unit) && every.length > 1 && high < 2 * day ? [...round.filter(v => v < second), ...minutes, 2 * day] : round;
  const from = known.reduce((at, v, i) => v <= low * (1 + 1e-9) ? i : at, 0);
  const to = known.findIndex(v => v >= high * (1 - 1e-9));
  return known.slice(from, Math.max(from + 1, to) + 1);
}

// 3 * 0.1 is not 0.3.
const clean = value => Number(value.toPrecision(12));

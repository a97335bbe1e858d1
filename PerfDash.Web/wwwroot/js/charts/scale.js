// Value axes end on figures people read: whole minutes and gigabytes, not 100,000 ms.
const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const timeSteps = [
  second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
  hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 5 * day, 10 * day, 20 * day, 50 * day, 100 * day,
];
const memorySteps = [1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 128, 256, 512].map(gigabytes => gigabytes * 1024);

function decimalStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 2.5, 5, 10].map(f => f * power).find(step => step >= least * (1 - 1e-9));
}

function stepFor(span, unit, ticks) {
  const least = span / ticks;
  const isTime = unit === "durationMs" || unit === "msPerFrame";
  const own = isTime && least > second / 2 ? timeSteps : unit === "vramMb" && least > 512 ? memorySteps : [];
  const step = own.find(s => s >= least * (1 - 1e-9)) ?? decimalStep(least);
  return unit === "count" ? Math.max(1, Math.ceil(step)) : step;
}

/** Lower and upper end and the number of steps of a value axis that holds all values given. */
export function niceScale(values, unit, startAtZero, ticks = 5) {
  const finite = values.filter(v => v !== null && Number.isFinite(v));
  if (finite.length === 0) return { min: 0, max: 1, steps: 1 };
  let low = Math.min(...finite), high = Math.max(...finite);
  if (startAtZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.05, high + Math.abs(low) * 0.05];
  const step = stepFor(high - low, unit, ticks);
  const from = Math.floor(low / step + 1e-9), to = Math.ceil(high / step - 1e-9);
  const full = unit === "score" ? 1 : unit === "percent" ? 100 : Infinity;
  const most = Math.max(...finite) <= full ? Math.floor(full / step + 1e-9) : Infinity;
  return { min: clean(from * step), max: clean(Math.min(to, most) * step), steps: Math.min(to, most) - from };
}

// 3 * 0.1 is not 0.3.
const clean = value => Number(value.toPrecision(12));

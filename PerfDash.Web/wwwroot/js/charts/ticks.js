// The library's own time ticks are spaced unevenly; these stand on whole hours, days, Mondays and months in UTC.
const hour = 3_600_000, day = 24 * hour;
const mondayOffset = 4 * day; // 1 January 1970 was a Thursday.
const steps = [
  { every: hour / 12 }, { every: hour / 4 }, { every: hour }, { every: 3 * hour }, { every: 6 * hour }, { every: 12 * hour },
  { every: day }, { every: 2 * day }, { every: 7 * day, from: mondayOffset }, { every: 14 * day, from: mondayOffset },
  { months: 1 }, { months: 3 }, { months: 6 }, { months: 12 }, { months: 60 }, { months: 120 }, { months: 600 }, { months: 1200 }, { months: 12_000 },
];
const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = value => String(value).padStart(2, "0");

/** At most so many ticks between two moments, and two at least where there are so many round ones: `[{ at, text }]`. */
export function timeTicks(from, to, most) {
  let denser = null;
  for (const step of steps) {
    const places = step.months ? monthPlaces(from, to, step.months) : evenPlaces(from, to, step.every, step.from ?? 0);
    if (places.length > Math.max(2, most)) {
      if (places.length < 100) denser = { places, step };
      continue;
    }
    if (places.length > 1 || !denser) return named(places, step);
    // Between a step with too many and one with a single tick: every second or third of the former.
    const each = Math.ceil(denser.places.length / Math.max(2, most));
    return named(denser.places.filter((_, i) => i % each === 0), denser.step);
  }
  return [];
}

const named = (places, step) => places.map((at, i) => ({ at, text: tickText(at, step, i === 0) }));

function evenPlaces(from, to, every, offset) {
  if ((to - from) / every > 100) return { length: Infinity };
  const places = [];
  for (let at = Math.ceil((from - offset) / every) * every + offset; at <= to; at += every) places.push(at);
  return places;
}

function monthPlaces(from, to, every) {
  const start = new Date(from);
  const places = [];
  for (let month = Math.floor(start.getUTCMonth() / every) * every; ; month += every) {
    const at = Date.UTC(start.getUTCFullYear(), month, 1);
    if (at > to) return places;
    if (at >= from) places.push(at);
  }
}

function tickText(at, step, first) {
  const date = new Date(at);
  const month = names[date.getUTCMonth()];
  if (step.months >= 12) return String(date.getUTCFullYear());
  if (step.months) return first || date.getUTCMonth() === 0 ? `${month} ${date.getUTCFullYear()}` : month;
  const midnight = date.getUTCHours() === 0 && date.getUTCMinutes() === 0;
  return step.every >= day || midnight ? `${date.getUTCDate()} ${month}` : `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

// The same rules as Shared/UnitFormat.cs and Charts/TimeLabel.cs; a test compares both.
const missing = "–";
const minus = "−";

const group = text => {
  const [whole, decimals] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
};
// Rounded first and by the same arithmetic as on the server: the number formats of the two differ on halves.
// From 1e15 on a fraction is not readable, digits in groups are not either, and some values would overflow when they are rounded.
const rounded = (value, decimals) => value >= 1e15 ? value.toExponential(2) : (Math.floor(value * 10 ** decimals + 0.5) / 10 ** decimals).toFixed(decimals);
const fixed = (value, decimals) => value >= 1e15 ? rounded(value, decimals) : group(rounded(value, decimals));
const trimmed = (value, decimals) => {
  if (value >= 1e15) return rounded(value, decimals);
  const text = rounded(value, decimals);
  return group(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
};
const short = value => value === 0 ? "0" : fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
const two = value => String(value).padStart(2, "0");

function duration(ms) {
  if (ms < 999.5) return `${short(ms)} ms`;
  if (ms >= 1e15) return `${fixed(ms, 0)} ms`;
  if (ms < 59_950) return `${short(ms / 1000)} s`;
  const seconds = Math.floor(ms / 1000 + 0.5);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60 + 0.5);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60 + 0.5);
  return `${group(String(Math.floor(hours / 24)))}d ${hours % 24}h`;
}

// Up to nine digits, without zeros at the end: round figures are shown as they are, so neighbouring ticks never read alike.
function exact(value) {
  let decimals = 8;
  for (let power = 10; power <= value && decimals > 0; power *= 10) decimals--;
  for (let power = 1; value > 0 && value < power && decimals < 12; power /= 10) decimals++;
  return trimmed(value, decimals);
}

function axisDuration(ms) {
  if (ms < 1000) return `${exact(ms)} ms`;
  if (ms < 60_000) return `${exact(ms / 1000)} s`;
  if (ms >= 1e15) return `${exact(ms)} ms`;
  const whole = Math.floor(ms + 0.5);
  const parts = [[Math.floor(whole / 86_400_000), "d"], [Math.floor(whole / 3_600_000) % 24, "h"], [Math.floor(whole / 60_000) % 60, "m"], [whole % 60_000 / 1000, "s"]];
  return parts.filter(([number]) => number > 0).map(([number, unit]) => exact(number) + unit).join(" ");
}

function compact(value) {
  if (value < 10_000) return exact(value);
  if (value < 1e6) return `${exact(value / 1e3)} k`;
  return value < 1e9 ? `${exact(value / 1e6)} M` : `${exact(value / 1e9)} G`;
}

// Whole quarters of a gigabyte; what lies between them has no short name in GB.
const axisVram = mb => mb < 1024 || mb % 256 !== 0 ? `${exact(mb)} MB` : `${exact(mb / 1024)} GB`;

const absolute = {
  number: value => trimmed(value, 2),
  durationMs: duration,
  msPerFrame: value => `${duration(value)}/frame`,
  vramMb: value => Math.floor(value + 0.5) < 1024 ? `${fixed(value, 0)} MB` : `${fixed(value / 1024, 1)} GB`,
  gpuHours: value => `${fixed(value, value < 9.995 ? 2 : value < 999.95 ? 1 : 0)} h`,
  count: value => fixed(value, 0),
  percent: value => `${fixed(value, 1)} %`,
  percentChange: value => `${fixed(value, 1)} %`,
  score: value => fixed(value, 2),
  ratio: value => `${fixed(value, 2)}×`,
  money: value => `${amount(value)} ${currency}`,
};

// What the program was started with; outside a page its default.
const currency = globalThis.document?.documentElement.dataset.currency ?? "USD";

function amount(value) {
  const most = value === 0 || value >= 100 ? 2 : Math.min(Math.max(3 - Math.floor(Math.log10(value)), 2), 9);
  let decimals = 2;
  while (decimals < most && Math.abs(rounded(value, decimals) - value) > value * 1e-9) decimals++;
  return fixed(value, decimals);
}

function signed(value, format) {
  if (typeof value !== "number" || !Number.isFinite(value)) return missing;
  const text = format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? minus + text : text;
}

/** A value as tooltips show it. */
export function formatValue(value, unit) {
  const text = signed(value, absolute[unit] ?? absolute.number);
  const plus = unit === "percentChange" && text !== missing && text[0] !== minus && text !== "0.0 %";
  return plus ? `+${text}` : text;
}

const onAxis = {
  count: compact,
  number: compact,
  percent: value => `${exact(value)} %`,
  percentChange: value => `${exact(value)} %`,
  durationMs: axisDuration,
  msPerFrame: axisDuration,
  gpuHours: value => `${exact(value)} h`,
  vramMb: axisVram,
  score: exact,
  ratio: value => `${exact(value)}×`,
  money: exact,
};

/** A value as axes show it: compact, with every digit a round figure has. */
export function formatAxis(value, unit) {
  if (value === 0 && !["count", "number", "durationMs", "msPerFrame", "gpuHours"].includes(unit)) return "0";
  const text = signed(value, onAxis[unit] ?? compact);
  return unit === "percentChange" && value > 0 && text !== missing ? `+${text}` : text;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** The name of a point in time (Unix milliseconds, UTC) in charts whose points are a grain apart. */
export function formatTime(unixMs, grain) {
  const at = new Date(unixMs);
  const month = `${months[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  const date = `${at.getUTCDate()} ${month}`;
  if (grain === "month") return month;
  if (grain === "week") return `Week of ${date}`;
  if (grain === "day") return `${days[at.getUTCDay()]} ${date}`;
  return `${date}, ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC`;
}

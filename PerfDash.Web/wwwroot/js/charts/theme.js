/** The colours around the data; those of series come with the drawing. */
export const theme = dark => dark
  ? { text: "#D6D6DC", muted: "#B0B0BA", grid: "#4A4A57", surface: "#27272F", warning: "#F5B83D", critical: "#FF7B7B", info: "#B0B0BA" }
  : { text: "#37373F", muted: "#5F5F6B", grid: "#E2E2E8", surface: "#FFFFFF", warning: "#8A5A00", critical: "#B3261E", info: "#5F5F6B" };

const channels = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

/** A colour moved towards the surface it lies on; share 0 leaves it, 1 hides it. */
export function pale(hex, dark, share = 0.55) {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return hex;
  const surface = channels(theme(dark).surface);
  const mixed = channels(hex).map((c, i) => Math.round(c + (surface[i] - c) * share));
  return `#${mixed.map(c => c.toString(16).padStart(2, "0")).join("")}`;
}

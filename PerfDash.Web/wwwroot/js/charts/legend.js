import { dashes } from "./layout.js";
import { shapeOf } from "./marks.js";

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

/** The outlines of marks around a point, for swatches here and in pictures. */
export const outlines = {
  square: (x, y) => `M${x - 4} ${y - 4}h8v8h-8z`,
  triangle: (x, y) => `M${x} ${y - 5}l5 9h-10z`,
  diamond: (x, y) => `M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`,
};

/** A swatch that also says by its shape how a series is drawn. */
export function swatch(series, kind) {
  const block = kind.toLowerCase().includes("bar") || kind === "scatter";
  if (!block && series.variant > 0) {
    const mark = svg("svg", { class: "pd-swatch-mark", width: 26, height: 12, "aria-hidden": "true" });
    mark.append(
      svg("path", { d: "M0 6h26", stroke: series.color, "stroke-width": 2.5, "stroke-dasharray": Math.min(6, dashes[series.variant % dashes.length]) }),
      svg("path", { d: outlines[shapeOf(series)]?.(13, 6) ?? "", fill: series.color }));
    return mark;
  }
  const mark = document.createElement("span");
  mark.className = `pd-swatch ${block ? "pd-swatch-block " : ""}pd-swatch-${series.style}${block && series.variant > 0 ? ` pd-swatch-pattern-${series.variant % 4}` : ""}`;
  if (block) mark.style.setProperty("--pd-colour", series.color);
  else mark.style.borderColor = series.color;
  return mark;
}

/**
 * The legend: click shows one series alone, Ctrl or Cmd click adds or takes one, another click on a lone series shows all again.
 * Buttons, so that the keyboard can do the same.
 */
export function drawLegend(host, drawing, hidden, changed) {
  const series = drawing.series;
  if (series.length < 2) {
    host.replaceChildren();
    return;
  }

  const focused = document.activeElement?.closest?.("button[data-key]");
  const focusedKey = host.contains(focused) ? focused.dataset.key : null;
  const list = document.createElement("ul");
  list.className = "pd-legend";
  list.setAttribute("aria-label", "Series");
  for (const one of series) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.key = one.key;
    button.title = `${one.name}\nClick: only this. Ctrl click: add or take away.`;
    button.setAttribute("aria-pressed", String(!hidden.has(one.key)));
    const name = document.createElement("span");
    name.className = "pd-name";
    name.textContent = one.name;
    button.append(swatch(one, drawing.kind), name);
    button.addEventListener("click", e => changed(next(series, hidden, one.key, e.ctrlKey || e.metaKey)));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
  host.replaceChildren(list);
  if (focusedKey !== null) [...list.querySelectorAll("button")].find(b => b.dataset.key === focusedKey)?.focus();
}

function next(series, hidden, key, adds) {
  const keys = series.map(s => s.key);
  const shown = keys.filter(k => !hidden.has(k));
  if (!adds) return new Set(shown.length === 1 && shown[0] === key ? [] : keys.filter(k => k !== key));
  const toggled = hidden.has(key) ? [...shown, key] : shown.filter(k => k !== key);
  return new Set(toggled.length === 0 ? [] : keys.filter(k => !toggled.includes(k)));
}

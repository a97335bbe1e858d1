import { theme } from "./theme.js";
import { formatValue } from "./unit-format.js";

export const isDonut = drawing => drawing.kind === "donut";

/** A ring has no axes; what else looks for series finds none. */
export const donutLayout = () => ({ visible: [], drawn: [], scale: null, marks: [], beyond: { above: [], below: [], unplaced: 0 } });

function slicesOf(drawing) {
  const [series] = drawing.series;
  const slices = (series?.points ?? []).map(([category, value], i) => ({
    name: drawing.categories[category] ?? "",
    value: Math.max(0, value ?? 0),
    color: series.pointColors?.[i] ?? series.color,
  }));
  const total = slices.reduce((sum, s) => sum + s.value, 0);
  return slices.map(s => ({ ...s, share: total > 0 ? formatValue(s.value / total * 100, "percent") : "–" }));
}

/** The library's options. It is given stand-ins for names; labels are figures. */
export function donutOptions(drawing) {
  const colours = theme(drawing.dark);
  const slices = slicesOf(drawing);
  return {
    series: slices.map(s => s.value),
    labels: slices.map((_, i) => `c${i}`),
    colors: slices.map(s => s.color),
    chart: {
      type: "donut",
      height: drawing.height,
      width: "100%",
      background: "transparent",
      foreColor: colours.muted,
      fontFamily: "inherit",
      redrawOnParentResize: false,
      redrawOnWindowResize: false,
      toolbar: { show: false },
      animations: { enabled: false },
    },
    theme: { mode: drawing.dark ? "dark" : "light" },
    stroke: { width: 2, colors: [colours.surface] },
    dataLabels: {
      enabled: true,
      formatter: (_, { seriesIndex }) => slices[seriesIndex].share,
      style: { fontSize: "12px", fontWeight: 600, colors: slices.map(s => onColour(s.color)) },
      dropShadow: { enabled: false },
    },
    legend: { show: false },
    plotOptions: { pie: { expandOnClick: false, donut: { size: "58%" } } },
    states: { hover: { filter: { type: "none" } }, active: { filter: { type: "none" } } },
    tooltip: { enabled: false },
    noData: { text: "" },
  };
}

/** Names and figures of the parts. Not buttons: leaving a part out would make another whole. */
export function donutLegend(host, drawing) {
  const list = document.createElement("ul");
  list.className = "pd-parts";
  for (const slice of slicesOf(drawing)) {
    const item = document.createElement("li");
    const mark = document.createElement("span");
    mark.className = "pd-swatch pd-swatch-block";
    mark.style.backgroundColor = slice.color;
    const name = document.createElement("span");
    name.className = "pd-name";
    name.textContent = slice.name;
    const value = document.createElement("strong");
    value.textContent = `${formatValue(slice.value, drawing.unit)} · ${slice.share}`;
    item.append(mark, name, value);
    list.append(item);
  }
  host.replaceChildren(list);
}

function onColour(hex) {
  const [r, g, b] = [1, 3, 5].map(i => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#FFFFFF";
}

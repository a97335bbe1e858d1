import { theme } from "./theme.js";
import { categoryText, isBar, isHorizontal } from "./layout.js";
import { niceScale } from "./scale.js";
import { timeTicks } from "./ticks.js";
import { formatAxis } from "./unit-format.js";

const shortened = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** The library's options. Every text in them is a figure, a date or drawn by it as SVG text, never as markup. */
export function buildOptions(drawing, layout, events, width, reduceMotion) {
  const colours = theme(drawing.dark);
  const horizontal = isHorizontal(drawing.kind);
  const bars = isBar(drawing.kind);
  const { drawn, scale } = layout;
  const kinds = new Set(drawn.map(d => d.type));
  const type = kinds.size === 1 ? [...kinds][0] : bars ? "bar" : kinds.has("rangeArea") ? "rangeArea" : "line";

  return {
    series: drawn.map((d, i) => ({ name: `s${i}`, type: kinds.size > 1 ? d.type : undefined, data: d.data })),
    colors: drawn.map(d => d.color),
    chart: {
      type,
      height: drawing.height,
      width: "100%",
      stacked: drawing.kind === "stackedBar" || drawing.kind === "horizontalStackedBar",
      background: "transparent",
      foreColor: colours.muted,
      fontFamily: "inherit",
      parentHeightOffset: 0,
      toolbar: { show: false, autoSelected: "zoom" },
      zoom: { enabled: drawing.zoomable, type: "x", allowMouseWheelZoom: false, autoScaleYaxis: false },
      selection: { enabled: false },
      animations: { enabled: !reduceMotion, speed: 200, animateGradually: { enabled: false }, dynamicAnimation: { enabled: false } },
      events: {
        // The page loads the range that was dragged; until then the chart stays as it is.
        beforeZoom: (chart, { xaxis }) => {
          if (xaxis && Number.isFinite(xaxis.min) && xaxis.max > xaxis.min) events.zoomed(xaxis.min, xaxis.max);
          return { xaxis: { min: chart.w.globals.minX, max: chart.w.globals.maxX } };
        },
      },
    },
    theme: { mode: drawing.dark ? "dark" : "light" },
    stroke: { curve: "straight", width: drawn.map(d => d.width), dashArray: drawn.map(d => d.dash), lineCap: "butt" },
    fill: { type: "solid", opacity: drawn.map(d => d.fill) },
    markers: {
      size: drawn.map(d => d.type === "scatter" ? 4 : 0),
      strokeWidth: 0,
      showNullDataPoints: false,
      hover: { size: drawing.kind === "scatter" ? 6 : 4 },
      discrete: layout.isolated,
    },
    dataLabels: { enabled: false },
    legend: { show: false },
    grid: {
      borderColor: colours.grid,
      padding: { top: -12, right: 14, bottom: drawing.axis === "time" ? 12 : -4, left: 6 },
      xaxis: { lines: { show: horizontal || drawing.kind === "scatter" } },
      yaxis: { lines: { show: !horizontal } },
    },
    plotOptions: { bar: { horizontal, columnWidth: drawing.axis === "time" ? "75%" : "60%", barHeight: "62%", borderRadius: 2, borderRadiusApplication: "end" } },
    states: { hover: { filter: { type: bars ? "lighten" : "none" } }, active: { filter: { type: "none" } } },
    xaxis: horizontal ? valueAxisBelow(drawing, scale, colours) : placeAxis(drawing, layout, width, colours),
    yaxis: horizontal ? nameAxisLeft(drawing, width, colours) : valueAxisLeft(drawing, scale, colours),
    tooltip: {
      enabled: true,
      shared: drawing.kind !== "scatter",
      intersect: drawing.kind === "scatter",
      followCursor: bars,
      theme: drawing.dark ? "dark" : "light",
      x: { show: false },
      custom: events.tooltip,
    },
    annotations: annotationsOf(drawing, layout, width, colours, horizontal),
    noData: { text: "" },
  };
}

const labelStyle = colours => ({ colors: colours.muted, fontSize: "11px" });

// Options are merged into those drawn before: what was set once has to be set each time.
const axisDefaults = { tickAmount: undefined, min: undefined, max: undefined, title: { text: undefined } };
const labelDefaults = colours => ({
  show: true, style: labelStyle(colours), hideOverlappingLabels: true, rotate: 0, rotateAlways: false, trim: false,
  minHeight: undefined, maxHeight: 120, formatter: undefined,
});

function placeAxis(drawing, layout, width, colours) {
  const labels = labelDefaults(colours);
  const common = {
    ...axisDefaults,
    axisBorder: { show: true, color: colours.grid },
    axisTicks: { show: drawing.axis !== "time", color: colours.grid },
    crosshairs: { stroke: { color: colours.muted, width: 1, dashArray: 3 } },
    tooltip: { enabled: false },
    min: drawing.range?.[0],
    max: drawing.range?.[1],
  };
  // Its labels are annotations, see ticksOf.
  if (drawing.axis === "time") return { ...common, type: "datetime", labels: { ...labels, show: false } };
  if (drawing.axis === "number") {
    const scale = niceScale(layout.visible.flatMap(s => s.points.map(p => p[0])), drawing.xUnit, false, Math.max(3, Math.floor(width / 90)));
    return {
      ...common,
      type: "numeric",
      min: scale.min,
      max: scale.max,
      tickAmount: scale.steps,
      title: { text: drawing.xTitle ?? undefined, style: { color: colours.muted, fontSize: "12px", fontWeight: 500 } },
      labels: { ...labels, formatter: v => formatAxis(Number(v), drawing.xUnit) },
    };
  }
  const room = (width - 60) / Math.max(1, drawing.categories.length);
  const texts = drawing.categories.map(c => shortened(c, 22));
  const widest = Math.max(0, ...texts.map(measured));
  const lying = widest + 8 <= room;
  const every = lying ? 1 : Math.ceil(18 / room);
  return {
    ...common,
    type: "category",
    labels: {
      ...labels,
      hideOverlappingLabels: false,
      rotate: lying ? 0 : -45,
      rotateAlways: !lying,
      minHeight: lying ? undefined : widest * 0.72 + 18,
      maxHeight: 130,
      formatter: v => drawing.categories.length > 0 && Number(String(v).slice(1)) % every === 0 ? shortened(categoryText(drawing, v), 22) : "",
    },
  };
}

function valueAxisLeft(drawing, scale, colours) {
  return {
    min: scale.min,
    max: scale.max,
    tickAmount: scale.steps,
    labels: { style: labelStyle(colours), minWidth: 38, maxWidth: 90, formatter: v => formatAxis(v, drawing.unit) },
  };
}

function valueAxisBelow(drawing, scale, colours) {
  return {
    ...axisDefaults,
    type: "category",
    min: scale.min,
    max: scale.max,
    tickAmount: scale.steps,
    tooltip: { enabled: false },
    axisBorder: { show: false },
    axisTicks: { show: false },
    labels: { ...labelDefaults(colours), formatter: v => formatAxis(Number(v), drawing.unit) },
  };
}

// The library measures the stand-ins, not the names, so it is told how wide the names are.
function nameAxisLeft(drawing, width, colours) {
  const text = v => shortened(categoryText(drawing, v), width < 480 ? 16 : 26);
  const widest = Math.max(30, ...drawing.categories.map((_, i) => measured(text(`c${i}`))));
  return {
    min: undefined,
    max: undefined,
    tickAmount: undefined,
    labels: {
      style: labelStyle(colours),
      minWidth: widest + 10,
      maxWidth: widest + 30,
      formatter: v => typeof v === "string" ? text(v) : formatAxis(v, drawing.unit),
    },
  };
}

let pen;
function measured(text) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

const ends = places => places.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, -Infinity]);

function ticksOf(drawing, layout, width, colours) {
  const places = drawing.range ?? layout.visible.flatMap(s => s.points.map(p => p[0]));
  if (drawing.axis !== "time" || places.length === 0) return [];
  const [from, to] = ends(places);
  return timeTicks(from, to, Math.floor((width - 60) / 62)).map(tick => ({
    x: tick.at,
    borderColor: "transparent",
    label: {
      text: tick.text,
      position: "bottom",
      orientation: "horizontal",
      borderWidth: 0,
      offsetY: 17,
      style: { background: "transparent", color: colours.muted, fontSize: "11px", padding: { left: 0, right: 0, top: 0, bottom: 0 } },
    },
  }));
}

// A label near an end of the axis stands on the side where there is room.
function sideOf(at, layout, drawing) {
  const [from, to] = drawing.range ?? ends(layout.visible.flatMap(s => s.points.map(p => p[0])));
  const share = (at - from) / (to - from);
  return { textAnchor: share < 0.25 ? "start" : share > 0.75 ? "end" : "middle" };
}

function annotationsOf(drawing, layout, width, colours, horizontal) {
  const { scale } = layout;
  const label = (text, colour, more) => ({
    text: shortened(text, 32),
    borderWidth: 0,
    style: { background: colours.surface, color: colour, fontSize: "11px", padding: { left: 4, right: 4, top: 1, bottom: 1 } },
    ...more,
  });
  const limits = drawing.thresholds.filter(t => t.at >= scale.min && t.at <= scale.max).map(t => ({
    [horizontal ? "x" : "y"]: t.at,
    borderColor: colours[t.severity],
    strokeDashArray: t.severity === "critical" ? 0 : 6,
    label: label(t.label, colours[t.severity], horizontal ? {} : { position: "right", textAnchor: "end", offsetY: -2 }),
  }));
  const markers = drawing.markers.map((m, i) => ({
    x: m.at,
    borderColor: colours.info,
    strokeDashArray: 2,
    label: label(m.label, colours.text, {
      orientation: "horizontal", position: "top", ...sideOf(m.at, layout, drawing),
      // One below the other: neighbours would cover each other.
      offsetY: 8 + (i % 4) * 17,
    }),
  }));
  return horizontal ? { xaxis: limits, yaxis: [] } : { yaxis: limits, xaxis: [...ticksOf(drawing, layout, width, colours), ...markers] };
}

import { theme } from "./theme.js";
import { annotationsOf, valueTexts } from "./annotations.js";
import { measured, shortened } from "./labels.js";
import { categoryText, isBar, isHorizontal, placeScale } from "./layout.js";
import { formatAxis } from "./unit-format.js";

/** The library's options. Every text in them is a figure, a date or drawn by it as SVG text, never as markup. */
export function buildOptions(drawing, layout, events, width) {
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
      // What resizes the chart waits its turn in ApexChart.razor.js: the library's own redrawing outlives a chart that is gone.
      redrawOnParentResize: false,
      redrawOnWindowResize: false,
      toolbar: { show: false, autoSelected: "zoom" },
      zoom: { enabled: drawing.zoomable, type: "x", allowMouseWheelZoom: false, autoScaleYaxis: false },
      selection: { enabled: false },
      // Marks and annotations appear only when the animation of a line ends, so never where there is none.
      animations: { enabled: false },
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
    fill: {
      type: drawn.map(d => d.type === "bar" && d.source.variant > 0 ? "pattern" : "solid"),
      opacity: drawn.map(d => d.fill),
      pattern: { style: drawn.map(d => patterns[d.source.variant % patterns.length]), width: 6, height: 6, strokeWidth: 3 },
    },
    markers: {
      size: drawn.map(d => d.type === "scatter" ? 4 : 0),
      strokeWidth: 0,
      showNullDataPoints: false,
      hover: { size: drawing.kind === "scatter" ? 6 : 4 },
      discrete: layout.marks,
    },
    dataLabels: { enabled: false },
    legend: { show: false },
    grid: {
      borderColor: colours.grid,
      padding: { top: -12, right: 20, bottom: drawing.axis === "time" || drawing.axis === "bins" ? 12 : -4, left: 6 },
      xaxis: { lines: { show: horizontal || drawing.kind === "scatter" } },
      yaxis: { lines: { show: !horizontal && !scale.ticks } },
    },
    plotOptions: { bar: { horizontal, columnWidth: drawing.axis === "bins" ? "96%" : drawing.axis === "time" ? "75%" : "60%", barHeight: "62%", borderRadius: 2, borderRadiusApplication: "end" } },
    states: { hover: { filter: { type: bars ? "lighten" : "none" } }, active: { filter: { type: "none" } } },
    xaxis: horizontal ? valueAxisBelow(drawing, scale, colours) : placeAxis(drawing, layout, width, colours),
    yaxis: horizontal ? nameAxisLeft(drawing, width, colours) : valueAxisLeft(drawing, layout, colours),
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

// Bars that share a colour.
const patterns = ["slantedLines", "slantedLines", "horizontalLines", "verticalLines"];

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
    axisTicks: { show: drawing.axis === "category" || drawing.axis === "number", color: colours.grid },
    // Time charts share one, see crosshair.js.
    crosshairs: { show: drawing.axis !== "time", stroke: { color: colours.muted, width: 1, dashArray: 3 } },
    tooltip: { enabled: false },
  };
  const { min, max, steps } = drawing.axis === "category" ? {} : placeScale(drawing, layout, width);
  // Their labels are annotations, see placeTicks.
  if (drawing.axis === "time") return { ...common, type: "datetime", min, max, labels: { ...labels, show: false } };
  if (drawing.axis === "bins") return { ...common, type: "numeric", min, max, labels: { ...labels, show: false } };
  if (drawing.axis === "number") {
    return {
      ...common,
      type: "numeric",
      min,
      max,
      tickAmount: steps,
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

// Ticks that are not evenly spaced are annotations, see valueTicks; the axis keeps their room.
function valueAxisLeft(drawing, layout, colours) {
  const { scale } = layout;
  const widest = Math.max(38, ...valueTexts(layout, drawing.unit).map(measured));
  return {
    min: scale.place(scale.min),
    max: scale.place(scale.max),
    tickAmount: scale.steps,
    labels: {
      style: labelStyle(colours),
      minWidth: scale.ticks ? widest : 38,
      maxWidth: 120,
      formatter: v => scale.ticks ? "" : formatAxis(Number(Number(v).toPrecision(12)), drawing.unit),
    },
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
    labels: { ...labelDefaults(colours), formatter: v => formatAxis(Number(Number(v).toPrecision(12)), drawing.unit) },
  };
}

// The library measures the stand-ins, not the names, so it is given how wide the names are.
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

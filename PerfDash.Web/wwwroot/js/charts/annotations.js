import { abridged, labelRoom, measured, shortened, withoutOverlap } from "./labels.js";
import { placeScale } from "./layout.js";
import { signsAtEdge } from "./marks.js";
import { logTicks, niceScale, ticksOf } from "./scale.js";
import { timeTicks } from "./ticks.js";
import { formatAxis, formatValue } from "./unit-format.js";

const noPadding = { left: 0, right: 0, top: 0, bottom: 0 };
const plain = (colours, more) => ({ background: "transparent", color: colours.muted, fontSize: "11px", padding: noPadding, ...more });

/** Everything drawn over the data: the ticks the library cannot set, limits, changes and signs for what lies beyond the axis. */
export function annotationsOf(drawing, layout, width, colours, horizontal) {
  if (horizontal) return { xaxis: limitsAcross(drawing, layout, colours), yaxis: [], points: [] };
  const places = placeScale(drawing, layout, width);
  const frame = frameOf(drawing, layout, width, places);
  const room = labelRoom(frame.width, frame.height);
  // In the order of what must be read: limits, what lies beyond the axis, changes.
  const limits = limitsOf(drawing, layout, colours, frame, room);
  const points = signsOf(drawing, layout, colours, frame, room);
  const markers = markersOf(drawing, colours, frame, room);
  layout.unlabelled = markers.filter(m => m.label.text === undefined).length;
  return {
    xaxis: [...placeTicks(drawing, frame, colours), ...markers],
    yaxis: [...valueTicks(layout, drawing, colours), ...limits],
    points: [...binMarks(drawing, layout, frame, colours), ...points],
  };
}

/** The texts of the value axis. */
export const valueTexts = (layout, unit) => (layout.scale.ticks ?? ticksOf(layout.scale)).map(v => formatAxis(v, unit));

// The library says where things are only once it has drawn them; a few pixels more or less do no harm here.
function frameOf(drawing, layout, width, places) {
  const axis = Math.max(38, ...valueTexts(layout, drawing.unit).map(measured)) + 24;
  const { scale } = layout;
  const [low, high] = [scale.place(scale.min), scale.place(scale.max)];
  const [innerWidth, height] = [Math.max(50, width - axis - 26), drawing.height - 58];
  // Bars have room of their own at both ends.
  const bars = layout.drawn.find(d => d.type === "bar")?.data.length ?? 0;
  const margin = bars > 0 ? innerWidth / (bars + 2) : 0;
  return {
    places,
    width: innerWidth,
    height,
    x: at => margin + (at - places.min) / (places.max - places.min) * (innerWidth - 2 * margin),
    y: placed => (high - placed) / (high - low) * height,
  };
}

function placeTicks(drawing, frame, colours) {
  const { min, max } = frame.places;
  if (min === undefined || (drawing.axis !== "time" && drawing.axis !== "bins")) return [];
  const ticks = drawing.axis === "time" ? timeTicks(min, max, Math.floor(frame.width / 52)) : binTicks(drawing.bins, mostBinTicks(frame));
  const placed = ticks.map(t => placedTick(t, frame));
  const texts = new Set(withoutOverlap(placed));
  return placed.filter(tick => texts.has(tick)).map(tick => ({
    x: tick.at,
    borderColor: "transparent",
    label: {
      text: tick.text,
      position: "bottom",
      orientation: "horizontal",
      borderWidth: 0,
      offsetY: 17,
      textAnchor: tick.anchor,
      style: plain(colours),
    },
  }));
}

// A text centred on the last moment would be cut off by the edge of the picture.
function placedTick(tick, frame) {
  const [x, width] = [frame.x(tick.at), measured(tick.text)];
  const anchor = x + width / 2 > frame.width + 10 ? "end" : "middle";
  return { ...tick, width, anchor, left: anchor === "end" ? x - width : x - width / 2 };
}

const mostBinTicks = frame => Math.max(2, Math.floor(frame.width / 64));

// A line across would look like an edge of a bar.
function binMarks(drawing, layout, frame, colours) {
  if (drawing.axis !== "bins") return [];
  const bottom = layout.scale.place(layout.scale.min);
  return binTicks(drawing.bins, mostBinTicks(frame)).map(({ at }) => ({
    x: at,
    y: bottom,
    marker: { size: 0 },
    customSVG: { SVG: `<path d="M0 0v5" stroke="${colours.muted}"/>` },
  }));
}

/** Round figures on the axis of a distribution, and the far ends of outer bins that are wider than the rest. */
export function binTicks({ edges, unit, isLog }, most) {
  const last = edges.length - 1;
  if (last === 1) return edges.map((v, at) => ({ at, text: formatAxis(v, unit) }));
  const width = i => isLog && edges[i] > 0 ? Math.log(edges[i + 1] / edges[i]) : edges[i + 1] - edges[i];
  const middle = width(Math.floor(last / 2));
  const isWide = i => last > 2 && width(i) > 1.3 * middle;
  const [from, to] = [isWide(0) ? 1 : 0, isWide(last - 1) ? last - 1 : last];
  const within = ticks => ticks.filter(v => v >= edges[from] * (1 - 1e-9) - 1e-12 && v <= edges[to] * (1 + 1e-9) + 1e-12);
  const even = () => within(ticksOf(niceScale([edges[from], edges[to]], unit, false, most - 1)));
  // Within a decade there may be one figure of 1, 2 or 5, and one label does not make an axis.
  const inLog = isLog && edges[from] > 0 ? within(logTicks(edges[from], edges[to], unit)) : [];
  const inside = inLog.length >= 3 ? inLog : even();
  const outer = [...(from > 0 ? [edges[0]] : []), ...(to < last ? [edges[last]] : [])];
  return [...new Set([...inside, ...outer])].sort((a, b) => a - b).map(v => ({ at: placeInBins(edges, v, isLog), text: formatAxis(outer.includes(v) && isLog ? Number(v.toPrecision(3)) : v, unit) }));
}

function placeInBins(edges, value, isLog) {
  const next = edges.findIndex(e => e >= value);
  if (next <= 0) return next < 0 ? edges.length - 1 : 0;
  const [low, high] = [edges[next - 1], edges[next]];
  return next - 1 + (isLog && low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
}

function valueTicks(layout, drawing, colours) {
  const { scale } = layout;
  // On the very edge the library takes rounding for being outside.
  const [low, high] = [scale.place(scale.min), scale.place(scale.max)];
  const within = p => Math.min(high - (high - low) * 1e-4, Math.max(low + (high - low) * 1e-4, p));
  return (scale.ticks ?? []).map(v => ({
    y: within(scale.place(v)),
    borderColor: colours.grid,
    strokeDashArray: 0,
    label: { text: formatAxis(v, drawing.unit), position: "left", textAnchor: "end", offsetX: -8, offsetY: 6, borderWidth: 0, style: plain(colours) },
  }));
}

const label = (colours, text, colour, more) => ({
  text,
  borderWidth: 0,
  style: { background: colours.surface, color: colour, fontSize: "11px", padding: { left: 4, right: 4, top: 1, bottom: 1 } },
  ...more,
});

function limitsAcross(drawing, layout, colours) {
  const { scale } = layout;
  const right = [];
  return [...drawing.thresholds].sort((a, b) => a.at - b.at).filter(t => t.at <= scale.max && t.at >= scale.min).map(t => {
    const row = right.filter(at => Math.abs(at - t.at) < (scale.max - scale.min) / 3).length;
    right.push(t.at);
    return { x: t.at, borderColor: colours[t.severity], strokeDashArray: t.severity === "critical" ? 0 : 6, label: label(colours, shortened(t.label, 32), colours[t.severity], { orientation: "horizontal", offsetY: row * 17 }) };
  });
}

// A limit the axis does not reach is named at the edge it lies beyond, with an arrow.
function limitsOf(drawing, layout, colours, frame, room) {
  const { scale } = layout;
  return [...drawing.thresholds].sort((a, b) => b.at - a.at).flatMap(t => {
    const side = t.at > scale.max ? 1 : t.at < scale.min ? -1 : 0;
    const at = side > 0 ? scale.place(scale.max) : side < 0 ? scale.place(scale.min) : scale.place(t.at);
    const text = (side > 0 ? "↑ " : side < 0 ? "↓ " : "") + shortened(t.label, 32);
    const width = measured(text) + 8;
    const y = frame.y(at);
    // Above its line, else below it, at the right end or farther to the left.
    const tops = side > 0 ? [2, 19, 36, 53] : side < 0 ? [frame.height - 17, frame.height - 34, frame.height - 51] : [y - 17, y + 1];
    const found = room.place(width, tops.flatMap(top => [0, 1, 2, 3].map(step => ({ left: frame.width - width - step * (width + 8), top }))));
    if (!found && side === 0) return [{ y: at, borderColor: colours[t.severity], strokeDashArray: t.severity === "critical" ? 0 : 6, label: { text: undefined } }];
    return found ? [{
      y: at,
      borderColor: side === 0 ? colours[t.severity] : "transparent",
      strokeDashArray: t.severity === "critical" ? 0 : 6,
      label: label(colours, text, colours[t.severity], { position: "right", textAnchor: "end", offsetX: found.left + width - frame.width, offsetY: found.top + 16 - y }),
    }] : [];
  });
}

// Where there is room the sign has the value, the farthest first. One without any room stands beside another; the note below the chart
// counts them all.
function signsOf(drawing, layout, colours, frame, room) {
  const { scale } = layout;
  return signsAtEdge(layout).flatMap(sign => {
    const x = frame.x(sign.x);
    const arrow = sign.isAbove ? "▲" : "▼";
    const full = `${arrow} ${formatValue(sign.value, drawing.unit)}`;
    const top = sign.isAbove ? 0 : frame.height - 15;
    const place = text => room.place(measured(text), ["middle", "start", "end"].map(anchor => ({ text, anchor, top, left: x - measured(text) * (anchor === "middle" ? 0.5 : anchor === "start" ? 0 : 1) })));
    const found = place(full) ?? place(arrow);
    if (!found) return [];
    return [{
      x: sign.x,
      y: scale.place(sign.isAbove ? scale.max : scale.min),
      marker: { size: 0 },
      label: {
        text: found.text,
        textAnchor: found.anchor,
        borderWidth: 0,
        offsetY: sign.isAbove ? 18 : 4,
        style: { background: colours.surface, color: colours.text, fontSize: "11px", padding: { left: 2, right: 2, top: 0, bottom: 0 } },
      },
    }];
  });
}

// Labels of changes stand in rows below the top; one without room is left to the note below the chart.
function markersOf(drawing, colours, frame, room) {
  return drawing.markers.filter(m => m.at >= frame.places.min && m.at <= frame.places.max).map(m => {
    const text = abridged(m.label, Math.max(24, Math.floor(frame.width / 11)));
    const width = measured(text) + 8;
    const x = frame.x(m.at);
    const anchors = { start: x, middle: x - width / 2, end: x - width };
    const share = x / frame.width;
    const order = share < 0.25 ? ["start", "middle"] : share > 0.75 ? ["end", "middle"] : ["middle", "start", "end"];
    const found = room.place(width, [0, 1, 2, 3, 4].flatMap(row => order.map(anchor => ({ anchor, left: anchors[anchor], top: row * 17 }))));
    return {
      x: m.at,
      borderColor: colours.info,
      strokeDashArray: 2,
      label: found
        ? label(colours, text, colours.text, { orientation: "horizontal", position: "top", textAnchor: found.anchor, offsetY: 8 + found.top })
        : { text: undefined },
    };
  });
}

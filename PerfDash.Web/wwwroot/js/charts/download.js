import { dashes } from "./layout.js";
import { outlines } from "./legend.js";
import { shapeOf } from "./marks.js";
import { theme } from "./theme.js";

/** Hands a table to the user as a file. The mark at the start lets spreadsheets see that it is UTF-8. */
export function downloadCsv(text, fileName) {
  save(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }), fileName);
}

/** Hands the drawn chart to the user as a PNG: title, subtitle, chart and legend on a solid background, at twice the size. */
export async function downloadPng(plot, state, title, subtitle, fileName) {
  const svg = plot.querySelector("svg.apexcharts-svg");
  const { width, height } = svg.getBoundingClientRect();
  const font = getComputedStyle(plot).fontFamily;
  const colours = theme(state.drawing.dark);
  const picture = await toImage(svg, width, height, font);

  const margin = 16, line = 18, scale = 2;
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  pen.font = `12px ${font}`;
  const legend = legendRows(pen, state, width);
  const head = margin + 24 + (subtitle ? line : 0);
  canvas.width = (width + 2 * margin) * scale;
  canvas.height = (head + height + legend.length * line + margin) * scale;
  pen.scale(scale, scale);
  pen.fillStyle = colours.surface;
  pen.fillRect(0, 0, canvas.width, canvas.height);

  pen.textBaseline = "middle";
  pen.fillStyle = colours.text;
  pen.font = `600 16px ${font}`;
  pen.fillText(title, margin, margin + 8, width);
  pen.font = `12px ${font}`;
  pen.fillStyle = colours.muted;
  if (subtitle) pen.fillText(subtitle, margin, margin + 28, width);
  pen.drawImage(picture, margin, head, width, height);
  legend.forEach((row, i) => row.forEach(({ series, x }) => {
    const y = head + height + i * line + line / 2;
    drawSwatch(pen, series, margin + x, y);
    pen.fillStyle = colours.text;
    pen.fillText(series.name, margin + x + swatchWidth(series), y);
  }));
  save(await new Promise(resolve => canvas.toBlob(resolve, "image/png")), fileName);
}

const swatchWidth = series => series.variant > 0 ? 32 : 14;

function drawSwatch(pen, series, x, y) {
  pen.fillStyle = pen.strokeStyle = series.color;
  if (series.variant === 0) {
    pen.fillRect(x, y - 4, 8, 8);
    return;
  }
  pen.lineWidth = 2.5;
  pen.setLineDash([Math.min(6, dashes[series.variant % dashes.length])]);
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + 26, y);
  pen.stroke();
  pen.setLineDash([]);
  pen.fill(new Path2D(outlines[shapeOf(series)]?.(x + 13, y) ?? ""));
}

function legendRows(pen, state, width) {
  const shown = state.layout.visible;
  if (state.drawing.series.length < 2) return [];
  const rows = [[]];
  let x = 0;
  for (const series of shown) {
    const needed = swatchWidth(series) + pen.measureText(series.name).width + 18;
    if (x > 0 && x + needed > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push({ series, x });
    x += needed;
  }
  return rows;
}

// The page's policy allows pictures from data addresses, not from blobs.
function toImage(svg, width, height, font) {
  const copy = svg.cloneNode(true);
  copy.querySelectorAll("foreignObject, .apexcharts-xcrosshairs, .apexcharts-ycrosshairs, .apexcharts-zoom-rect, .apexcharts-selection-rect").forEach(e => e.remove());
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.querySelectorAll("text, tspan").forEach(e => { e.style.fontFamily = font; });
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("The chart could not be turned into a picture."));
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  });
}

function save(blob, fileName) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

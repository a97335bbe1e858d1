import { formatValue } from "./unit-format.js";

/** Says under a chart what its axis leaves out. `showAll` is called when all of it is wanted. */
export function drawNotes(host, drawing, layout, showAll) {
  const { above, below, unplaced } = layout.beyond;
  const text = n => formatValue(n, drawing.unit);
  const texts = [
    above.length > 0 ? `${valuesAre(above.length)} above the axis, up to ${text(above.reduce((a, b) => Math.max(a, b)))}.` : null,
    below.length > 0 ? `${valuesAre(below.length)} below the axis, down to ${text(below.reduce((a, b) => Math.min(a, b)))}.` : null,
    unplaced > 0 ? `${valuesAre(unplaced)} 0 or less and not shown on a logarithmic axis.` : null,
    layout.unlabelled > 0 ? `${layout.unlabelled} of ${drawing.markers.length} changes have no label here.` : null,
    drawing.note,
  ].filter(t => t);
  const line = document.createElement("p");
  line.className = "pd-chart-note";
  line.append(texts.join(" "));
  if (above.length + below.length > 0 && showAll) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Show all values";
    button.addEventListener("click", showAll);
    line.append(" ", button);
  }
  host.replaceChildren(...(texts.length > 0 ? [line] : []));
}

const valuesAre = n => n === 1 ? "1 value is" : `${formatValue(n, "count")} values are`;

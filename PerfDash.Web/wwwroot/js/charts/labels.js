let pen;

/** The width of a label in pixels. */
export function measured(text) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

/** A text of at most so many characters whose beginning and end can be read: labels of changes end with what changed. */
export const abridged = (text, length) => text.length > length ? `${text.slice(0, Math.ceil(length / 2) - 1)}…${text.slice(-Math.floor(length / 2))}` : text;

export const shortened = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text;

const lineHeight = 17, clearance = 4;

/**
 * Room for labels over a plot of a given width and height. `place` takes the first of the offered places `{ left, top }` where a label
 * of that width covers no other one and stays within the plot; null where there is none.
 */
export function labelRoom(width, height) {
  const taken = [];
  return {
    place(labelWidth, places) {
      const found = places.find(({ left, top }) =>
        left >= -1 && left + labelWidth <= width + 1 && top >= -2 && top + lineHeight <= height + 8
        && !taken.some(t => left < t.right + clearance && left + labelWidth > t.left - clearance && top < t.bottom && top + lineHeight > t.top));
      if (!found) return null;
      taken.push({ left: found.left, right: found.left + labelWidth, top: found.top, bottom: found.top + lineHeight });
      return found;
    },
  };
}

/** Of places `[{ left, width }]` in rising order those whose labels leave each other room. */
export function withoutOverlap(places, gap = 8) {
  let end = -Infinity;
  return places.filter(({ left, width }) => {
    if (left < end + gap) return false;
    end = left + width;
    return true;
  });
}

// Boxes {x, y, w, h} and points {x, y} within a picture, in parts of its sides. "ratio" is w divided by h, or null.
const LEAST = 0.02;
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

export const moved = (box, by) => ({ ...box, x: clamp(box.x + by.x, 0, 1 - box.w), y: clamp(box.y + by.y, 0, 1 - box.h) });
export const bounded = (point, box) => ({ x: clamp(point.x, box.x, box.x + box.w), y: clamp(point.y, box.y, box.y + box.h) });

// A quarter clockwise, and left for right.
export const turned = (one) => ("w" in one ? { x: 1 - one.y - one.h, y: one.x, w: one.h, h: one.w } : { x: 1 - one.y, y: one.x });
export const mirrored = (one) => ({ ...one, x: 1 - one.x - (one.w ?? 0) });

// The largest box of a shape around a point, not larger than "box" where that has room.
export function fitting(box, ratio, around) {
  const w = Math.min(1, ratio), h = w / ratio;
  const scale = Math.min(1, Math.max(box.w / w, box.h / h));
  const [wide, high] = [w * scale, h * scale];
  return moved({ x: around.x - wide / 2, y: around.y - high / 2, w: wide, h: high }, { x: 0, y: 0 });
}

// One edge or corner ("n", "se" …) goes to a point; the opposite one stays.
export function resized(box, grip, to, ratio) {
  const has = (side) => grip.includes(side);
  let [left, top, right, bottom] = [box.x, box.y, box.x + box.w, box.y + box.h];
  if (has("w")) left = clamp(to.x, 0, right - LEAST);
  if (has("e")) right = clamp(to.x, left + LEAST, 1);
  if (has("n")) top = clamp(to.y, 0, bottom - LEAST);
  if (has("s")) bottom = clamp(to.y, top + LEAST, 1);
  let [w, h] = [right - left, bottom - top];
  if (!ratio) return { x: left, y: top, w, h };
  const middle = { x: box.x + box.w / 2, y: box.y + box.h / 2 };
  const room = {
    w: has("w") ? right : has("e") ? 1 - left : 2 * Math.min(middle.x, 1 - middle.x),
    h: has("n") ? bottom : has("s") ? 1 - top : 2 * Math.min(middle.y, 1 - middle.y),
  };
  w = Math.min(has("w") || has("e") ? w : h * ratio, room.w, room.h * ratio);
  w = Math.max(w, LEAST, LEAST * ratio);
  h = w / ratio;
  return { x: has("w") ? right - w : has("e") ? left : middle.x - w / 2, y: has("n") ? bottom - h : has("s") ? top : middle.y - h / 2, w, h };
}

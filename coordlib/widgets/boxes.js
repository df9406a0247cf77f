// Boxes, (left, top, right, bottom), and which of them non-maximum suppression keeps. All results
// are rounded to 32 bits as torchvision's are, so that the two agree at the threshold itself.

const round = Math.fround;

function area([left, top, right, bottom]) {
  return round(round(right - left) * round(bottom - top));
}

// The overlap of two boxes: intersection over union (IOU), 0 to 1.
export function overlap(one, other) {
  const width = round(Math.min(one[2], other[2]) - Math.max(one[0], other[0]));
  const height = round(Math.min(one[3], other[3]) - Math.max(one[1], other[1]));
  if (width <= 0 || height <= 0) return 0;
  const shared = round(width * height);
  return round(shared / round(round(area(one) + area(other)) - shared));
}

// The numbers of all scores, the largest first; of equals the first.
export function surestFirst(scores) {
  return [...scores.keys()].sort((m, n) => scores[n] - scores[m]);
}

// The numbers of the boxes that overlap no surer one that is kept by more than `threshold`: at most
// `most`, the surest first, as `order` has them.
export function keep(boxes, order, threshold, most) {
  const kept = [];
  for (const n of order) {
    if (kept.length === most) break;
    if (kept.every((m) => overlap(boxes[m], boxes[n]) <= threshold)) kept.push(n);
  }
  return kept;
}

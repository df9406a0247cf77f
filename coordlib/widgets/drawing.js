// Draw digits; Python's detectors look at the drawing and answer with boxes.

const SIZE = 64;
const DIGIT = 28; // pixels of an example digit's side
const ZOOM = 8;
const PEN = 2; // where a stroke's ink ends, in pixels from its middle; half of it lies within 1.5
const ERASER = 4.5;
const PALE = 1.7; // ink below the boxes is so much paler; as in drawing.py
const SLOW = 500; // milliseconds after which an answer is waited for

function render({ model, el }) {
  const names = Object.entries(model.get("colours"));
  const digits = bytes(model.get("digits"));
  let drawing = bytes(model.get("drawing")).slice();
  let cursor = [SIZE / 2, SIZE / 2];
  let stroke = null; // while the pointer is down: where it was last
  let erasing = false;
  let shown = false; // whether the cursor is drawn: under the pointer, or with the keyboard's focus
  let next = 0; // the example digit to be put next
  let sent = 0; // when the last drawing was sent

  const root = box(el, "drawing");
  const hands = { pointerdown: press, pointermove: move, pointerup: release, pointercancel: release };
  const canvas = pixelCanvas(SIZE, SIZE, ZOOM, {
    ...hands, class: "pointing", tabindex: 0, role: "application",
    "aria-label": "Canvas to draw digits on. Arrow keys move, space draws, shift and an arrow draw " +
      "along the way, control and Z undo.",
    pointerleave: () => { shown = document.activeElement === canvas; draw(); },
    focus: () => { shown = true; draw(); }, blur: () => { shown = false; draw(); },
    keydown: key,
  });
  const hint = element("div", { class: "facts quiet" }, "Keys: arrows, space, shift + arrows, Ctrl + Z");
  const panels = names.map(([name, colour]) => ({
    name, colour,
    canvas: pixelCanvas(SIZE, SIZE, ZOOM, { ...hands, class: "pointing", role: "img" }),
    facts: element("div", { class: "facts number" }),
  }));
  const heard = spoken(1000);
  const eraser = button("Eraser", () => { erasing = !erasing; eraser.setAttribute("aria-pressed", erasing); }, { "aria-pressed": false });
  const { back, remember, undo } = past(() => drawing.slice(), (state) => { drawing = state; changed(); });
  const slider = element("input", {
    type: "range", min: 0, max: 0.95, step: 0.05, "aria-label": "Show boxes surer than",
    input: () => { model.set("threshold", Number(slider.value)); keep(); },
  });
  const sliderText = element("span", { class: "number" });
  root.append(
    element("div", { class: "row" }, eraser, ...(digits.length ? [button("Put a digit", putDigit)] : []),
      back, button("Clear", clear)),
    element("div", { class: "columns" }, panel("Draw digits here", canvas, hint),
      ...panels.map((one) => panel(one.name, one.canvas, one.facts, one.colour))),
    element("label", { class: "row" }, "Show boxes surer than", slider, sliderText),
    heard.node);

  function panel(title, canvas, below, colour) {
    const made = element("div", { class: "panel" }, element("div", { class: "title" }, title), canvas, below);
    if (colour) made.style.setProperty("--accent", colour);
    return made;
  }

  // What is sent while Python still looks is held back by the model, which keeps the newest alone.
  const send = throttled(50, () => {
    sent = performance.now();
    model.set({ drawing: new DataView(drawing.slice().buffer), asked: model.get("asked") + 1 });
    model.save_changes();
    setTimeout(draw, SLOW + 50);
  });
  const keep = throttled(200, () => model.save_changes());

  const black = greys(1);
  const pale = greys(PALE);

  const draw = oncePerFrame(() => {
    drawLevels(canvas, SIZE, SIZE, drawing, black);
    if (shown) ring();
    const threshold = model.get("threshold");
    slider.value = threshold;
    sliderText.textContent = threshold.toFixed(2);
    const waits = model.get("answered") < model.get("asked") && performance.now() - sent > SLOW;
    panels.forEach((one, n) => {
      const { boxes, scores, trouble } = model.get("found")[n];
      const sure = scores.filter((score) => score > threshold).length;
      drawLevels(one.canvas, SIZE, SIZE, drawing, pale);
      for (let k = sure - 1; k >= 0; k -= 1) { // the surest on top
        outlineBox(one.canvas, ZOOM, boxes[k], one.colour, { width: 3, opacity: 0.3 + 0.7 * scores[k] });
      }
      const surest = scores.length ? `, the surest ${scores[0].toFixed(2)}` : "";
      one.facts.textContent = waits ? "looking …" : trouble || boxCount(sure) + surest;
      one.canvas.setAttribute("aria-label", `${one.name}: ${one.facts.textContent}`);
    });
    heard.say([`(${cursor})`, ...panels.map((one) => `${one.name}: ${one.facts.textContent}`)].join("; "));
  });

  // Where the pen is, as wide as what it draws.
  function ring() {
    const context = canvas.getContext("2d");
    for (const [colour, width] of [["#ffffff", 4], ["#000000", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.setLineDash([]);
      context.beginPath();
      context.arc((cursor[0] + 0.5) * ZOOM, (cursor[1] + 0.5) * ZOOM, (erasing ? ERASER : PEN) * ZOOM, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  // A stroke from place to place: full ink in its middle, and soft edges.
  function line([left, top], [right, bottom]) {
    const [dx, dy] = [right - left, bottom - top];
    const reach = erasing ? ERASER : PEN;
    for (let p = 0; p < drawing.length; p += 1) {
      const [x, y] = [(p % SIZE) + 0.5 - left, Math.floor(p / SIZE) + 0.5 - top];
      const along = Math.max(0, Math.min(1, (x * dx + y * dy) / (dx * dx + dy * dy || 1)));
      const ink = 255 * Math.max(0, Math.min(1, reach - Math.hypot(x - along * dx, y - along * dy)));
      drawing[p] = erasing ? Math.min(drawing[p], 255 - ink) : Math.max(drawing[p], ink);
    }
  }

  const middle = ([x, y]) => [x + 0.5, y + 0.5];

  function changed() {
    draw();
    send();
  }

  function clear() {
    remember();
    drawing.fill(0);
    changed();
  }

  // The next example digit, where it falls.
  function putDigit() {
    remember();
    const [left, top] = [0, 1].map(() => Math.floor(Math.random() * (SIZE - DIGIT + 1)));
    const digit = digits.subarray(next * DIGIT * DIGIT, (next + 1) * DIGIT * DIGIT);
    digit.forEach((level, p) => {
      const at = (top + Math.floor(p / DIGIT)) * SIZE + left + (p % DIGIT);
      drawing[at] = Math.min(255, drawing[at] + level);
    });
    next = (next + 1) % (digits.length / (DIGIT * DIGIT));
    changed();
  }

  // Where a pointer is, in pixels and parts of them.
  function placeOf(event) {
    const { left, top, width, height } = event.target.getBoundingClientRect();
    return [((event.clientX - left) / width) * SIZE, ((event.clientY - top) / height) * SIZE];
  }

  function press(event) {
    cursor = pixelAt(event.target, event, SIZE, SIZE);
    remember();
    stroke = placeOf(event);
    event.target.setPointerCapture(event.pointerId);
    canvas.focus();
    line(stroke, stroke);
    changed();
  }

  function move(event) {
    shown = true;
    cursor = pixelAt(event.target, event, SIZE, SIZE);
    if (stroke === null) return draw();
    const place = placeOf(event);
    line(stroke, place);
    stroke = place;
    changed();
  }

  function release() {
    stroke = null;
  }

  function key(event) {
    const from = cursor;
    const arrow = ARROWS[event.key];
    if (arrow) cursor = cursor.map((at, n) => Math.max(0, Math.min(SIZE - 1, at + arrow[n])));
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo();
    else if (arrow ? event.shiftKey : event.key === " " || event.key === "Enter") {
      remember();
      line(middle(from), middle(cursor));
      send();
    } else if (!arrow) return;
    event.preventDefault();
    draw();
  }

  draw();
  return listen(model, {
    // Set from Python. While the student draws, the canvas knows better than an echo.
    "change:drawing": () => {
      if (stroke !== null) return;
      drawing = bytes(model.get("drawing")).slice();
      draw();
    },
    "change:answered": () => { root.dataset.milliseconds = performance.now() - sent; },
    "change:found change:answered change:threshold": draw,
  });
}

// 256 greys from white paper to black, or as much paler as is said, as RGBA bytes.
function greys(paler) {
  return Uint8ClampedArray.from({ length: 4 * 256 }, (_, p) => (p % 4 === 3 ? 255 : 255 - Math.floor(p / 4) / paler));
}

export default { render };

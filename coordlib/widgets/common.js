// Helpers of all widgets. A widget's module is this file followed by its own.

// A new element; attributes that are functions become event listeners.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  assign(made, attributes);
  made.append(...children);
  return made;
}

function svgElement(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(made, attributes);
  made.append(...children);
  return made;
}

function assign(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value);
  }
}

// The widget's outer box. Keys pressed inside are its own, not the notebook's.
function box(el, name, colour) {
  let last = null; // the control that had the keys last
  const root = element("div", {
    class: `coordlib coordlib-${name}`,
    "data-lm-suppress-shortcuts": "true",
    keydown: (event) => event.stopPropagation(),
    focusin: (event) => { if (event.target.matches(TAKES_KEYS)) last = event.target; },
    // A press beside all controls gives the focus to what is around them. That must be the box,
    // or the notebook has the keys; and the box hands them on.
    tabindex: -1,
    focus: () => {
      const control = root.contains(last) && last.matches(TAKES_KEYS) ? last : root.querySelector(TAKES_KEYS);
      control?.focus({ preventScroll: true });
    },
  });
  if (colour) root.style.setProperty("--accent", colour);
  el.append(root);
  return root;
}

// What a key changes for good must have been aimed at.
const TAKES_KEYS = "[tabindex='0'], input:enabled:not(.deliberate)";

// A button. One that is not able to do its work now keeps the keyboard's focus all the same.
function button(text, work, attributes = {}) {
  const made = element("button", {
    ...attributes, click: () => { if (made.getAttribute("aria-disabled") !== "true") work(); },
  }, text);
  return made;
}

function enable(made, able) {
  made.setAttribute("aria-disabled", !able);
}

// What can be had back: `remember` before each change that is to be undone as a whole, `undo` gives
// the last state to `restore`; and the button for it. `copy` gives a copy of the state.
function past(copy, restore) {
  const before = [];
  const back = button("Undo", undo, { "aria-disabled": true });

  function remember() {
    before.push(copy());
    if (before.length > 100) before.shift();
    enable(back, true);
  }

  function undo() {
    if (!before.length) return;
    const state = before.pop();
    enable(back, before.length > 0);
    restore(state);
  }

  return { back, remember, undo };
}

// A line for screen readers alone: what is true by then, at most so often. More is a flood.
function spoken(milliseconds) {
  const node = element("div", { class: "spoken", role: "status" });
  let words = "";
  const speak = throttled(milliseconds, () => { node.textContent = words; });
  return {
    node,
    say(text) {
      if (text === words) return;
      words = text;
      speak();
    },
  };
}

// Call `work` at most once a frame, with what is true by then: events in between are dropped.
function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

// Call `work` now or as soon as `milliseconds` have passed since the last call; never lose the last.
function throttled(milliseconds, work) {
  let timer = null;
  let last = -Infinity;
  return () => {
    if (timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      last = performance.now();
      work();
    }, Math.max(0, last + milliseconds - performance.now()));
  };
}

// Listen to a model for as long as the view lives: returns what `render` must return.
function listen(model, handlers) {
  for (const [event, handler] of Object.entries(handlers)) model.on(event, handler);
  return () => {
    for (const [event, handler] of Object.entries(handlers)) model.off(event, handler);
  };
}

function bytes(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

// From this level of an ink on, a white line on it is seen better than a dark one; as in base.py.
const DARK = 0.52;

// 256 colours from white paper over `colour` to nearly black, as RGBA bytes.
function ink(colour) {
  const middle = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const table = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level += 1) {
    const part = level / 255;
    const [from, to, along] =
      part < 0.6 ? [[255, 255, 255], middle, part / 0.6] : [middle, [17, 17, 17], (part - 0.6) / 0.4];
    for (let c = 0; c < 3; c += 1) table[4 * level + c] = from[c] + (to[c] - from[c]) * along;
    table[4 * level + 3] = 255;
  }
  return table;
}

// A canvas element on which a picture of width × height pixels is drawn `zoom` times as large.
function pixelCanvas(width, height, zoom, attributes = {}) {
  return element("canvas", { width: width * zoom, height: height * zoom, ...attributes });
}

// Draw levels (0 to 255, row by row) through a table of colours, over the whole canvas.
function drawLevels(canvas, width, height, levels, table) {
  const picture = new ImageData(width, height);
  for (let p = 0; p < levels.length; p += 1) {
    picture.data.set(table.subarray(4 * levels[p], 4 * levels[p] + 4), 4 * p);
  }
  drawPicture(canvas, picture);
}

// Draw red, green and blue (0 to 255, pixel by pixel), over the whole canvas.
function drawColours(canvas, width, height, colours) {
  const picture = new ImageData(width, height);
  picture.data.fill(255);
  for (let p = 0; p < width * height; p += 1) {
    picture.data.set(colours.subarray(3 * p, 3 * p + 3), 4 * p);
  }
  drawPicture(canvas, picture);
}

function drawPicture(canvas, picture) {
  const small = new OffscreenCanvas(picture.width, picture.height);
  small.getContext("2d").putImageData(picture, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

// Outline the square of `size` pixels around (x, y), as large as the datasets draw it.
function outlineSquare(canvas, zoom, x, y, size, colour = "#333333", dash = []) {
  const first = Math.floor(size / 2);
  outlineBox(canvas, zoom, [x - first, y - first, x - first + size, y - first + size], colour, { dash });
}

// Outline a box [left, top, right, bottom] in pixels, a canvas's pixel outside of it.
function outlineBox(canvas, zoom, [left, top, right, bottom], colour, { dash = [], width = 2, opacity = 1 } = {}) {
  const one = 1 / zoom;
  const boxes = [[left - one, top - one, right + one, bottom + one]];
  // A white line below, so that it shows on dark pixels too.
  strokeBoxes(canvas, zoom, boxes, "#ffffff", { width: width + 2, opacity: () => opacity });
  strokeBoxes(canvas, zoom, boxes, colour, { width, dash, opacity: () => opacity });
}

// Draw a line along each of the boxes; `opacity` gives that of box number n.
function strokeBoxes(canvas, zoom, boxes, style, { width, dash = [], opacity = () => 1 }) {
  const context = canvas.getContext("2d");
  context.strokeStyle = style;
  context.lineWidth = width;
  context.setLineDash(dash);
  boxes.forEach(([left, top, right, bottom], n) => {
    context.globalAlpha = opacity(n);
    context.strokeRect(left * zoom, top * zoom, (right - left) * zoom, (bottom - top) * zoom);
  });
  context.globalAlpha = 1;
  context.setLineDash([]);
}

// How many boxes, in words.
function boxCount(number) {
  return number === 1 ? "1 box" : `${number} boxes`;
}

// The pixel under a pointer event.
function pixelAt(canvas, event, width, height) {
  const place = canvas.getBoundingClientRect();
  const scale = (value, size, pixels) =>
    Math.max(0, Math.min(pixels - 1, Math.floor((value / size) * pixels)));
  return [
    scale(event.clientX - place.left, place.width, width),
    scale(event.clientY - place.top, place.height, height),
  ];
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Paint which positions are held out. A press on a free place paints, on a painted one erases.

function render({ model, el }) {
  const size = model.get("canvas");
  const square = model.get("square");
  const colours = model.get("colours");
  const first = Math.floor(square / 2);
  const last = first + size - square;
  const zoom = Math.max(4, Math.floor(384 / size));
  let mask = bytes(model.get("mask")).slice();
  let cursor = [Math.floor(size / 2), Math.floor(size / 2)];
  let stroke = null; // while the pointer is down: {at: [x, y]}
  let pen = 1; // what was done last, to go on with by shift and an arrow: 1 paints, 0 erases
  let shown = false; // whether the brush is drawn: under the pointer, or with the keyboard's focus

  const root = box(el, "painter");
  const canvas = pixelCanvas(size, size, zoom, {
    class: "pointing", tabindex: 0, role: "application",
    "aria-label": "Canvas to paint the held-out positions on. Arrow keys move, space paints or " +
      "erases, shift and an arrow go on with it along the way, control and Z undo.",
    pointerdown: press, pointermove: move, pointerup: release, pointercancel: release,
    pointerleave: () => { shown = document.activeElement === canvas; draw(); },
    focus: () => { shown = true; draw(); }, blur: () => { shown = false; draw(); },
    keydown: key,
  });
  canvas.style.width = `${size * zoom}px`;
  const count = element("div", { class: "count number" });
  const place = element("div", { class: "quiet number" });
  const heard = spoken(1000);
  const { back, remember, undo } = past(() => mask.slice(), (state) => { mask = state; changed(); });
  const brush = element("input", {
    type: "range", min: 1, max: 9, step: 2, value: 3, "aria-label": "Brush size in pixels",
    input: () => { brushText.textContent = `${brush.value} px`; draw(); },
  });
  const brushText = element("span", { class: "number" }, "3 px");
  const preset = (text, held) => element("button", { click: () => fill(held) }, text);
  root.append(element("div", { class: "columns" }, canvas, element("div", { class: "side" },
    count,
    element("div", { class: "row" }, swatch("train"), element("span", { class: "quiet" }, "for training"),
      swatch("test"), element("span", { class: "quiet" }, "held out")),
    element("div", { class: "row" }, "Brush", brush, brushText),
    element("div", { class: "row", role: "group", "aria-label": "Start from" },
      preset("Disc", (x, y) => ((x - (size - 1) / 2) ** 2 + (y - (size - 1) / 2) ** 2 <= (size / 4) ** 2)),
      preset("Quadrant", (x, y) => x / size > 0.5 && y / size > 0.5),
      preset("Checkerboard", (x, y) => (Math.floor(x / 4) + Math.floor(y / 4)) % 2)),
    element("div", { class: "row" },
      preset("Invert", (x, y) => !mask[y * size + x]), preset("Clear", () => false), back),
    element("div", { class: "quiet" },
      "Paint with the pointer; start on a painted place to erase. " +
      "Keys: arrows, space, shift + arrows, Ctrl + Z."),
    place, heard.node)));

  function swatch(name) {
    const made = element("span", { class: "key" });
    made.style.background = colours[name];
    return made;
  }

  const fits = (x, y) => x >= first && x <= last && y >= first && y <= last;

  const send = throttled(100, () => {
    model.set("mask", new DataView(mask.slice().buffer));
    model.save_changes();
  });

  const draw = oncePerFrame(() => {
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    let test = 0;
    for (let y = first; y <= last; y += 1) {
      for (let x = first; x <= last; x += 1) {
        const held = mask[y * size + x];
        test += held;
        context.fillStyle = held ? colours.test : colours.train;
        context.fillRect(x * zoom, y * zoom, zoom - 1, zoom - 1);
      }
    }
    const train = (last - first + 1) ** 2 - test;
    const missing = test === 0 ? ": paint some" : train === 0 ? ": leave some" : "";
    count.textContent = `train ${train} / test ${test}${missing}`;
    const [x, y] = cursor;
    place.textContent = !fits(x, y)
      ? `(${x}, ${y}): no square fits here`
      : `(${x}, ${y}): ${mask[y * size + x] ? "held out" : "for training"}`;
    heard.say(`${place.textContent}; ${count.textContent}`);
    if (!shown) return;
    outlineSquare(canvas, zoom, x, y, Number(brush.value), "#000000");
    if (fits(x, y)) outlineSquare(canvas, zoom, x, y, square, "#777777", [4, 3]);
  });

  function dab([x, y]) {
    const reach = Math.floor(brush.value / 2);
    for (let j = y - reach; j <= y + reach; j += 1) {
      for (let i = x - reach; i <= x + reach; i += 1) {
        if (fits(i, j)) mask[j * size + i] = pen;
      }
    }
  }

  function changed() {
    draw();
    send();
  }

  function fill(held) {
    const next = new Uint8Array(size * size);
    for (let y = first; y <= last; y += 1) {
      for (let x = first; x <= last; x += 1) next[y * size + x] = held(x, y) ? 1 : 0;
    }
    remember();
    mask = next;
    changed();
  }

  function press(event) {
    cursor = pixelAt(canvas, event, size, size);
    remember();
    pen = 1 - mask[cursor[1] * size + cursor[0]];
    stroke = { at: cursor };
    canvas.setPointerCapture(event.pointerId);
    canvas.focus();
    dab(cursor);
    changed();
  }

  function move(event) {
    shown = true;
    cursor = pixelAt(canvas, event, size, size);
    if (stroke === null) return draw();
    // A quick pointer jumps: paint all the way from where it was.
    const [x, y] = stroke.at;
    const [dx, dy] = [cursor[0] - x, cursor[1] - y];
    const steps = Math.max(Math.abs(dx), Math.abs(dy), 1);
    for (let n = 1; n <= steps; n += 1) {
      dab([Math.round(x + (dx * n) / steps), Math.round(y + (dy * n) / steps)]);
    }
    stroke.at = cursor;
    changed();
  }

  function release() {
    stroke = null;
  }

  function key(event) {
    const [x, y] = cursor;
    if (event.key in ARROWS) {
      const [dx, dy] = ARROWS[event.key];
      cursor = [Math.max(0, Math.min(size - 1, x + dx)), Math.max(0, Math.min(size - 1, y + dy))];
      if (event.shiftKey) {
        remember();
        dab([x, y]);
        dab(cursor);
        send();
      }
    } else if (event.key === " " || event.key === "Enter") {
      remember();
      pen = 1 - mask[y * size + x];
      dab(cursor);
      send();
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") undo();
    else return;
    event.preventDefault();
    draw();
  }

  draw();
  return listen(model, {
    // Set from Python. While the student paints, the canvas knows better than an echo.
    "change:mask": () => {
      if (stroke !== null) return;
      mask = bytes(model.get("mask")).slice();
      draw();
    },
  });
}

export default { render };

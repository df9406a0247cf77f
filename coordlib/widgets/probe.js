// Drag the square: the networks answer from here, without the kernel.

function render({ model, el }) {
  const size = model.get("canvas");
  const square = model.get("square");
  const first = Math.floor(square / 2);
  const last = first + size - square;
  const zoom = Math.max(4, Math.ceil(512 / size));
  const held = bytes(model.get("held_out"));
  const paints = model.get("paints");
  const floats = new Float32Array(bytes(model.get("weights")).slice().buffer);
  let [x, y] = [model.get("x"), model.get("y")];

  const root = box(el, "probe");
  const facts = element("div", { class: "facts number" });
  const heard = spoken(1000);
  const input = pixelCanvas(size, size, zoom, {
    class: "pointing", tabindex: 0, role: "application",
    "aria-label": "The square to move: drag it, or use the arrow keys; with shift in larger steps.",
    pointerdown: press, pointermove: drag, keydown: key,
  });
  const panels = model.get("networks").map((network) => {
    const made = {
      ...network,
      table: ink(network.colour),
      canvas: pixelCanvas(size, size, zoom, { class: "pointing", role: "img", pointerdown: press, pointermove: drag }),
      facts: element("div", { class: "facts number" }),
    };
    return made;
  });
  root.append(element("div", { class: "columns" },
    panel("Drag it, or press arrow keys", input, facts), ...panels.map((p) => panel(p.name, p.canvas, p.facts, p.colour))), heard.node);

  function panel(title, canvas, below, colour) {
    const made = element("div", { class: "panel" }, element("div", { class: "title" }, title), canvas, below);
    if (colour) made.style.setProperty("--accent", colour);
    return made;
  }

  const send = throttled(200, () => {
    model.set({ x, y });
    model.save_changes();
  });

  // Diagonals through the held-out pixels: dark lines, white ones on dark ink; as plots.hatch.
  const apart = Math.ceil(size / 16);
  // They cut off corners, so that a pixel's middle, which may be all there is to see, stays free.
  const corners = [...held.keys()].filter((p) => held[p]).flatMap((p) => {
    const [column, row] = [p % size, Math.floor(p / size)];
    return [0, 1].filter((turn) => (column + row + turn) % apart === 0)
      .map((turn) => ({ p, left: (column + turn / 2) * zoom, top: (row + turn / 2) * zoom }));
  });
  const blank = new Float32Array(size * size);
  function hatch(canvas, shades) {
    const context = canvas.getContext("2d");
    context.lineWidth = 2;
    context.setLineDash([]);
    for (const dark of [false, true]) {
      context.strokeStyle = dark ? "#ffffff" : model.get("hatching");
      context.beginPath();
      for (const { p, left, top } of corners) {
        if (shades[p] > DARK !== dark) continue;
        context.moveTo(left, top + zoom / 2);
        context.lineTo(left + zoom / 2, top);
      }
      context.stroke();
    }
  }

  const draw = oncePerFrame(() => {
    const began = performance.now();
    const context = input.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, input.width, input.height);
    hatch(input, blank);
    context.fillStyle = "#777777";
    context.fillRect((x - first) * zoom, (y - first) * zoom, square * zoom, square * zoom);
    context.fillStyle = "#000000";
    context.fillRect(x * zoom, y * zoom, zoom, zoom);
    const kind = held[y * size + x] ? "held out: no network was trained on it" : "a position to train on";
    facts.replaceChildren(`(x, y) = (${x}, ${y})`, element("br"), kind);
    heard.say(`(${x}, ${y}), ${kind}`);
    for (const one of panels) {
      const values = logits(one.layers, floats, x, y);
      const [shades, first, second] = paints ? painting(values) : probabilities(values);
      drawLevels(one.canvas, size, size, shades.map((value) => Math.round(255 * value)), one.table);
      hatch(one.canvas, shades);
      outlineSquare(one.canvas, zoom, x, y, square);
      one.facts.replaceChildren(first, element("br"), second);
      one.canvas.setAttribute("aria-label", `${one.name}: ${first}, ${second}`);
    }
    root.dataset.milliseconds = performance.now() - began;
  });

  // What to shade, 0 to 1, and two facts about it: of a network that points at a pixel …
  function probabilities(values) {
    const chances = softmax(values);
    let brightest = 0;
    chances.forEach((value, p) => { if (value > chances[brightest]) brightest = p; });
    const away = Math.hypot((brightest % size) - x, Math.floor(brightest / size) - y);
    return [
      chances.map(Math.sqrt),
      `probability of the true pixel ${chances[y * size + x].toFixed(3)}`,
      away ? `brightest pixel ${away.toFixed(1)} px away` : "brightest pixel: the true one",
    ];
  }

  // … and of one that paints the square.
  function painting(values) {
    let [hit, beside] = [0, 0];
    values.forEach((value, p) => {
      if (value <= 0) return;
      const [column, row] = [(p % size) - x + first, Math.floor(p / size) - y + first];
      if (column >= 0 && row >= 0 && column < square && row < square) hit += 1;
      else beside += 1;
    });
    const whole = square * square;
    return [
      values.map((value) => 1 / (1 + Math.exp(-value))),
      `overlap (IOU) ${(hit / (whole + beside)).toFixed(3)}`,
      `${hit} of ${whole} pixels painted, ${beside} beside them`,
    ];
  }

  function moveTo(column, row) {
    const inside = (value) => Math.max(first, Math.min(last, value));
    if (inside(column) === x && inside(row) === y) return;
    [x, y] = [inside(column), inside(row)];
    draw();
    send();
  }

  function press(event) {
    event.target.setPointerCapture(event.pointerId);
    input.focus();
    moveTo(...pixelAt(event.target, event, size, size));
  }

  function drag(event) {
    if (event.buttons) moveTo(...pixelAt(event.target, event, size, size));
  }

  function key(event) {
    if (!(event.key in ARROWS)) return;
    const step = event.shiftKey ? 5 : 1;
    const [dx, dy] = ARROWS[event.key];
    moveTo(x + dx * step, y + dy * step);
    event.preventDefault();
  }

  draw();
  return listen(model, {
    "change:x change:y": () => {
      [x, y] = [model.get("x"), model.get("y")];
      draw();
    },
  });
}

export default { render };

// Three sliders set a tilted plane; the page draws it, what a ReLU leaves of it, and of a picture.

const LARGEST = 3; // the value that is drawn with the full colour

function render({ model, el }) {
  const size = model.get("size");
  const picture = bytes(model.get("picture"));
  const [below, above] = model.get("colours");
  const zoom = Math.max(4, Math.ceil(256 / size));
  const coordinate = (i) => (2 * i - (size - 1)) / Math.max(size - 1, 1);
  const signed = signedTable(below, above);
  const positive = ink(above);
  const values = {};

  const root = box(el, "plane", above);
  const sliders = [
    ["x_weight", "a, the weight of x"], ["y_weight", "b, the weight of y"], ["bias", "c, the bias"],
  ].map(([name, label]) => {
    const shown = element("span", { class: "answer number" });
    const input = element("input", {
      type: "range", min: -2, max: 2, step: 0.1, "aria-label": label,
      input: () => { values[name] = Number(input.value); draw(); send(); },
    });
    return { name, input, shown, row: element("label", { class: "row" }, element("span", { class: "label" }, label), input, shown) };
  });
  const panels = ["map", "relu(map)", "relu(picture + map)"].map((name) => {
    const canvas = pixelCanvas(size, size, zoom, { role: "img" });
    const title = element("div", { class: "title" }, name);
    const facts = element("div", { class: "facts number" });
    return { name, canvas, title, facts, whole: element("div", { class: "panel" }, title, canvas, facts) };
  });
  root.append(
    element("div", { class: "sliders" }, ...sliders.map((one) => one.row)),
    element("div", { class: "columns" }, ...panels.map((one) => one.whole)),
  );

  const send = throttled(200, () => {
    model.set({ ...values });
    model.save_changes();
  });

  const written = (value) => value.toFixed(1).replace("-", "−");
  const term = (value, name) => `${value < 0 ? "−" : "+"} ${Math.abs(value).toFixed(1)}${name}`;

  const draw = oncePerFrame(() => {
    const began = performance.now();
    const { x_weight: a, y_weight: b, bias: c } = values;
    const count = size * size;
    const levels = [0, 1, 2].map(() => new Uint8ClampedArray(count));
    let [lit, dots, left, low, high] = [0, 0, 0, Infinity, -Infinity];
    for (let p = 0; p < count; p += 1) {
      const map = a * coordinate(p % size) + b * coordinate(Math.floor(p / size)) + c;
      const sum = picture[p] + map;
      low = Math.min(low, map);
      high = Math.max(high, map);
      if (map > 1e-9) lit += 1;
      if (picture[p]) {
        dots += 1;
        if (sum > 1e-9) left += 1;
      }
      levels[0][p] = Math.round(127.5 + (127.5 * map) / LARGEST);
      levels[1][p] = Math.round((255 * map) / LARGEST);
      levels[2][p] = Math.round((255 * sum) / LARGEST);
    }
    levels.forEach((each, n) =>
      drawLevels(panels[n].canvas, size, size, each, n === 0 ? signed : positive));
    drawZero(panels[0].canvas, a, b, c);
    const facts = [
      `from ${low.toFixed(2)} to ${high.toFixed(2)}`.replaceAll("-", "−"),
      `${((100 * lit) / count).toFixed(0)} % of the pixels are above 0`,
      `${left} of ${dots} dots can be told from their surroundings`,
    ];
    panels[0].title.textContent = `map: ${written(a)} x ${term(b, " y")} ${term(c, "")}`;
    panels.forEach((one, n) => {
      one.facts.textContent = facts[n];
      one.canvas.setAttribute("aria-label", `${one.title.textContent}: ${facts[n]}`);
    });
    for (const one of sliders) {
      one.shown.textContent = written(values[one.name]);
      one.input.value = values[one.name];
    }
    root.dataset.milliseconds = performance.now() - began;
  });

  // The line along which the map is 0: there the ReLU folds the plane.
  function drawZero(canvas, a, b, c) {
    if (Math.abs(a) + Math.abs(b) < 1e-9) return;
    const context = canvas.getContext("2d");
    const at = (value) => ((value + 1) / 2) * canvas.width;
    const ends = Math.abs(b) > Math.abs(a)
      ? [-1, 1].map((x) => [at(x), at(-(a * x + c) / b)])
      : [-1, 1].map((y) => [at(-(b * y + c) / a), at(y)]);
    context.strokeStyle = below;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(...ends[0]);
    context.lineTo(...ends[1]);
    context.stroke();
  }

  function read() {
    for (const one of sliders) values[one.name] = model.get(one.name);
    draw();
  }

  read();
  return listen(model, { "change:x_weight change:y_weight change:bias": read });
}

// 256 colours from `below` over white to `above`, as RGBA bytes.
function signedTable(below, above) {
  const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const [dark, bright] = [rgb(below), rgb(above)];
  const table = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level += 1) {
    const part = (level - 127.5) / 127.5;
    const end = part < 0 ? dark : bright;
    for (let n = 0; n < 3; n += 1) table[4 * level + n] = 255 + (end[n] - 255) * Math.abs(part);
    table[4 * level + 3] = 255;
  }
  return table;
}

export default { render };

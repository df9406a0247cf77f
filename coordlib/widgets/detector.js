// A detector in four steps: what it starts from, what it is sure of, where it moves that, what is kept.

const MOVING = 900; // milliseconds that anchors take to their boxes
const PAPER_INK = 0.6; // full ink is grey, so that lines show on it

function render({ model, el }) {
  const { size, stride, perCell, surest: many, most, found, heat, thresholds } = model.get("fixed");
  const zoom = 8;
  const [colour, truth] = [model.get("colour"), model.get("truth")];
  const grey = ink("#8a8a8a");
  const floats = (name) => new Float32Array(bytes(model.get(name)).slice().buffer);
  const anchors = boxesOf(floats("anchors"));
  const side = Math.sqrt(anchors.length / perCell);
  const first = (size - stride * (side - 1)) / 2; // the first cell's column and row: cells lie amid the canvas
  const pictures = readPictures();
  let cell = [Math.floor(side / 2), Math.floor(side / 2)];
  let entered = -Infinity; // when the boxes began to move

  const root = box(el, "detector", colour);
  const canvas = pixelCanvas(size, size, zoom, { pointermove: point, pointerdown: point, keydown: key });
  const steps = [
    {
      name: "anchors", title: "Anchors", paint: paintAnchors,
      says: "Where the network starts from: the same boxes in every picture. Dots are their centres, the " +
        "outlines are the nine of one cell. Point at a cell, or press arrow keys.",
    },
    {
      name: "scores", title: "Scores", paint: paintScores,
      says: `Of each anchor the network says how sure it is that a digit is there. Outlined: the ${many} surest. A ` +
        "cell is the darker, the higher the best score of its nine.",
    },
    {
      name: "boxes", title: "Boxes", paint: paintBoxes,
      says: "And it says where to move each anchor and how to stretch it. Dashed: the surest anchors. Solid: " +
        "their boxes. Lines join the two centres.",
    },
    {
      name: "keep", title: "Keep", paint: paintKept,
      says: "Many boxes say the same. Of two that overlap by more than the slider says, the less sure one is " +
        `dropped, and at most ${most} are kept: the strong ones. Faint: what else the surest became.`,
    },
  ];
  const choices = steps.map(({ name, title }, n) =>
    element("button", { click: () => set({ step: name }) }, `${n + 1} ${title}`));
  const another = element("button", {
    click: () => set({ picture: (model.get("picture") + 1) % pictures.length }),
  }, "Another picture");
  const says = element("div", { class: "says" });
  const facts = element("div", { class: "facts number" });
  const heard = spoken(1000);
  const showTruth = element("input", { type: "checkbox", change: () => draw() });
  const dropped = "drop above IOU";
  const slider = element("input", {
    type: "range", min: thresholds[0], max: thresholds[1], step: 0.05, "aria-label": dropped,
    input: () => set({ threshold: Number(slider.value) }),
  });
  const sliderText = element("span", { class: "number answer" });
  const sliderRow = element("label", { class: "row" }, dropped, slider, sliderText);
  root.append(
    element("div", { class: "row head" },
      element("div", { class: "row", role: "group", "aria-label": "Step" }, ...choices),
      ...(pictures.length > 1 ? [another] : [])),
    element("div", { class: "columns" }, canvas, element("div", { class: "side" },
      says, facts, element("label", { class: "row" }, showTruth, "show the digits' true boxes"), sliderRow,
      heard.node)));

  // Sent at once: of what waits to be sent, an echo of an older state would take the place.
  function set(state) {
    model.set(state);
    model.save_changes();
  }

  function boxesOf(numbers) {
    return Array.from({ length: numbers.length / 4 }, (_, n) => numbers.subarray(4 * n, 4 * n + 4));
  }

  function readPictures() {
    const [images, scores, boxes] = [bytes(model.get("images")), floats("scores"), floats("boxes")];
    const [pixels, count] = [size * size, anchors.length];
    return model.get("digits").map((digits, p) => {
      const own = scores.subarray(p * count, (p + 1) * count);
      const order = surestFirst(own);
      return {
        digits,
        levels: images.subarray(p * pixels, (p + 1) * pixels).map((level) => PAPER_INK * level),
        scores: own,
        boxes: boxesOf(boxes.subarray(4 * p * count, 4 * (p + 1) * count)),
        order,
        surest: order.slice(0, many),
      };
    });
  }

  const draw = oncePerFrame(() => {
    const began = performance.now();
    const seen = pictures[model.get("picture")];
    const step = steps.find(({ name }) => name === model.get("step"));
    drawLevels(canvas, size, size, seen.levels, grey);
    const told = step.paint(seen);
    if (showTruth.checked) outline(seen.digits, truth, { dash: [7, 5] });
    facts.replaceChildren(...told.map((line) => element("div", {}, line)));
    heard.say(told.join(" "));
    says.textContent = step.says;
    choices.forEach((choice, n) => choice.setAttribute("aria-pressed", steps[n] === step));
    const points = step.name === "anchors";
    canvas.classList.toggle("pointing", points);
    assign(canvas, {
      tabindex: points ? 0 : -1, role: points ? "application" : "img",
      "aria-label": `Step ${step.title}, picture ${model.get("picture") + 1}: ${told.join(" ")}`,
    });
    slider.disabled = step.name !== "keep";
    sliderRow.style.visibility = slider.disabled ? "hidden" : "visible"; // it keeps its place
    slider.value = model.get("threshold");
    sliderText.textContent = model.get("threshold").toFixed(2);
    root.dataset.milliseconds = performance.now() - began;
  });

  // Outlines of boxes. White lines below all of them, so that they show on dark ink too.
  function outline(boxes, style, { width = 2, dash = [], opacity = () => 1 } = {}) {
    strokeBoxes(canvas, zoom, boxes, "#ffffff", { width: width + 2, opacity: (n) => 0.6 * opacity(n) });
    strokeBoxes(canvas, zoom, boxes, style, { width, dash, opacity });
  }

  const counted = (number) => number.toLocaleString("en");
  const centre = ([left, top, right, bottom]) => [(left + right) / 2, (top + bottom) / 2];
  const place = ([column, row]) => [first + stride * column, first + stride * row];

  function dot([x, y], radius, style) {
    const context = canvas.getContext("2d");
    context.fillStyle = style;
    context.beginPath();
    context.arc(x * zoom, y * zoom, radius, 0, 2 * Math.PI);
    context.fill();
  }

  function paintAnchors() {
    const from = perCell * (cell[1] * side + cell[0]);
    const nine = anchors.slice(from, from + perCell);
    for (const anchor of anchors) dot(centre(anchor), 2, truth);
    outline(nine, colour);
    dot(place(cell), 6, "#ffffff");
    dot(place(cell), 4, colour);
    const around = nine.filter((anchor) => centre(anchor).join() === place(cell).join()).length;
    const sides = nine.flatMap(([left, top, right, bottom]) => [right - left, bottom - top]);
    return [
      `${counted(anchors.length)} anchors: ${perCell} to each of ${side} × ${side} cells.`,
      `The cell at (${place(cell).join(", ")}): ${around} of its ${perCell} anchors have their centre there; ` +
        `their sides are ${Math.min(...sides)} to ${Math.max(...sides)} pixels.`,
    ];
  }

  function paintScores({ scores, surest }) {
    const context = canvas.getContext("2d");
    context.globalCompositeOperation = "multiply";
    context.fillStyle = colour;
    for (let n = 0; n < side * side; n += 1) {
      const [x, y] = place([n % side, Math.floor(n / side)]);
      context.globalAlpha = heat * Math.max(...scores.subarray(perCell * n, perCell * (n + 1)));
      context.fillRect((x - stride / 2) * zoom, (y - stride / 2) * zoom, stride * zoom, stride * zoom);
    }
    context.globalCompositeOperation = "source-over";
    outline(surest.map((n) => anchors[n]), colour, { opacity: (n) => scores[surest[n]] });
    const [lowest, highest] = [surest.at(-1), surest[0]].map((n) => scores[n].toFixed(3));
    const likely = scores.filter((score) => score > 0.5).length;
    return [
      `${counted(likely)} of ${counted(anchors.length)} anchors have a score above 0.5.`,
      `The ${surest.length} surest: from ${lowest} to ${highest}.`,
    ];
  }

  function paintBoxes({ boxes, surest, digits }) {
    const part = Math.min(1, (performance.now() - entered) / MOVING);
    const along = part * part * (3 - 2 * part); // slow, quick, slow
    const [before, after] = [anchors, boxes].map((all) => surest.map((n) => all[n]));
    const now = before.map((anchor, k) => anchor.map((value, c) => value + along * (after[k][c] - value)));
    outline(before, colour, { width: 1.5, dash: [5, 4], opacity: () => 0.6 });
    outline(now, colour);
    const context = canvas.getContext("2d");
    context.strokeStyle = truth;
    context.lineWidth = 2;
    before.forEach((anchor, k) => {
      context.beginPath();
      for (const end of [anchor, now[k]]) context.lineTo(...centre(end).map((value) => value * zoom));
      context.stroke();
    });
    now.forEach((each) => dot(centre(each), 3, truth));
    if (part < 1) draw();
    if (!digits.length) return ["No digit lies in this picture."];
    return [
      "Overlap (IOU) with the digit that each overlaps most, in the mean: " +
        `${best(before, digits)} of the anchors, ${best(after, digits)} of their boxes.`,
    ];
  }

  function paintKept({ boxes, order, surest, digits }) {
    const numbers = keep(boxes, order, model.get("threshold"), most);
    const kept = numbers.map((n) => boxes[n]);
    outline(surest.filter((n) => !numbers.includes(n)).map((n) => boxes[n]), colour, { width: 1, opacity: () => 0.4 });
    outline(kept, colour, { width: 3 });
    const left = `Kept: ${kept.length} of ${counted(boxes.length)} boxes.`;
    if (!digits.length) return [left, "No digit lies in this picture."];
    const hit = digits.filter((digit) => kept.some((each) => overlap(each, digit) >= found));
    return [
      left,
      `Overlap (IOU) with the digit that each overlaps most, in the mean: ${best(kept, digits)}.`,
      `${hit.length} of ${digits.length} digits have a box that overlaps them by at least ${found}.`,
    ];
  }

  // The mean overlap of boxes with the digit that each of them overlaps most.
  function best(boxes, digits) {
    const each = boxes.map((one) => Math.max(...digits.map((digit) => overlap(one, digit))));
    return (each.reduce((sum, value) => sum + value) / each.length).toFixed(2);
  }

  function choose(column, row) {
    const inside = (value) => Math.max(0, Math.min(side - 1, value));
    cell = [inside(column), inside(row)];
    draw();
  }

  function point(event) {
    if (model.get("step") !== "anchors") return;
    const [column, row] = pixelAt(canvas, event, size, size).map((pixel) => Math.round((pixel + 0.5 - first) / stride));
    choose(column, row);
  }

  function key(event) {
    if (model.get("step") !== "anchors" || !(event.key in ARROWS)) return;
    const [dx, dy] = ARROWS[event.key];
    choose(cell[0] + dx, cell[1] + dy);
    event.preventDefault();
  }

  function move() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    entered = still ? -Infinity : performance.now();
    draw();
  }

  draw();
  return listen(model, { "change:step": move, "change:picture change:threshold": draw });
}

export default { render };

// A sweep as lines: a click on a setting's value keeps its runs and lets the others fade.

function render({ model, el }) {
  const axes = model.get("axes");
  const results = model.get("results");
  const runs = model.get("runs");
  const colours = model.get("colours");
  const [height, top, bottom] = [330, 44, 20];
  let width = 860;
  const names = [...axes.map((axis) => axis.name), ...results];
  const halfWidth = (value) => Math.max(16, 4 * value.length + 6);
  const margin = Math.max(60, ...axes[0].values.map(halfWidth)) + 2;
  const place = (n) => margin + (n * (width - margin - 60)) / Math.max(1, names.length - 1);
  const level = (part) => height - bottom - part * (height - top - bottom);
  const share = (index, count) => (count === 1 ? 0.5 : index / (count - 1));

  const root = box(el, "slicer");
  const lines = runs.map((run, n) => {
    // Runs with the same values lie side by side.
    const aside = (n / Math.max(1, runs.length - 1) - 0.5) * 0.06;
    const heights = [
      ...run.at.map((at, axis) => share(at, axes[axis].values.length) + aside),
      ...run.results.map((value) => value / 100),
    ];
    const line = svgElement("polyline", { class: "run" });
    line.style.stroke = colours[run.side];
    return { line, heights };
  });
  const back = svgElement("g");
  // Each axis stands in a group of its own, which is moved where there is room for it.
  const scales = names.map((name, n) => svgElement("g", {},
    svgElement("line", { class: "axis", x1: 0, x2: 0, y1: level(0), y2: level(1) }),
    svgElement("text", { class: "name", x: 0, y: 14 }, name),
    ...(n < axes.length ? [] : [0, 25, 50, 75, 100].map((value) =>
      svgElement("text", { x: 6, y: level(value / 100) + 4 }, `${value}`)))));
  const buttons = axes.flatMap((axis, n) => axis.values.map((value, index) => {
    const y = level(share(index, axis.values.length));
    const half = halfWidth(value);
    const toggle = () => press(axis.name, value);
    const node = svgElement("g", {
      class: "value", role: "button", tabindex: 0, "aria-label": `${axis.name} ${value}`,
      click: toggle,
      keydown: (event) => {
        if (event.key in ARROWS) {
          const [dx, dy] = ARROWS[event.key];
          buttons[buttons.findIndex((one) => one.node === node) + dx + dy]?.node.focus();
        } else if (event.key === "Enter" || event.key === " ") toggle();
        else return;
        event.preventDefault();
      },
    }, svgElement("rect", { x: -half, y: y - 11, width: 2 * half, height: 22, rx: 5 }),
    svgElement("text", { x: 0, y: y + 4 }, value));
    scales[n].append(node);
    return { axis: axis.name, value, node };
  }));
  const facts = element("div", { class: "facts number", role: "status" });
  const pointed = element("div", { class: "quiet number pointed" }, "Point at a line to see what it is.");
  const drawing = svgElement("svg", {
    height, role: "group", "aria-label": "The runs and their settings",
    pointermove: (event) => point(nearest(event)), pointerleave: () => point(-1),
  }, back, ...scales);
  const room = element("div", { class: "room" }, drawing);
  root.append(
    element("div", { class: "row" },
      element("span", { class: "quiet" }, "Click values to keep only their runs; click again to let go."),
      element("button", { click: () => choose({}) }, "Keep all")),
    room,
    pointed,
    facts,
  );

  // As wide as there is room, so that its text keeps its size; narrower than this it is scrolled.
  function layOut() {
    width = Math.max(90 * names.length, Math.min(860, room.clientWidth));
    drawing.setAttribute("width", width);
    for (const { line, heights } of lines) {
      line.setAttribute("points", heights.map((part, n) => `${place(n)},${level(part)}`).join(" "));
    }
    scales.forEach((scale, n) => scale.setAttribute("transform", `translate(${place(n)} 0)`));
  }

  // The kept run whose line lies below or above the pointer within a few pixels; -1 if none does.
  function nearest(event) {
    const around = drawing.getBoundingClientRect();
    const [x, y] = [event.clientX - around.left, event.clientY - around.top];
    const along = (x - place(0)) / (place(1) - place(0));
    const from = Math.max(0, Math.min(names.length - 2, Math.floor(along)));
    let [found, least] = [-1, 8];
    lines.forEach(({ line, heights }, n) => {
      if (line.classList.contains("out")) return;
      const height = heights[from] + (heights[from + 1] - heights[from]) * (along - from);
      const away = Math.abs(level(height) - y);
      if (away < least) [found, least] = [n, away];
    });
    return found;
  }

  function point(found) {
    lines.forEach(({ line }, n) => line.classList.toggle("pointed", n === found));
    if (found < 0) return;
    back.append(lines[found].line); // above all others
    const { side, at, results: values } = runs[found];
    pointed.textContent = [
      side,
      ...axes.map((axis, n) => `${axis.name} ${axis.values[at[n]]}`),
      ...results.map((name, n) => `${name} ${values[n].toFixed(1)}`),
    ].join(" · ");
  }

  function press(axis, value) {
    const chosen = { ...model.get("chosen") };
    const kept = new Set(chosen[axis] ?? []);
    if (!kept.delete(value)) kept.add(value);
    if (kept.size) chosen[axis] = [...kept];
    else delete chosen[axis];
    choose(chosen);
  }

  function choose(chosen) {
    model.set("chosen", chosen);
    model.save_changes();
    draw();
  }

  function draw() {
    const began = performance.now();
    const chosen = model.get("chosen");
    const kept = runs.map((run) => run.at.every((at, n) => {
      const values = chosen[axes[n].name];
      return !values || values.includes(axes[n].values[at]);
    }));
    lines.forEach(({ line }, n) => line.classList.toggle("out", !kept[n]));
    const last = (n) => runs[n].results.at(-1);
    const order = runs.map((_, n) => n).sort((m, n) => kept[m] - kept[n] || last(m) - last(n));
    back.replaceChildren(...order.map((n) => lines[n].line));
    for (const { axis, value, node } of buttons) {
      node.setAttribute("aria-pressed", Boolean(chosen[axis]?.includes(value)));
    }
    facts.replaceChildren(...Object.keys(colours).flatMap((side) => said(side, kept)));
    root.dataset.milliseconds = performance.now() - began;
  }

  function said(side, kept) {
    const all = runs.filter((run) => run.side === side);
    if (!all.length) return [];
    const values = runs.filter((run, n) => kept[n] && run.side === side)
      .map((run) => run.results.at(-1)).sort((a, b) => a - b);
    const middle = values.length % 2
      ? values[(values.length - 1) / 2]
      : (values[values.length / 2 - 1] + values[values.length / 2]) / 2;
    const words = values.length
      ? `${results.at(-1)}: median ${middle.toFixed(1)}, best ${values.at(-1).toFixed(1)}`
      : "none is left";
    const name = element("span", { class: "title" }, side);
    name.style.borderBottom = `3px solid ${colours[side]}`;
    return [element("div", {}, name, ` ${values.length} of ${all.length} runs. ${words}`)];
  }

  layOut();
  draw();
  const watch = new ResizeObserver(layOut);
  watch.observe(room);
  const deaf = listen(model, { "change:chosen": draw });
  return () => {
    watch.disconnect();
    deaf();
  };
}

export default { render };

// Walk from one latent to another: what each painter paints there, and where its object went.

const PATH = "#333333"; // dark, with a white line below, so that it shows on all objects

function render({ model, el }) {
  const [side, frames, walks] = ["side", "frames", "walks"].map((name) => model.get(name));
  const names = Object.entries(model.get("colours"));
  const zoom = Math.ceil(512 / side);
  const size = 3 * side * side; // bytes of a frame
  let asked = 0; // when the walk was last changed here

  const root = box(el, "walking");
  const panels = names.map(([name, colour]) => ({
    name, colour,
    canvas: pixelCanvas(side, side, zoom, { role: "img" }),
    facts: element("div", { class: "facts number" }),
  }));
  const heard = spoken(1000);
  const slider = element("input", {
    type: "range", min: 0, max: frames - 1, step: 1, "aria-label": "Place along the walk, from 0 to 1",
    input: () => set({ frame: Number(slider.value) }),
  });
  const sliderText = element("span", { class: "number answer" });
  const which = element("span", { class: "number which" });
  const columns = element("div", { class: "columns" }, ...panels.map(panel));
  columns.style.maxWidth = `${320 * panels.length}px`;
  root.append(
    ...(walks > 1 ? [element("div", { class: "row" },
      element("button", { click: () => go(-1) }, "Previous walk"), which,
      element("button", { click: () => go(1) }, "Next walk"))] : []),
    columns,
    element("label", { class: "row" }, "along the walk", slider, sliderText),
    heard.node);
  // The arrow keys move the slider wherever in the widget they are pressed.
  root.addEventListener("keydown", (event) => {
    if (event.target === slider || !(event.key in ARROWS)) return;
    const [dx, dy] = ARROWS[event.key];
    slider.stepUp(dx - dy);
    set({ frame: Number(slider.value) });
    event.preventDefault();
  });

  function panel({ name, colour, canvas, facts }) {
    const made = element("div", { class: "panel" }, element("div", { class: "title" }, name), canvas, facts);
    made.style.setProperty("--accent", colour);
    return made;
  }

  // Sent at once: of what waits to be sent, an echo of an older state would take the place.
  function set(state) {
    model.set(state);
    model.save_changes();
  }

  function go(step) {
    asked = performance.now();
    set({ number: (model.get("number") + step + walks) % walks });
  }

  const draw = oncePerFrame(() => {
    const began = performance.now();
    const [number, painted, frame] = ["number", "painted", "frame"].map((name) => model.get(name));
    const pictures = bytes(model.get("pictures"));
    slider.value = frame;
    sliderText.textContent = (frame / (frames - 1)).toFixed(2);
    slider.setAttribute("aria-valuetext", sliderText.textContent);
    which.textContent = number === painted ? `walk ${number + 1} of ${walks}` : "painting …";
    panels.forEach(({ name, canvas, facts }, n) => {
      const from = (n * frames + frame) * size;
      drawColours(canvas, side, side, pictures.subarray(from, from + size));
      const path = model.get("paths")[n].slice(0, frame + 1);
      drawPath(canvas, path);
      const right = model.get("right")[n][frame];
      const centre = path.at(-1);
      const told = [
        `exactly ${model.get("shows")}: ${right ? "✓ yes" : "✗ no"}`,
        centre ? `red at (${centre.map((at) => at.toFixed(1)).join(", ")})` : "nothing red",
      ];
      facts.replaceChildren(told[0], element("br"), told[1]);
      canvas.setAttribute("aria-label", `${name}: ${told.join(", ")}`);
    });
    heard.say([which.textContent, `at ${sliderText.textContent}`,
      ...panels.map(({ canvas }) => canvas.getAttribute("aria-label"))].join("; "));
    root.dataset.milliseconds = performance.now() - began;
  });

  // A line through the centres with a dot for each, and a ring around the last; as plots.show_path.
  function drawPath(canvas, path) {
    const context = canvas.getContext("2d");
    const dot = canvas.width / 160;
    // A pixel's middle is at a whole number.
    const places = path.map((centre) => centre?.map((at) => (at + 0.5) * zoom));
    for (const [style, wider] of [["#ffffff", dot], [PATH, 0]]) {
      Object.assign(context, { strokeStyle: style, fillStyle: style, lineWidth: 0.7 * dot + 2 * wider });
      context.setLineDash([]);
      context.beginPath();
      places.forEach((place, n) => {
        if (!place) return;
        if (places[n - 1]) context.lineTo(...place);
        else context.moveTo(...place);
      });
      context.stroke();
      for (const place of places.filter(Boolean)) {
        context.beginPath();
        context.arc(...place, dot + wider, 0, 2 * Math.PI);
        context.fill();
      }
      const last = places.at(-1);
      if (!last) continue;
      context.beginPath();
      context.arc(...last, 3 * dot, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  draw();
  return listen(model, {
    "change:number change:frame change:pictures": draw,
    "change:painted": () => { root.dataset.painting = performance.now() - asked; },
  });
}

export default { render };

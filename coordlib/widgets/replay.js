// Recorded episodes side by side, on one clock: play them, or look at a frame.

function render({ model, el }) {
  const episodes = model.get("episodes");
  const last = Math.max(...episodes.map(({ shape }) => shape[0])) - 1;
  const grey = new Uint8ClampedArray(1024).map((_, n) => (n % 4 === 3 ? 255 : n >> 2));
  let frame = model.get("frame"); // while it plays, the page alone knows it
  let pictures = null; // of each episode, as soon as they are unpacked
  let timer = null;

  const root = box(el, "replay");
  const panels = episodes.map(panel);
  const heard = spoken(1000);
  const play = element("button", { class: "play", click: toggle }, "▶ Play");
  const slider = element("input", {
    type: "range", min: 0, max: last, step: 1, "aria-label": "Frame",
    input: () => stop(Number(slider.value)),
  });
  const sliderText = element("span", { class: "number answer" });
  const columns = element("div", { class: "columns" }, ...panels.map(({ node }) => node));
  const controls = element("div", { class: "row" }, play, slider, sliderText);
  for (const part of [columns, controls]) part.style.maxWidth = `${320 * panels.length}px`;
  root.append(columns, controls, heard.node);
  // Arrow keys move the slider and the space bar plays, wherever in the widget they are pressed.
  root.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target !== play) toggle();
    else if (event.key in ARROWS && event.target !== slider) {
      const [dx, dy] = ARROWS[event.key];
      slider.stepUp(dx - dy);
      stop(Number(slider.value));
    } else return;
    event.preventDefault();
  });

  function panel({ title, colour, shape: [count, height, width, channels], captions }) {
    const canvas = pixelCanvas(width, height, Math.ceil(512 / Math.max(height, width)), { role: "img" });
    canvas.style.aspectRatio = `${width} / ${height}`;
    const caption = element("div");
    const place = element("div", { class: "quiet" });
    const node = element("div", { class: "panel" },
      element("div", { class: "title" }, title), canvas, element("div", { class: "facts number" }, caption, place));
    node.style.setProperty("--accent", colour);
    return {
      node,
      // Draws its frame of the moment; gives it in words.
      draw(all) {
        const shown = Math.min(frame, count - 1);
        const size = all.length / count;
        const picture = all.subarray(shown * size, (shown + 1) * size);
        if (channels === 3) drawColours(canvas, width, height, picture);
        else drawLevels(canvas, width, height, picture, grey);
        caption.textContent = captions[shown];
        place.textContent = `frame ${shown + 1} of ${count}${frame > shown ? ", over" : ""}`;
        const told = `${title}: ${captions[shown]}, ${place.textContent}`;
        canvas.setAttribute("aria-label", told);
        return told;
      },
    };
  }

  // Each pixel was packed as what it has gained since the frame before, modulo 256.
  async function unpack() {
    const packed = new Blob([model.get("packed")]).stream();
    const unpacked = new Response(packed.pipeThrough(new DecompressionStream("deflate")));
    const all = new Uint8Array(await unpacked.arrayBuffer());
    let from = 0;
    pictures = episodes.map(({ shape: [count, ...size] }) => {
      const one = size.reduce((product, length) => product * length);
      const own = all.subarray(from, from + count * one);
      for (let n = one; n < own.length; n += 1) own[n] += own[n - one];
      from += own.length;
      return own;
    });
    draw();
  }

  const draw = oncePerFrame(() => {
    if (pictures === null) return;
    const began = performance.now();
    slider.value = frame;
    sliderText.textContent = `${frame + 1} / ${last + 1}`;
    slider.setAttribute("aria-valuetext", `frame ${frame + 1} of ${last + 1}`);
    const told = panels.map((each, n) => each.draw(pictures[n]));
    // What plays is not read out: nobody listens so fast.
    if (timer === null) heard.say(told.join("; "));
    root.dataset.milliseconds = performance.now() - began;
  });

  function toggle() {
    if (timer !== null) return stop(frame);
    if (frame === last) frame = 0;
    play.textContent = "❚❚ Pause";
    timer = setInterval(() => {
      frame += 1;
      if (frame >= last) stop(last);
      draw();
    }, 1000 / model.get("pace"));
    draw();
  }

  // Stand still at a frame, which Python hears.
  function stop(at) {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
    frame = at;
    model.set({ frame });
    model.save_changes();
    draw();
  }

  unpack();
  const deaf = listen(model, {
    "change:frame": () => { if (model.get("frame") !== frame) stop(model.get("frame")); },
  });
  return () => {
    clearInterval(timer);
    deaf();
  };
}

export default { render };

// Watch a training; stop it; change it where it stands; play its pictures again when it has ended.

function render({ model, el }) {
  const colour = model.get("colour");
  const root = box(el, "live", colour);
  const [count, height, width, channels = 1] = model.get("shape");
  const captions = model.get("captions");
  const boxed = model.get("newest_boxes").length > 0; // boxes take room
  const compact = !boxed && !captions.length;
  const zoom = Math.max(1, Math.ceil((boxed ? 320 : 160) / width));
  const table = ink(colour);
  let frame = null; // the number of the replayed picture, or null: the newest
  let timer = null;
  let run = model.get("run"); // its number: Reset begins another

  const status = element("div", { class: "status number" });
  const heard = spoken(5000);
  const changes = model.get("is_changeable") ? controls(model) : null;
  const stop = button("Stop", askToStop);
  const bar = element("div");
  const track = element("div", {
    class: "bar", role: "progressbar", "aria-label": "Training", "aria-valuemin": 0, "aria-valuemax": 100,
  }, bar);
  const names = model.get("metrics").map((name) => name.replaceAll("_", " "));
  const loss = chart(["loss"], "lowest", Math.min);
  const metric = chart(names, "highest", Math.max);
  const canvases = Array.from({ length: count }, () => pixelCanvas(width, height, zoom, { role: "img" }));
  const tiles = element("div", { class: compact ? "tiles compact" : "tiles" }, ...canvases.map((canvas, n) =>
    element("div", {}, canvas, ...(captions.length ? [element("div", { class: "quiet" }, captions[n] ?? "")] : []))));
  const columns = boxed ? Math.min(2, count) : Math.ceil(Math.sqrt(count));
  tiles.style.gridTemplateColumns = boxed || compact ? `repeat(${columns}, 1fr)` : "repeat(auto-fit, minmax(90px, 1fr))";
  tiles.style.width = `min(100%, ${Math.min(compact ? 256 : 440, (boxed ? 220 : 150) * count)}px)`;
  const play = element("button", { click: togglePlay }, "▶ Play");
  const scrubber = element("input", {
    type: "range", min: 0, max: 0, value: 0, "aria-label": "Step to look at",
    input: () => { pause(); show(Number(scrubber.value)); },
  });
  const frameText = element("span", { class: "number quiet" });
  const replay = element("div", { class: "row replay" }, play, scrubber, frameText);

  root.append(
    element("div", { class: "row head" }, element("div", { class: "title" }, model.get("title")), stop),
    track, status, heard.node, ...(changes?.nodes ?? []),
    element("div", { class: "columns" }, element("div", { class: count ? "charts narrow" : "charts" }, loss.svg, metric.svg), ...(count ? [tiles] : [])),
    ...(count ? [replay] : []));

  function askToStop() {
    enable(stop, false);
    stop.textContent = "Stopping …";
    model.send("stop");
    changes?.forget();
    // An older kernel hears it only after the running cell. Another run may have begun by then.
    const asked = run;
    setTimeout(() => {
      if (model.get("progress").state !== "running" || run !== asked) return;
      stop.textContent = "Stopping … or press ■ to interrupt";
    }, 3000);
  }

  function describe() {
    const { state, step, steps, epoch, seconds, why } = model.get("progress");
    const part = steps ? step / steps : 0;
    bar.style.width = `${100 * part}%`;
    track.setAttribute("aria-valuenow", Math.round(100 * part));
    const evaluations = model.get("evaluations");
    const last = evaluations[evaluations.length - 1];
    const results = last
      ? names.map((name, n) => `${name} ${last[2 + n] === null ? "–" : last[2 + n].toFixed(3)}`)
      : [];
    const left = part ? `about ${duration((seconds / part) * (1 - part))} left` : "starting";
    const when = {
      running: `epoch ${epoch + 1}, ${left}`,
      finished: `finished in ${duration(seconds)}`,
      stopped: `stopped after ${duration(seconds)}; what was learnt is kept`,
      diverged: `diverged at step ${step.toLocaleString("en")}: this learning rate is too high`,
      failed: changes && why ? `ended with an error: ${why}` : "ended with an error",
    }[state];
    status.textContent = [when, ...results].join(" · ");
    const changed = model.get("changed");
    heard.say(changed ? `${status.textContent} · changed: ${changed}` : status.textContent);
    if (state !== "running") stop.textContent = state === "finished" ? "Finished" : "Stopped";
    if (state !== "running") enable(stop, false);
    const replayable = state !== "running" && model.get("frame_steps").length > 1;
    play.disabled = scrubber.disabled = !replayable;
    scrubber.max = Math.max(0, model.get("frame_steps").length - 1);
    if (replayable && frame === null) scrubber.value = scrubber.max;
    if (!replayable) frameText.textContent = "play it again after the end";
    else if (frame === null) frameText.textContent = stepText(Number(scrubber.max));
  }

  function duration(seconds) {
    if (seconds < 99.5) return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;
    return `${Math.round(seconds / 60)} min`;
  }

  function stepText(number) {
    const [step, last] = [number, -1].map((n) => model.get("frame_steps").at(n).toLocaleString("en"));
    return `after step ${step} of ${last}`;
  }

  function drawPictures() {
    const all = bytes(frame === null ? model.get("newest") : model.get("frames"));
    const boxes = frame === null ? model.get("newest_boxes") : model.get("frame_boxes")[frame];
    const size = height * width * channels; // bytes of one
    canvases.forEach((canvas, n) => {
      const from = ((frame ?? 0) * count + n) * size;
      const picture = all.subarray(from, from + size);
      if (channels === 3) drawColours(canvas, width, height, picture);
      else drawLevels(canvas, width, height, picture, table);
      const mark = model.get("marks")[n];
      if (mark) outlineSquare(canvas, zoom, ...mark, model.get("mark_size"));
      for (const box of model.get("truth")[n] ?? []) outlineBox(canvas, zoom, box, "#333333", { dash: [5, 4], width: 1.5 });
      for (const box of boxes[n] ?? []) outlineBox(canvas, zoom, box, "#000000");
      const found = boxes[n] ? `: ${boxCount(boxes[n].length)}` : "";
      canvas.setAttribute("aria-label", (captions[n] ?? `Picture ${n + 1}`) + found);
    });
  }

  // Another run has taken the place of the last.
  function beginAnew() {
    run = model.get("run");
    pause();
    frame = null;
    scrubber.value = 0;
    stop.textContent = "Stop";
    enable(stop, true);
  }

  // A small line chart; its axis of steps is that of the whole training. `best` of the values so
  // far is told to who cannot see it, by the word for it.
  function chart(names, word, best) {
    const [w, h, left, top, foot] = [360, 134, 44, 20, 20];
    const label = names.map((name, n) => `${n === 0 && names.length > 1 ? "- -" : "—"} ${name}`).join(" · ");
    const lines = svgElement("g", { fill: "none", stroke: colour, "stroke-width": 1.6 });
    const labels = svgElement("g");
    const ticks = svgElement("g");
    const marks = svgElement("g");
    const factors = svgElement("g", { class: "factors" });
    const floor = h - foot;
    const cursor = svgElement("line", { y1: top, y2: floor, stroke: "currentColor", opacity: 0 });
    const svg = svgElement("svg", {
      width: w, height: h, viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": `Chart of ${names.join(", ")}`,
    },
    svgElement("text", { x: left, y: 12 }, label),
    svgElement("path", { d: `M${left} ${top}V${floor}H${w}`, fill: "none", stroke: "currentColor", opacity: 0.6 }),
    marks, lines, factors, labels, ticks, cursor);
    return {
      svg,
      draw(series, steps, low, high, at) {
        const x = (step) => left + ((w - left) * step) / Math.max(1, steps);
        const y = (value) => floor - ((floor - top) * (value - low)) / (high - low || 1);
        lines.replaceChildren(...series.map((points, n) => svgElement("path", {
          d: points.map(([step, value], k) => `${k ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join(""),
          "stroke-dasharray": n === 0 && series.length > 1 ? "5 3" : "",
        })));
        labels.replaceChildren(...(series.flat().length ? [low, high] : []).map((value) => svgElement("text", {
          x: left - 6, y: y(value) + 4, "text-anchor": "end",
        }, Number(value.toPrecision(2)))));
        ticks.replaceChildren(...[["start", 0], ["middle", steps / 2], ["end", steps]].map(([anchor, step]) =>
          svgElement("text", { x: x(step), y: h - 5, "text-anchor": anchor },
            anchor === "middle" ? "step" : step.toLocaleString("en"))));
        const changes = model.get("rate_changes").map(([step, factor]) => [x(step), factor]);
        marks.replaceChildren(...changes.map(([at]) =>
          svgElement("line", { x1: at, x2: at, y1: top, y2: floor, class: "rate-mark" })));
        // Words where there is room for them before the next.
        factors.replaceChildren(...changes.filter(([at], n) => (changes[n + 1]?.[0] ?? w) - at > 34)
          .map(([at, factor]) => svgElement("text", { x: at + 3, y: top + 10 }, `× ${factor}`)));
        const told = series.map((points, n) => {
          const values = points.map(([, value]) => value);
          return values.length
            ? `${names[n]} now ${values.at(-1).toPrecision(3)}, ${word} ${best(...values).toPrecision(3)}`
            : `${names[n]} not yet measured`;
        });
        svg.setAttribute("aria-label", `Chart of ${names.join(" and ")} over ${steps} steps: ${told.join("; ")}`);
        cursor.setAttribute("opacity", at === null ? 0 : 0.6);
        if (at !== null) for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(at));
      },
    };
  }

  function drawCharts() {
    const { steps } = model.get("progress");
    const evaluations = model.get("evaluations");
    const at = frame === null ? null : model.get("frame_steps")[frame];
    const losses = model.get("losses");
    loss.draw([losses], steps, 0, Math.max(0.01, ...losses.map((point) => point[1])), at);
    const series = model.get("metrics").map((_, n) => 
      evaluations.map((row) => [row[0], row[2 + n]]).filter(([, value]) => value !== null));
    const high = Math.max(1, ...series.flat().map((point) => point[1]));
    metric.draw(series, steps, 0, high, at);
  }

  function show(number) {
    frame = number;
    scrubber.value = number;
    frameText.textContent = stepText(number);
    scrubber.setAttribute("aria-valuetext", stepText(number));
    drawPictures();
    drawCharts();
  }

  function togglePlay() {
    if (timer !== null) return pause();
    const last = model.get("frame_steps").length - 1;
    show(frame === null || frame >= last ? 0 : frame);
    play.textContent = "❚❚ Pause";
    // The whole training in about six seconds, and never faster than the eye.
    timer = setInterval(() => {
      if (frame >= last) pause();
      else show(frame + 1);
    }, Math.max(80, Math.min(700, 6000 / last)));
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
  }

  const update = oncePerFrame(() => {
    if (model.get("run") !== run) beginAnew();
    describe();
    changes?.update();
    if (frame !== null) return;
    drawPictures();
    drawCharts();
  });
  update();
  const deaf = listen(model, { change: update });
  return () => {
    pause();
    deaf();
  };
}

export default { render };

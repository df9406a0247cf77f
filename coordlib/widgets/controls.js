// What a reader can change where a training stands: its learning rate at once, the rest by Reset.

const FACTORS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]; // of the recipe's learning rate

let groups = 0; // of radio buttons on the page, each of which needs a name of its own

// The row of controls, and a line that says what they do, or have done. `update` them when the model
// has changed; `forget` a Reset that Stop has taken back.
function controls(model) {
  const choices = Object.entries(model.get("choices"));
  const wanted = { ...model.get("chosen") };
  let factor = null; // asked for and not yet taken
  let replaced = null; // the number of the run in whose place another was asked for
  let isDeaf = false; // an older kernel hears nothing before the running cell has ended

  const slider = element("input", {
    type: "range", min: 0, max: FACTORS.length - 1, "aria-label": "Learning rate", class: "deliberate",
    input: update, change: askForRate,
  });
  slider.value = FACTORS.indexOf(factorNow());
  const rateText = element("span", { class: "number" });
  const reset = button("Reset", askForReset);
  const note = element("div", { class: "note quiet" });
  const row = element("div", { class: "row controls" },
    element("label", { class: "row rate" }, "Learning rate", slider, rateText),
    ...choices.map(([name, values]) => choice(name, values)), reset);

  function choice(name, values) {
    groups += 1;
    const group = `coordlib-choice-${groups}`;
    const label = inWords(name);
    return element("div", { class: "row", role: "radiogroup", "aria-label": label }, label,
      ...values.map((value, number) => {
        const radio = element("input", {
          type: "radio", name: group, class: "deliberate",
          change: () => { wanted[name] = number; update(); },
        });
        radio.checked = wanted[name] === number;
        return element("label", {}, radio, value);
      }));
  }

  function inWords(name) {
    return name.replaceAll("_", " ");
  }

  function factorNow() {
    return model.get("rate_changes").at(-1)?.[1] ?? 1;
  }

  function askForRate() {
    factor = FACTORS[slider.value];
    ask({ rate: factor });
  }

  function askForReset() {
    replaced = model.get("run");
    ask({ reset: wanted });
  }

  function ask(message) {
    model.send(message);
    update();
    setTimeout(() => {
      const isWaiting = (factor !== null && factor !== factorNow()) || replaced === model.get("run");
      isDeaf = isWaiting && model.get("progress").state === "running";
      update();
    }, 3000);
  }

  function forget() {
    replaced = null;
  }

  function update() {
    const { state, learning_rate: rate } = model.get("progress");
    if (factor === factorNow()) factor = null;
    if (factor === null && replaced !== model.get("run")) isDeaf = false;
    const now = state === "running" && rate !== undefined ? `, now ${Number(rate.toPrecision(2))}` : "";
    rateText.textContent = `× ${FACTORS[slider.value]}${now}`;
    slider.setAttribute("aria-valuetext", `times ${FACTORS[slider.value]}`);
    note.textContent = said(state);
  }

  function said(state) {
    const run = model.get("run");
    if (isDeaf) return "Not heard yet: here the training hears you when its cell has ended.";
    if (replaced === run && state !== "failed") return "Beginning anew …";
    const chosen = model.get("chosen");
    const other = choices.filter(([name]) => wanted[name] !== chosen[name])
      .map(([name, values]) => `${inWords(name)} ${values[wanted[name]]}`);
    if (other.length) return `Press Reset to begin anew with ${other.join(", ")}.`;
    const changed = model.get("changed");
    const isExtra = ![0, run].includes(model.get("kept_run"));
    const told = [
      ...(changed ? [`Changed: ${changed}. Not comparable with the page's runs.`] : []),
      ...(isExtra ? ["The cells below still use the run that this cell ended with."] : []),
    ];
    if (told.length) return told.join(" ");
    if (state !== "running") return "Reset trains anew, with what is set here.";
    return `The rate acts at the next step${choices.length ? ", the rest by Reset" : ""}.`;
  }

  return { nodes: [row, note], forget, update };
}

// What a reader can change where a training stands: its learning rate at once, the rest by Reset.

const FACTORS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]; // of the recipe's learning rate

let groups = 0; // of radio buttons on the page, each of which needs a name of its own

// The row of controls, and a line that says what they do, or have done. Call `update` with a model
// that has changed, and `began` when another run has taken the place of the last.
function controls(model) {
  const choices = Object.entries(model.get("choices"));
  const wanted = { ...model.get("chosen") };
  let asked = null; // the factor that the training has not yet taken
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
    const words = name.replaceAll("_", " ");
    return element("div", { class: "row", role: "radiogroup", "aria-label": words }, words,
      ...values.map((value, number) => {
        const radio = element("input", {
          type: "radio", name: group, class: "deliberate",
          change: () => { wanted[name] = number; update(); },
        });
        radio.checked = wanted[name] === number;
        return element("label", {}, radio, value);
      }));
  }

  function factorNow() {
    return model.get("rate_changes").at(-1)?.[1] ?? 1;
  }

  function askForRate() {
    asked = FACTORS[slider.value];
    model.send({ rate: asked });
    update();
    setTimeout(() => {
      isDeaf = asked !== null && asked !== factorNow() && model.get("progress").state === "running";
      update();
    }, 3000);
  }

  function askForReset() {
    enable(reset, false);
    model.send({ reset: wanted });
    setTimeout(() => {
      isDeaf = reset.getAttribute("aria-disabled") === "true";
      update();
    }, 3000);
  }

  function began() {
    isDeaf = false;
    enable(reset, true);
  }

  function update() {
    const { state, learning_rate: rate } = model.get("progress");
    if (asked === factorNow()) [asked, isDeaf] = [null, false];
    const factor = FACTORS[slider.value];
    const now = state === "running" && rate !== undefined ? `, now ${Number(rate.toPrecision(2))}` : "";
    rateText.textContent = `× ${factor}${now}`;
    slider.setAttribute("aria-valuetext", `times ${factor}`);
    note.textContent = said(state);
  }

  function said(state) {
    const chosen = model.get("chosen");
    const pending = choices.filter(([name]) => wanted[name] !== chosen[name])
      .map(([name, values]) => `${name.replaceAll("_", " ")} ${values[wanted[name]]}`);
    const changed = model.get("changed");
    const isExtra = model.get("kept_run") > 0 && model.get("run") !== model.get("kept_run");
    if (isDeaf) return "Not heard yet: here the training hears you when its cell has ended.";
    if (pending.length) return `Press Reset to begin anew with ${pending.join(", ")}.`;
    const kept = "The cells below go on with the run that their cell has waited for.";
    if (changed) return `Changed: ${changed}. Don't compare it with the page's runs.${isExtra ? ` ${kept}` : ""}`;
    if (isExtra) return kept;
    if (state !== "running") return "Reset trains anew, at the rate that is set here.";
    return `The rate acts at the next step. Reset begins anew${choices.length ? ", with what is chosen" : ""}.`;
  }

  return { nodes: [row, note], began, update };
}

// A question, a slider or choices, and a button that commits the answer.

function render({ model, el }) {
  const root = box(el, "prediction");
  const choices = model.get("choices");
  const unit = model.get("unit");
  const question = model.get("question");
  const answer = element("span", { class: "answer number" }, "?");
  const group = Math.random().toString(36); // radio buttons of one name exclude each other
  const note = element("span", { class: "quiet", "aria-live": "polite" });
  const commit = button("Commit", send, { "aria-disabled": true });
  const inputs = choices.length ? choices.map(choiceInput) : [slider()];
  let chosen = null;
  let waited = false; // whether the kernel has had its time to hear an answer

  const row = choices.length
    ? element("div", { class: "row", role: "radiogroup", "aria-label": question },
        ...inputs.map((input) => element("label", {}, input, input.value)), commit)
    : element("div", { class: "row" }, limit("low"), inputs[0], limit("high"), answer, commit);
  root.append(element("div", { class: "title" }, question), row, element("div", { class: "row" }, note));

  function limit(name) {
    return element("span", { class: "quiet number" }, withUnit(model.get(name)));
  }

  function slider() {
    const low = model.get("low");
    const high = model.get("high");
    const input = element("input", {
      type: "range", min: low, max: high, step: model.get("step"), "aria-label": question,
      "aria-valuetext": "no answer yet",
      input: () => choose(Number(input.value)),
      // A press without a move means the value under the thumb.
      pointerup: () => choose(Number(input.value)),
    });
    input.value = (low + high) / 2;
    return input;
  }

  function choiceInput(choice) {
    return element("input", {
      type: "radio", name: group, value: choice,
      change: () => choose(choice),
    });
  }

  function withUnit(value) {
    return unit ? `${value} ${unit}` : `${value}`;
  }

  function choose(value) {
    if (model.get("value") !== null && !model.get("recalled")) return;
    chosen = value;
    enable(commit, true);
    note.textContent = "Commit when you are sure: then it stays.";
    if (!choices.length) tell(value);
  }

  function tell(value) {
    answer.textContent = withUnit(value);
    inputs[0].setAttribute("aria-valuetext", withUnit(value));
  }

  function send() {
    model.set("recalled", false);
    model.set("value", chosen);
    model.save_changes();
    waited = false;
    setTimeout(() => { waited = true; show(); }, 3000);
    show();
  }

  // Only the kernel that made the question can show the answer later; it says when it has it.
  function promise() {
    if (model.get("heard") === model.get("value")) return "It will be shown beside the result.";
    return waited ? "But no kernel has heard it: run the cell again, then commit." : "";
  }

  function show() {
    const value = model.get("value");
    const trouble = model.get("trouble");
    if (value === null) {
      const ask = choices.length ? "Choose one." : "Move the slider to your answer.";
      note.textContent = `${trouble} ${ask}`.trim();
      return;
    }
    const recalled = model.get("recalled");
    for (const input of inputs) {
      input.disabled = !recalled;
      if (choices.length) input.checked = input.value === value;
      else input.value = value;
    }
    if (!choices.length) tell(value);
    enable(commit, false);
    commit.textContent = recalled ? "Commit" : "Committed";
    note.textContent = recalled
      ? `Earlier you predicted ${withUnit(value)}. It stands unless you commit another.`
      : `Your prediction: ${withUnit(value)}. ${trouble || promise()}`;
  }

  show();
  return listen(model, { "change:value change:recalled change:trouble change:heard": show });
}

export default { render };

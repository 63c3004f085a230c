// One setting to choose from: numbers on a slider, a few words as buttons, many in a list. All of it are the
// browser's own elements, which bring their keys, and the name and state that a screen reader tells.
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Each returns what to show, and a function that shows the value that is chosen now.
const kinds = {
  slider(name, options, choose) {
    const range = element("input", { type: "range", min: 0, max: options.length - 1, step: 1 });
    const said = element("output");
    range.addEventListener("input", () => choose(options[range.value]));
    const show = (value) => {
      range.value = options.indexOf(value);
      range.setAttribute("aria-valuetext", value); // or the number of the step would be read out
      said.textContent = value;
    };
    return [element("label", {}, element("span", { textContent: name }), range), said, show];
  },

  buttons(name, options, choose) {
    const group = `choice-${Math.random()}`; // each control loads this file anew: none can count them
    const radios = options.map((value) => element("input", { type: "radio", name: group, value }));
    radios.forEach((radio) => radio.addEventListener("change", () => choose(radio.value)));
    const labels = radios.map((radio) => element("label", {}, radio, ` ${radio.value}`));
    const show = (value) => radios.forEach((radio) => (radio.checked = radio.value === value));
    return [element("fieldset", {}, element("legend", { textContent: name }), ...labels), show];
  },

  list(name, options, choose) {
    const select = element("select", {}, ...options.map((value) => element("option", { value, textContent: value })));
    select.addEventListener("change", () => choose(select.value));
    return [element("label", {}, element("span", { textContent: name }), select), (value) => (select.value = value)];
  },
};

function render({ model, el }) {
  el.classList.add("asynclab-choice");
  const choose = (value) => {
    model.set("value", value);
    model.save_changes();
  };
  const parts = kinds[model.get("kind")](model.get("description"), model.get("options"), choose);
  const show = parts.pop();
  el.append(...parts);
  for (const target of el.querySelectorAll("input, select")) {
    // Else JupyterLab takes the keys: an arrow leaves for the next cell, an "m" turns this one into Markdown.
    target.dataset.lmSuppressShortcuts = "true";
  }
  const shown = () => show(model.get("value"));
  shown();
  model.on("change:value", shown);
  return () => model.off("change:value", shown);
}

export default { render };

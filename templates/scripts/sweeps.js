// Sweeps and enlarged figures. Without this script a page shows the first frame of each sweep, or all of them side by side.
{
  const PACE = 900;

  // A sweep with its sliders: one for each parameter, of which the last runs first through the frames.
  const sweepOf = (sweep) => {
    const frames = [...sweep.querySelectorAll(".recto-frame")];
    const control = sweep.querySelector(".recto-control");
    const link = control.querySelector(".recto-permalink");
    let timer;
    // The parameter that runs.
    let running;

    const parameters = [...control.querySelectorAll(".recto-parameter")].map((row) => {
      const slider = row.querySelector("input");
      return {
        name: row.querySelector(".recto-play").getAttribute("aria-label").replace(/^Play: /, ""),
        slider,
        values: slider.dataset.values.split("\t"),
        shown: row.querySelector("output"),
        back: row.querySelector(".recto-back"),
        on: row.querySelector(".recto-on"),
        play: row.querySelector(".recto-play"),
      };
    });
    const at = () => parameters.reduce((sum, { slider, values }) => sum * values.length + slider.valueAsNumber, 0);

    const show = () => {
      const frame = frames[at()];
      frames.forEach((it) => { it.hidden = it !== frame; });
      const text = [...frame.querySelectorAll("svg > title, svg > desc")].map((it) => it.textContent).join(". ");
      for (const { slider, values, shown, back, on } of parameters) {
        shown.textContent = values[slider.valueAsNumber];
        slider.setAttribute("aria-valuetext", text);
        back.setAttribute("aria-disabled", slider.value === slider.min);
        on.setAttribute("aria-disabled", slider.value === slider.max);
      }
      if (link && frame.id) link.href = `#${encodeURI(frame.id)}`;
    };

    const pause = () => {
      clearInterval(timer);
      running = undefined;
      for (const { play, name } of parameters) {
        play.textContent = "▸";
        play.setAttribute("aria-label", `Play: ${name}`);
      }
    };
    const run = (parameter) => {
      const { slider, play, name } = parameter;
      pause();
      running = parameter;
      play.textContent = "‖";
      play.setAttribute("aria-label", `Pause: ${name}`);
      if (slider.value === slider.max) slider.value = slider.min;
      else slider.stepUp();
      show();
      timer = setInterval(() => {
        slider.stepUp();
        show();
        if (slider.value === slider.max) pause();
      }, PACE);
    };

    for (const parameter of parameters) {
      const { slider, back, on, play } = parameter;
      slider.addEventListener("input", () => { pause(); show(); });
      back.addEventListener("click", () => { pause(); slider.stepDown(); show(); });
      on.addEventListener("click", () => { pause(); slider.stepUp(); show(); });
      play.addEventListener("click", () => {
        if (running === parameter) pause();
        else run(parameter);
      });
    }
    // The arrow keys move the slider; mdBook would turn the page.
    control.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") event.stopPropagation();
    });
    control.hidden = false;
    show();

    return {
      sweep,
      // Shows a frame that an address names.
      open: (frame) => {
        let rest = frames.indexOf(frame);
        for (const { slider, values } of [...parameters].reverse()) {
          slider.value = rest % values.length;
          rest = Math.floor(rest / values.length);
        }
        pause();
        show();
      },
    };
  };

  const sweeps = [...document.querySelectorAll(".recto-sweep")].map(sweepOf);

  // `#fig-x?eta=0.1` is the id of a frame. A value may be written otherwise: 0.10, 1e-1.
  const sameValues = (one, other) => {
    const values = (id) => new Map(id.split("?").slice(1).join("?").split("&").map((pair) => pair.split("=")));
    const [a, b] = [values(one), values(other)];
    const isSame = (x, y) => x === y || (y !== undefined && y !== "" && Number(x) === Number(y));
    return a.size === b.size && [...a].every(([name, value]) => isSame(value, b.get(name)));
  };
  const open = () => {
    let id;
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    if (!id.includes("?")) return;
    const cell = document.getElementById(id.split("?")[0]);
    const its = sweeps.find(({ sweep }) => cell?.contains(sweep));
    const frame = its && [...its.sweep.querySelectorAll(".recto-frame")].find((it) => it.id === id || sameValues(it.id, id));
    if (frame) its.open(frame);
    cell?.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // A figure is enlarged as it is, with its sliders, and put back.
  const dialog = document.createElement("dialog");
  dialog.className = "recto-dialog";
  let putBack = () => {};
  const close = document.createElement("button");
  close.type = "button";
  close.className = "recto-close";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  const leave = () => { dialog.close(); putBack(); };
  close.addEventListener("click", leave);
  dialog.append(close);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) leave(); });
  // Escape closes it.
  dialog.addEventListener("close", () => putBack());
  // Keys that turn the page or open the search are the page's.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(dialog);

  const enlarge = (part, name, button) => {
    const place = document.createElement("div");
    place.style.height = `${part.offsetHeight}px`;
    part.replaceWith(place);
    dialog.append(part);
    dialog.setAttribute("aria-label", name);
    putBack = () => {
      putBack = () => {};
      place.replaceWith(part);
      button.focus();
    };
    dialog.showModal();
  };
  for (const part of document.querySelectorAll(".recto-has-figure :is(.recto-picture, .recto-sweep)")) {
    const around = part.closest(".recto-has-figure");
    if (!part.querySelector("svg") || around.querySelector(".recto-zoom")) continue;
    const name = around.querySelector(".recto-name")?.textContent ?? "Figure";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "recto-zoom";
    button.setAttribute("aria-label", `Enlarge ${name}`);
    button.textContent = "⤢";
    button.addEventListener("click", () => enlarge(part, name, button));
    if (part.matches(".recto-sweep")) part.querySelector(".recto-control").append(button);
    else {
      part.before(button);
      part.addEventListener("click", (event) => {
        if (!dialog.open && event.target.closest("svg") && !event.target.closest("a")) enlarge(part, name, button);
      });
    }
  }

  // What is moved from side to side can be reached by key.
  const reach = () => {
    for (const part of document.querySelectorAll(".recto-picture, .recto-frame:not([hidden])")) {
      if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  reach();
}

// Sliders of sweeps. Without this script a page shows the first frame of each, or all of them side by side.
for (const sweep of document.querySelectorAll(".recto-sweep")) {
  const frames = [...sweep.querySelectorAll(".recto-frame")];
  const control = sweep.querySelector(".recto-control");
  const slider = control.querySelector("input");
  const shown = control.querySelector("output");
  const show = () => {
    const at = slider.valueAsNumber;
    frames.forEach((frame, index) => { frame.hidden = index !== at; });
    shown.textContent = frames[at].dataset.value;
    slider.setAttribute("aria-valuetext", frames[at].querySelector("svg").getAttribute("aria-label"));
  };
  slider.addEventListener("input", show);
  // The arrow keys move the slider; mdBook would turn the page.
  slider.addEventListener("keydown", (event) => event.stopPropagation());
  control.hidden = false;
  show();
}

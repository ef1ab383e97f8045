// Typed answers. A page has the hash of the answer, rounded; what a reader types stays in the browser.
{
  // A number as people write it: 0.5, .5, 0,5, 1/2, 5e-1, 5×10^-1, −3, 6,728. A comma with three digits behind it is one
  // of thousands, unless a zero stands before it.
  const part = (text) => {
    const thousands = /^[+-]?[1-9]\d{0,2}(,\d{3})+(?!\d|,)/;
    const plain = (thousands.test(text) ? text.replaceAll(",", "") : text.replace(",", "."))
      .replace(/[×·*]10\^?([+-]?\d+)$/, "e$1");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  };
  const number = (text) => {
    const plain = text.replace(/[−–]/g, "-").replace(/[\s'’_]/g, "");
    const [top, bottom, ...rest] = plain.split("/");
    if (rest.length) return NaN;
    return bottom === undefined ? part(top) : part(top) / part(bottom);
  };
  const hash = (text) => {
    let hash = 0xcbf29ce484222325n;
    for (const byte of new TextEncoder().encode(text)) {
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    }
    return hash.toString(16).padStart(16, "0");
  };
  const isRight = (typed, { id, whole, step, offset, hash: wanted }) => {
    const steps = Math.floor((typed - Number(offset)) / Number(step) + 0.5);
    return (whole !== "true" || Number.isInteger(typed)) && hash(`${id}:${steps}`) === wanted;
  };
  // Pages that are files may have no storage.
  const stored = (key, value) => {
    try {
      return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value);
    } catch {
      return null;
    }
  };
  for (const form of document.querySelectorAll("form.recto-answer")) {
    const input = form.querySelector("input");
    const said = form.querySelector("output");
    const key = `recto-answer ${location.pathname} ${form.dataset.id}`;
    const judge = () => {
      const typed = number(input.value);
      const right = Number.isFinite(typed) && isRight(typed, form.dataset);
      form.classList.toggle("recto-is-right", right);
      said.textContent = right ? "✓ Right." : Number.isFinite(typed) ? "Not yet." : "Write a number, such as 0.5, 1/2 or 5e-1.";
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      judge();
      stored(key, input.value);
    });
    // What was said is about what was typed then.
    input.addEventListener("input", () => {
      said.textContent = "";
      form.classList.remove("recto-is-right");
    });
    // The arrow keys move in the text; mdBook would turn the page.
    input.addEventListener("keydown", (event) => event.stopPropagation());
    input.value = stored(key) ?? "";
    if (input.value) judge();
    form.hidden = false;
  }
}

// Code.
{
  // A cell is copied with the lines of it that are folded or hidden, since they run too. What mdBook copies is the text
  // that is seen: for that moment all of it is.
  const copies = (event, is) => {
    const code = event.target.closest?.(".clip-button")?.closest("pre")?.querySelector("code.language-rust");
    code?.classList.toggle("recto-whole", is);
  };
  addEventListener("click", (event) => copies(event, true), true);
  addEventListener("click", (event) => copies(event, false));
}
// Where a name is bound, its type and value are shown as one points at it.
{
  const card = document.createElement("div");
  card.className = "recto-binding";
  card.hidden = true;
  // For who does not point, the list below the code says the same.
  card.ariaHidden = "true";
  document.body.append(card);

  const rangeAt = (code, start, end) => {
    const range = document.createRange(), walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(), at = 0; node; at += node.length, node = walker.nextNode()) {
      if (at <= start && start < at + node.length) range.setStart(node, start - at);
      if (at < end && end <= at + node.length) range.setEnd(node, end - at);
    }
    return range;
  };
  const known = new WeakMap();
  const bindings = (code) => {
    if (!known.has(code)) {
      const list = code.parentElement.nextElementSibling, text = code.textContent, starts = [0];
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
      const entries = list?.matches(".recto-names") ? [...list.querySelectorAll("[data-at]")] : [];
      known.set(code, entries.flatMap((entry) => {
        const [line, column] = entry.dataset.at.split(".").map(Number);
        const name = entry.firstElementChild.textContent, start = starts[line] + column;
        return text.startsWith(name, start) ? [{ entry, range: rangeAt(code, start, start + name.length) }] : [];
      }));
    }
    return known.get(code);
  };

  let shown = null;
  const close = () => {
    if (!shown) return;
    shown = null;
    card.hidden = true;
    CSS.highlights?.delete("recto-name");
  };
  const point = (event) => {
    const code = event.target.closest?.("main pre > code.language-rust");
    const within = ({ left, right, top, bottom }) =>
      left <= event.clientX && event.clientX <= right && top <= event.clientY && event.clientY <= bottom;
    const found = code && bindings(code).find((it) => [...it.range.getClientRects()].some(within));
    if (!found) return close();
    if (found === shown) return;
    shown = found;
    const note = document.createElement("small");
    note.textContent = "after this let";
    card.replaceChildren([...found.entry.children].map((it) => it.textContent).join(" ").replace(" :", ":"), note);
    card.hidden = false;
    const name = found.range.getBoundingClientRect(), gap = 4;
    const left = Math.min(name.left, document.documentElement.clientWidth - card.offsetWidth - gap);
    card.style.left = `${Math.max(gap, left) + scrollX}px`;
    card.style.top = `${name.bottom + gap + scrollY}px`;
    CSS.highlights?.set("recto-name", new Highlight(found.range));
  };
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  document.addEventListener("pointerleave", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}

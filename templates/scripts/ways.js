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
  }
}
// Previews of what links lead to: figures, statements, terms, works, … Each page's are in a script, which is loaded when a
// reader first points at a link there. Works with a mouse, the keyboard (Escape closes) and touch (a second tap follows).
// Where this script stands in a page, as plain mdBook has it, there are none.
if (document.currentScript?.src) {
  const labelled = /^(fig|tbl|eq|ex|sec|def|thm|lem|prp|cor|exm|trm|ref)-./;
  const root = new URL((typeof path_to_root === "string" && path_to_root) || ".", location.href);
  const card = document.createElement("div");
  card.id = "recto-preview";
  card.className = "recto-preview";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);

  // The page and the fragment to which a link leads, if there may be a preview.
  const target = (link) => {
    const url = new URL(link.href, location.href);
    const id = decodeURIComponent(url.hash.slice(1));
    if (!labelled.test(id) || !url.pathname.startsWith(root.pathname)) return null;
    let page = decodeURIComponent(url.pathname.slice(root.pathname.length));
    if (page === "" || page.endsWith("/")) page += "index.html";
    return { id, page: page.endsWith(".html") ? page : `${page}.html`, base: url };
  };
  const loads = new Map();
  // `recto serve` has put something new on this page.
  addEventListener("recto-changed", () => loads.clear());
  const load = (page) => {
    if (!loads.has(page)) {
      loads.set(page, new Promise((done) => {
        const script = document.createElement("script");
        const path = page.replace(/html$/, "js").split("/").map(encodeURIComponent).join("/");
        script.src = new URL(`recto-previews/${path}`, root);
        script.onload = script.onerror = () => done(window.rectoPreviews?.[page] ?? {});
        document.head.append(script);
      }));
    }
    return loads.get(page);
  };

  // The sheets of the figures that are shown.
  const sheets = [];
  // What is shown is to be read: its links and names are those of its page.
  const fill = (html, base) => {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    for (const it of body.querySelectorAll("*")) {
      if (!it.closest("svg")) it.removeAttribute("id");
      // What is styled within the page itself its policy knows nothing of: scripts may do it.
      const style = it.getAttribute("style");
      it.removeAttribute("style");
      if (style) it.style.cssText = style;
    }
    for (const it of body.querySelectorAll("svg metadata.recto-style")) {
      sheets.push(new CSSStyleSheet());
      sheets.at(-1).replaceSync(it.textContent);
      it.remove();
    }
    document.adoptedStyleSheets.push(...sheets);
    for (const it of body.querySelectorAll("img")) it.src = new URL(it.getAttribute("src"), base);
    for (const it of body.querySelectorAll("a")) it.replaceWith(...it.childNodes);
    card.replaceChildren(...body.childNodes);
  };
  const place = (link) => {
    const [line] = link.getClientRects(), gap = 6, width = document.documentElement.clientWidth;
    const { offsetWidth, offsetHeight } = card;
    const below = line.bottom + gap + offsetHeight < innerHeight || line.top < innerHeight / 2;
    const top = below ? line.bottom + gap : line.top - gap - offsetHeight;
    const left = Math.max(gap, Math.min(line.left, width - offsetWidth - gap));
    card.style.top = `${top + scrollY}px`;
    card.style.left = `${left + scrollX}px`;
  };

  let wanted = null, shown = null, timer = 0;
  const close = () => {
    clearTimeout(timer);
    shown?.removeAttribute("aria-describedby");
    wanted = shown = null;
    card.hidden = true;
    card.replaceChildren();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((it) => !sheets.includes(it));
    sheets.length = 0;
  };
  const open = async (link) => {
    const it = target(link);
    const html = it && (await load(it.page))[it.id];
    if (!html || wanted !== link) return false;
    shown?.removeAttribute("aria-describedby");
    shown = link;
    fill(html, it.base);
    card.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", card.id);
    return true;
  };
  const want = (link, time) => {
    clearTimeout(timer);
    if (link === shown) return;
    wanted = link;
    timer = setTimeout(open, time, link);
  };
  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(close, 200);
  };

  const main = document.querySelector("main");
  const linkAt = (event) => {
    const link = event.target.closest?.("main a[href*='#']");
    return link && !link.classList.contains("header") && target(link) ? link : null;
  };
  // A press gives a link the focus too.
  let touches = false, pressed = false;
  document.addEventListener("pointerup", () => { pressed = false; });
  document.addEventListener("pointercancel", () => { pressed = false; });
  document.addEventListener("pointerdown", (event) => {
    pressed = true;
    touches = event.pointerType === "touch";
    if (touches && shown && !card.contains(event.target) && !shown.contains(event.target)) close();
  });
  main?.addEventListener("pointerover", (event) => {
    const link = linkAt(event);
    if (link && event.pointerType !== "touch") want(link, 250);
  });
  main?.addEventListener("pointerout", (event) => {
    if (linkAt(event) && event.pointerType !== "touch") leave();
  });
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") leave(); });
  main?.addEventListener("focusin", (event) => {
    const link = linkAt(event);
    if (link && !pressed && !touches) want(link, 250);
  });
  main?.addEventListener("focusout", () => { if (shown || wanted) close(); });
  main?.addEventListener("click", async (event) => {
    const link = linkAt(event);
    if (!link || !touches || link === shown) return close();
    event.preventDefault();
    clearTimeout(timer);
    wanted = link;
    if (!(await open(link)) && wanted === link) location.assign(link.href);
  });
  document.addEventListener("keydown", (event) => {
    touches = false;
    if (event.key === "Escape" && !card.hidden) close();
  });
}

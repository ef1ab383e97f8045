// A page that `recto serve` shows follows the book. The server adds this script to it; no published page has it.
{
  const PLACE = "recto-place";
  // What scripts have found when they ran, or what has a state of its own.
  const ACTS = "h1, h2, h3, h4, h5, h6, pre code, form, dialog, svg, iframe, audio, video, script, style, [style], .recto-sweep";
  const main = document.querySelector("main");
  // The state of the page that is shown, as the server names it, and how it was sent.
  let shown = document.currentScript.dataset.page;
  let sent = null;

  const stateOf = (page) => page.querySelector("script[data-page]")?.dataset.page;
  const read = async () => {
    const answer = await fetch(location.href, { cache: "no-cache" });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  read().then((page) => { if (stateOf(page) === shown) sent = page; }).catch(() => {});

  // All of a page that is not its text.
  const around = (page) => {
    const copy = page.documentElement.cloneNode(true);
    copy.querySelector("main")?.replaceChildren();
    copy.querySelector("script[data-page]")?.remove();
    return copy.outerHTML;
  };
  const textBetween = (it) => [...it.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const isStill = (block) => !block.matches(ACTS) && !block.querySelector(ACTS);

  // The blocks of the text in which two pages differ, if each can be exchanged while the others stay: from which on, how many there
  // are here, and those that come in their place.
  const difference = (old, fresh) => {
    if (around(old) !== around(fresh)) return null;
    const [from, to] = [old, fresh].map((page) => page.querySelector("main"));
    if (!from || !to || textBetween(from) || textBetween(to) || from.children.length !== main.children.length) return null;
    const [a, b] = [[...from.children], [...to.children]];
    const same = (i, j) => a[i].outerHTML === b[j].outerHTML;
    let changes = [];
    if (a.length === b.length) {
      changes = a.flatMap((_, i) => same(i, i) ? [] : [{ at: i, gone: 1, come: [b[i]] }]);
    } else {
      let at = 0, end = 0;
      while (at < Math.min(a.length, b.length) && same(at, at)) at += 1;
      while (end < Math.min(a.length, b.length) - at && same(a.length - 1 - end, b.length - 1 - end)) end += 1;
      changes = [{ at, gone: a.length - at - end, come: b.slice(at, b.length - end) }];
    }
    const touched = changes.flatMap(({ at, gone, come }) => [...a.slice(at, at + gone), ...come]);
    return touched.every(isStill) ? changes : null;
  };

  // The first block that is to be seen, and how far it is from the top.
  const first = () => {
    const index = [...main.children].findIndex((block) => block.getBoundingClientRect().bottom > 0);
    return index < 0 ? null : { index, top: main.children[index].getBoundingClientRect().top };
  };

  const exchange = (changes) => {
    const blocks = [...main.children], place = first(), root = document.documentElement;
    let kept = place && blocks[place.index];
    root.style.overflowAnchor = "none";
    for (const { at, gone, come } of changes) {
      const own = come.map((block) => document.importNode(block, true)), old = blocks.slice(at, at + gone);
      if (old.includes(kept)) kept = own[0] ?? blocks[at + gone];
      if (at < blocks.length) blocks[at].before(...own);
      else main.append(...own);
      old.forEach((block) => block.remove());
    }
    if (kept) scrollBy({ top: kept.getBoundingClientRect().top - place.top, behavior: "instant" });
    root.style.overflowAnchor = "";
    dispatchEvent(new Event("recto-changed"));
  };

  const sliders = () => [...main.querySelectorAll("input[type=range]")];
  // The whole page, at the place where it was.
  const reload = () => {
    const at = scrollY > 0 && main ? first() : null;
    if (at) {
      const blocks = [...main.children].map((block) => block.textContent);
      const open = [...main.querySelectorAll("details")].map((it) => it.open);
      const slid = sliders().map((it) => it.value);
      const { pathname } = location;
      try {
        sessionStorage.setItem(PLACE, JSON.stringify({ pathname, ...at, text: blocks[at.index], count: blocks.length, open, slid }));
        history.scrollRestoration = "manual";
      } catch { /* A browser that keeps nothing. */ }
    }
    location.reload();
  };
  const restore = () => {
    let place = null;
    try {
      place = JSON.parse(sessionStorage.getItem(PLACE));
      sessionStorage.removeItem(PLACE);
    } catch { /* A browser that keeps nothing. */ }
    if (place?.pathname !== location.pathname || !main) return;
    const folds = [...main.querySelectorAll("details")];
    if (folds.length === place.open.length) folds.forEach((it, index) => { it.open = place.open[index]; });
    const blocks = [...main.children];
    // The block of the same text that is nearest to where it was.
    const alike = blocks.flatMap((block, index) => block.textContent === place.text ? [index] : []);
    const near = alike.sort((i, j) => Math.abs(i - place.index) - Math.abs(j - place.index));
    const block = blocks[near[0] ?? Math.min(place.index, blocks.length - 1)];
    const go = () => { if (block) scrollBy({ top: block.getBoundingClientRect().top - place.top, behavior: "instant" }); };
    go();
    const settle = () => {
      const own = sliders();
      if (own.length === place.slid.length) own.forEach((it, index) => {
        if (it.value === place.slid[index]) return;
        it.value = place.slid[index];
        it.dispatchEvent(new Event("input", { bubbles: true }));
      });
      go();
      history.scrollRestoration = "auto";
    };
    if (document.readyState === "complete") settle();
    else addEventListener("load", () => requestAnimationFrame(settle), { once: true });
  };
  restore();

  const update = async () => {
    const fresh = await read();
    const state = stateOf(fresh);
    if (state === shown) return;
    const changes = sent && main && state ? difference(sent, fresh) : null;
    if (!changes) return reload();
    exchange(changes);
    [shown, sent] = [state, fresh];
  };
  // One after the other; of those that come meanwhile the last counts.
  let busy = false, again = false;
  const follow = async () => {
    again = busy;
    if (busy) return;
    busy = true;
    do {
      again = false;
      try { await update(); } catch { /* The server is gone; it will be heard of. */ }
    } while (again);
    busy = false;
  };

  // What is wrong with the book, for who looks at a page where it is not.
  const note = document.createElement("details");
  note.className = "recto-live";
  const [summary, text] = ["summary", "pre"].map((name) => note.appendChild(document.createElement(name)));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .recto-live { position: fixed; inset: auto 0 0 auto; z-index: 1000; max-width: 100%; box-sizing: border-box; margin: 0; padding: 0.4em 0.8em;
      background: #8b1a1a; color: #fff; font: 14px/1.4 sans-serif; border-radius: 4px 0 0 0; }
    .recto-live[open] { width: min(70em, 100%); }
    .recto-live summary { cursor: pointer; }
    .recto-live pre { max-height: 50vh; overflow: auto; margin: 0.4em 0; background: none; color: inherit; font: 13px/1.35 monospace; }
    @media print { .recto-live { display: none; } }`);
  document.adoptedStyleSheets.push(sheet);
  const say = (title, problems, open) => {
    summary.textContent = title;
    text.textContent = problems;
    note.open = open;
    if (!note.isConnected) document.body.append(note);
  };
  const tell = ({ problems, text: said, published }) => {
    if (!problems) return note.remove();
    const number = problems === 1 ? "1 problem" : `${problems} problems`;
    if (published) say(`${number} in the book`, said, note.isConnected && note.open);
    else say(`${number}: the pages are as they were`, said, true);
  };

  // A page that is not to be seen does not listen: a browser keeps few connections to one server.
  let news = null;
  const listen = () => {
    news?.close();
    news = null;
    if (document.visibilityState === "hidden") return;
    news = new EventSource("/.recto/news");
    news.onmessage = (event) => {
      tell(JSON.parse(event.data));
      follow();
    };
    news.onerror = () => say("recto serve does not answer", "The page is as it was last; it follows again when the server is back.", false);
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => news?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();
}

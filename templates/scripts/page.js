// The page around the text.
{
  const all = (query) => [...document.querySelectorAll(query)];
  // What can be scrolled sideways can be reached by key.
  const scrolls = (it) => it.scrollWidth > it.clientWidth + 1;
  const reach = () => {
    for (const it of all("main :is(pre, pre > code, .table-wrapper, .recto-math, .recto-sweep, math[display=block], .recto-equation)")) {
      if (scrolls(it) && getComputedStyle(it).overflowX !== "visible") {
        it.tabIndex = 0;
      } else {
        it.removeAttribute("tabindex");
      }
    }
  };
  new ResizeObserver(reach).observe(document.documentElement);
  document.fonts.ready.then(reach);
  for (const folded of all("main details")) folded.addEventListener("toggle", reach);

  const toggle = document.getElementById("mdbook-sidebar-toggle");
  toggle?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      toggle.click();
    }
  });

  // The scripts of the search are fetched when somebody searches, or comes from a search.
  const scripts = document.querySelector("#mdbook-search-wrapper[data-scripts]")?.dataset.scripts.split(" ");
  const magnifier = document.getElementById("mdbook-search-toggle");
  if (scripts && magnifier) {
    const started = new AbortController();
    const start = (open) => {
      started.abort();
      for (const [at, src] of scripts.entries()) {
        // In their order: each needs those before it.
        const script = Object.assign(document.createElement("script"), { src, async: false });
        if (open && at === scripts.length - 1) script.onload = () => magnifier.click();
        document.head.append(script);
      }
    };
    const { signal } = started;
    magnifier.addEventListener("click", () => start(true), { signal });
    document.addEventListener("keydown", (event) => {
      const isTyped = event.target.matches?.("input, textarea, select, [contenteditable]");
      if (isTyped || event.altKey || event.ctrlKey || event.metaKey || !["s", "/"].includes(event.key)) return;
      event.preventDefault();
      start(true);
    }, { signal });
    const asked = new URLSearchParams(location.search);
    if (asked.has("search") || asked.has("highlight")) start(false);
  }

  const list = document.querySelector(".sidebar-scrollbox");
  if (list) {
    for (const fold of list.querySelectorAll(".chapter-fold-toggle"))
      fold.addEventListener("click", () => fold.closest("li").classList.toggle("expanded"));
    // The list stays where it was when one goes on to the next page, as far as the page's own entry is to be seen.
    try {
      addEventListener("pagehide", () => sessionStorage.setItem("recto-sidebar", list.scrollTop));
      list.scrollTop = sessionStorage.getItem("recto-sidebar") ?? 0;
    } catch { /* A browser that keeps nothing. */ }
    const active = list.querySelector(".active");
    if (active) {
      const at = active.getBoundingClientRect().top - list.getBoundingClientRect().top;
      if (at < 0 || at > list.clientHeight * 0.8) list.scrollTop += at - list.clientHeight / 3;
    }
    // The section that is read is marked.
    const entries = [...list.querySelectorAll(".header-in-summary")];
    const headings = entries.map((entry) => document.getElementById(decodeURIComponent(entry.hash.slice(1))));
    const mark = () => {
      const at = headings.findLastIndex((heading) => heading && heading.getBoundingClientRect().top < innerHeight / 4);
      entries.forEach((entry, index) => entry.classList.toggle("current-header", index === at));
    };
    let waits = false;
    addEventListener("scroll", () => {
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => { waits = false; mark(); });
    }, { passive: true });
    mark();
  }

  // On paper nothing can be unfolded. Of rounded numbers it has the rounded ones.
  const opened = [];
  addEventListener("beforeprint", () => {
    for (const folded of all("main details:not([open], .recto-exact)")) {
      folded.open = true;
      opened.push(folded);
    }
  });
  addEventListener("afterprint", () => {
    for (const folded of opened.splice(0)) folded.open = false;
  });
}

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

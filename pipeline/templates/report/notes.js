// The note on a mark in an article: whose opinion it is, on what, and by which rule, cue and confidence.

let noted = null;

function note(mark) {
  const rows = mark.dataset.m.split(" ").map(Number);
  tip.replaceChildren(...rows.map((n) => {
    const own = [];
    for (let row = n; row < count && opinionOf(row) === n; row += 1) own.push(column("aspect")[row]);
    const feeling = column("sentiment")[n];
    const first = element("p", {}, element("b", { className: letter(feeling) }, `${SIGNS[feeling] ?? ""} ${who(n)}`), `: ${feeling} on ${own.join(", ")}`);
    return element("div", {}, first, element("p", { className: "quiet" }, details(n)));
  }));
  tip.hidden = false;
  noted = mark;
  place();
  mark.setAttribute("aria-describedby", "tip");
}

// Put the note above the mark, or below where there is no room.
function place() {
  const mark = noted;
  const box = mark.getClientRects()[0], size = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), document.documentElement.clientWidth - size.width - 8);
  const above = box.top - size.height - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 60 ? above : mark.getBoundingClientRect().bottom + 6}px`;
}

function unnote() {
  if (tip.hidden) return;
  tip.hidden = true;
  noted.removeAttribute("aria-describedby");
  noted = null;
}

function watchMarks() {
  const off = () => { if (noted !== document.activeElement) unnote(); }; // the note on a mark in focus stays
  const on = (event) => {
    const mark = event.target.closest("[data-m]:not(.off)");
    if (mark === noted) return;
    if (mark) {
      unnote();
      note(mark);
    } else off();
  };
  const list = $("#articles");
  let before = "";
  list.addEventListener("mousemove", (event) => {
    const at = `${event.clientX},${event.clientY}`;
    if (at !== before) on(event); // what scrolls by below a pointer at rest is not pointed at
    before = at;
  });
  list.addEventListener("focusin", on);
  list.addEventListener("mouseleave", off);
  list.addEventListener("focusout", unnote);
  addEventListener("scroll", () => (noted && noted === document.activeElement ? place() : unnote()), { passive: true });
  addEventListener("keydown", (event) => { if (event.key === "Escape") unnote(); });
}

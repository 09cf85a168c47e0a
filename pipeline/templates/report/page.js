// What the page does: filters, the dialog of the rows behind a figure, theme and download.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const form = $("#filters"), dialog = $("#behind"), tip = $("#tip");
let state = { ...unfiltered };
let shown = every;
let heard = counted(every); // those of the rows shown that count

function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// --- What is shown -------------------------------------------------------------------------------------------------

const opinionOf = (() => {
  let first = null;
  return (n) => {
    if (!first) {
      const seen = new Map();
      first = column("opinion_id").map((id, row) => (seen.has(id) ? seen.get(id) : (seen.set(id, row), row)));
    }
    return first[n];
  };
})();

function who(n) {
  const source = column("source")[n], speaker = column("speaker")[n];
  return speaker && speaker !== source ? `${source}, ${speaker}` : source;
}

function details(n) {
  const cue = column("cue")[n], sure = column("confidence")[n];
  return [
    `rule ${column("attribution")[n] || "unknown"}`, cue && `cue “${cue}”`, sure !== null && `confidence ${figure(sure, 2)}`,
  ].filter(Boolean).join(" · ");
}

function quote(n, more = false) {
  const feeling = column("sentiment")[n];
  const to = `m${opinionOf(n)}`, words = column("text")[n];
  const where = more ? element("button", { type: "button", className: "to", "data-to": to }, words) : element("a", { href: `#${to}` }, words);
  const source = element("span", { className: "who" }, element("b", { ariaHidden: "true" }, SIGNS[feeling] ?? ""), ` ${who(n)}`);
  const said = element("p", { className: `said ${letter(feeling)}` }, where, " ", source);
  if (more) {
    const title = data.titles[column("article_id")[n]] ?? column("article_id")[n];
    said.append(element("span", { className: "quiet more" }, `${column("aspect")[n]}: ${feeling} · ${details(n)} · ${title}`));
  }
  return said;
}

function grouped(rows, key) {
  const found = new Map();
  for (const n of rows) {
    const value = key(n);
    if (found.has(value)) found.get(value).push(n);
    else found.set(value, [n]);
  }
  return found;
}

// --- Filters -------------------------------------------------------------------------------------------------------

function showRows() {
  const left = new Set(shown);
  for (const row of $$("table.rows tbody tr")) row.hidden = !left.has(Number(row.id.slice(1)));
  const counts = new Set(heard);
  for (const said of $$("table.rows .again")) said.hidden = counts.has(Number(said.closest("tr").id.slice(1)));
  const opinions = new Set(shown.map(opinionOf));
  for (const mark of $$("[data-m]")) {
    const off = !mark.dataset.m.split(" ").some((n) => opinions.has(Number(n)));
    mark.classList.toggle("off", off);
    if (mark.localName === "a") mark.tabIndex = off ? -1 : 0;
  }
}

// An article shows where something of it is left, with the counts of that.
function showArticles() {
  const byArticle = grouped(firsts(shown), (n) => column("article_id")[n]);
  for (const article of $$("article")) {
    const rows = byArticle.get(article.dataset.id) ?? [];
    article.hidden = !rows.length && !isOpen(state);
    const labels = rows.map((n) => column("sentiment")[n]);
    const found = ["positive", "mixed", "negative"].filter((feeling) => labels.includes(feeling));
    $(".tally", article).replaceChildren(...found.flatMap((feeling) =>
      [element("span", { className: letter(feeling) }, `${SIGNS[feeling]} ${tally(labels, feeling)}`), " "]));
  }
}

// Make a cell a link that opens a dialog; the link that is there stays, as it may have the focus.
function relink(cell, text, options) {
  const link = $("a", cell) ?? element("a", { ariaHasPopup: "dialog" });
  Object.assign(link, options).textContent = text;
  if (!link.isConnected) cell.replaceChildren(link);
}

function showMatrix() {
  const key = (source, own) => `${source}\0${own}`;
  const lines = grouped(heard, (n) => key(holders[n], voice(types[n])));
  const widths = data.aspects.map((aspect) => state.aspect === null || state.aspect === aspect);
  const fill = (cell, rows) => {
    if (!rows?.length) return cell.replaceChildren();
    const feeling = verdictOf(rows);
    const labels = rows.map((n) => column("sentiment")[n]);
    const told = Object.keys(WORDS).filter((label) => labels.includes(label)).map((label) => `${tally(labels, label)} ${WORDS[label]}`);
    relink(cell, `${SIGNS[feeling] ?? ""} ${rows.length}`, { className: letter(feeling), href: `#r${rows[0]}`, ariaLabel: told.join(", ") });
  };
  for (const line of $$("table.matrix tr[data-s]")) {
    const rows = lines.get(key(line.dataset.s, line.dataset.t)) ?? [];
    line.hidden = !rows.length;
    if (!rows.length) continue;
    const byAspect = grouped(rows, (n) => column("aspect")[n]);
    fill(line.cells[1], firsts(rows));
    data.aspects.forEach((aspect, place) => {
      fill(line.cells[place + 2], byAspect.get(aspect));
      line.cells[place + 2].hidden = !widths[place];
    });
  }
  $$("table.matrix thead th").forEach((head, place) => { if (place > 1) head.hidden = !widths[place - 2]; });
  for (const body of $$("table.matrix tbody")) body.hidden = !$$("tr[data-s]", body).some((line) => !line.hidden);
}

function showBars() {
  const byWork = grouped(heard.filter(votes), (n) => works[n]);
  for (const section of $$("#aspects .work")) {
    const rows = byWork.get(section.dataset.work) ?? [];
    const byAspect = grouped(rows, (n) => column("aspect")[n]);
    addLines(section, [...byAspect.keys()]);
    let any = false;
    for (const line of $$("tr[data-a]", section)) {
      const found = bar(line.dataset.a === "all" ? firsts(rows) : byAspect.get(line.dataset.a) ?? []);
      line.hidden = !found;
      if (found) {
        any = true;
        fillBar(line, found);
      }
    }
    section.hidden = !any;
    const callout = $(".callout", section);
    if (callout) callout.hidden = !isOpen({ ...state, work: null });
  }
}

// What is only said again has a line of its own where what it repeats is filtered away.
function addLines(section, aspects) {
  const lines = $$("tr[data-a]", section), known = new Set(lines.map((line) => line.dataset.a));
  for (const aspect of aspects.filter((name) => !known.has(name))) {
    const line = lines[0].cloneNode(true);
    line.dataset.a = aspect;
    line.className = "";
    $("th a", line).textContent = aspect;
    $("tbody:last-child", section).append(line);
  }
}

function fillBar(line, { n, counts, low, high, score, divisiveness }) {
  const fill = (place, text, options = {}) => {
    if (text === null) line.cells[place].replaceChildren();
    else relink(line.cells[place], String(text), { href: "#rows", ...options });
  };
  const aside = { tabIndex: -1 }; // the keyboard needs one way to the rows
  fill(2, n);
  counts.forEach((found, place) => fill(place + 3, found || null, { className: letter(FEELINGS[place]) }));
  const width = (found) => (SHARE * found) / n;
  const shape = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = $("svg", line);
  svg.replaceChildren();
  let left = 50 - width(counts[1] / 2) - width(counts[0]);
  counts.forEach((found, place) => {
    if (found) svg.append(shape("rect", { class: letter(FEELINGS[place]), x: left, width: width(found), y: 2, height: 6 }));
    left += width(found);
  });
  const start = 50 + width(counts[1] / 2), [from, to] = [start + SHARE * low, start + SHARE * high];
  svg.append(shape("path", { d: `M${from} 3v4m0-2H${to}m0-2v4` }));
  fill(6, `${figure(100 * low, 0)}–${figure(100 * high, 0)} %`, aside);
  line.cells[6].dataset.k = low;
  fill(7, figure(score, 0), aside);
  if (divisiveness === null) line.cells[8].replaceChildren("–");
  else fill(8, figure(divisiveness, 2), aside);
}

function showQuotes() {
  // What the ranks leave equal goes by confidence: without a choice of voice these are no quotes.
  const sure = (n) => column("confidence")[n] ?? 0;
  const best = (rows, feeling, ranks) => rows
    .filter((n) => column("sentiment")[n] === feeling)
    .reduce((a, b) => (a === undefined || (ranks[b] - ranks[a] || sure(a) - sure(b)) < 0 ? b : a), undefined);
  const quotable = heard.filter((n) => state.voice !== null || votes(n));
  const byWork = grouped(quotable, (n) => works[n]);
  for (const section of $$("#quotes .work")) {
    const rows = byWork.get(section.dataset.work) ?? [];
    section.hidden = !rows.length;
    for (const pair of $$(".pair", section)) {
      const own = pair.dataset.a ? rows.filter((n) => column("aspect")[n] === pair.dataset.a) : rows;
      const ranks = pair.dataset.a ? data.ranks.own : data.ranks.all;
      const found = ["positive", "negative"].map((feeling) => best(own, feeling, ranks));
      [".for", ".against"].forEach((side, place) => {
        $(side, pair).replaceChildren(...(found[place] === undefined ? [] : [quote(found[place])]));
      });
      pair.hidden = found.every((n) => n === undefined);
    }
  }
}

function tell() {
  const all = `${count.toLocaleString("en")} row${count === 1 ? "" : "s"}`;
  const some = shown.length === count ? `${count === 1 ? "" : "All "}${all}` : `${shown.length.toLocaleString("en")} of ${all}`;
  $("#shown").textContent = some;
  $("#printed").textContent = isOpen(state) ? "" : `Filtered by ${told().join(", ")}: ${some}. The headline counts all rows.`;
  form.classList.toggle("on", !isOpen(state));
  $("#sure").textContent = state.sure.toFixed(2);
}

// Name the filters, for a page on paper.
function told() {
  const names = ["work", "source", "aspect", "voice"].filter((name) => state[name] !== null);
  const parts = names.map((name) => `${name} “${form.elements[name]?.selectedOptions[0]?.text ?? state[name]}”`);
  if (state.feeling) parts.push(`feeling ${state.feeling.map((feeling) => WORDS[feeling] ?? feeling).join(" or ") || "none"}`);
  if (state.sure) parts.push(`confidence ≥ ${state.sure.toFixed(2)}`);
  return parts;
}

function show() {
  shown = chosen(state);
  heard = counted(shown);
  showRows();
  showArticles();
  showMatrix();
  showBars();
  showQuotes();
  for (const item of $$(".works li")) item.hidden = state.work !== null && item.dataset.work !== state.work;
  tell();
}

function readForm() {
  const fields = new FormData(form);
  const choice = (name) => (form.elements[name]?.value ? form.elements[name].value.slice(1) : null);
  const feelings = fields.getAll("feeling");
  return {
    work: choice("work"), source: choice("source"), aspect: choice("aspect"), voice: choice("voice"),
    feeling: feelings.length === 3 ? null : feelings, sure: Number(fields.get("sure")),
  };
}

function writeForm() {
  for (const name of ["work", "source", "aspect", "voice"]) {
    if (form.elements[name]) form.elements[name].value = state[name] === null ? "" : `=${state[name]}`;
  }
  for (const box of $$("[name=feeling]", form)) box.checked = state.feeling === null || state.feeling.includes(box.value);
  form.elements.sure.value = String(state.sure);
}

function choose(next, { keep = true } = {}) {
  state = next;
  writeForm();
  show();
  if (keep) history.replaceState(null, "", toHash(state) || location.pathname + location.search);
}

// --- The rows behind a figure --------------------------------------------------------------------------------------

let narrower = null; // the filters that leave what the dialog shows, if any do

function openRows(title, note, rows, filters) {
  narrower = filters;
  const left = filters ? chosen(filters) : rows, again = left.length - counted(left).length;
  const more = again ? `, ${again} of which ${again === 1 ? "says" : "say"} again what another says and ${again === 1 ? "does" : "do"} not count` : "";
  $("#behind-filter").hidden = !filters;
  $("#behind-title").textContent = title;
  $("#behind-note").textContent = left.length === rows.length ? note : `${note} On the page these are ${several(left.length, "row")}${more}.`;
  $("#behind-rows").replaceChildren(...rows.map((n) => element("li", {}, quote(n, true))));
  dialog.showModal();
  dialog.scrollTop = 0;
  $("#behind-title").focus();
}

const several = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

function openCell(link) {
  const line = link.closest("tr"), place = line.cells && [...line.cells].indexOf(link.closest("td"));
  const { s: source, t: ownVoice } = line.dataset;
  const aspect = place === 1 ? null : data.aspects[place - 2];
  const rows = heard.filter((n) => holders[n] === source && voice(types[n]) === ownVoice);
  const own = aspect === null ? firsts(rows) : rows.filter((n) => column("aspect")[n] === aspect);
  openRows(`${source}${aspect ? ` on ${aspect}` : ""}`, `${several(own.length, "opinion")}: ${link.ariaLabel}.`, own, { ...state, source, aspect: aspect ?? state.aspect, voice: ownVoice });
}

// Open the verdicts of the sources on a work, an aspect of it, or those that agree with a feeling.
function openVerdicts({ work, aspect, feeling }, among) {
  const whole = aspect === null || aspect === "all";
  const rows = counted(among).filter((n) => votes(n) && works[n] === work && (whole || column("aspect")[n] === aspect));
  const sources = [...ballots(whole ? firsts(rows) : rows)].filter(([, own]) => !feeling || verdictOf(own) === feeling);
  const title = [work, whole ? "" : aspect].filter(Boolean).join(": ") || "Articles that name no work";
  const note = `${several(sources.length, "source")}${feeling ? ` whose verdict is ${WORDS[feeling]}` : ""}, with all that they say of it.`;
  openRows(title, note, sources.flatMap(([, own]) => own), feeling ? null : {
    ...(among === every ? unfiltered : state), work, ...(whole ? {} : { aspect }), voice: "critics",
  });
}

const feelingOf = (link) => FEELINGS.find((feeling) => link.classList.contains(letter(feeling)));

function follow(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.closest("table.matrix")) {
    event.preventDefault();
    openCell(link);
  } else if (link.closest(".bars")) {
    event.preventDefault();
    const work = link.closest(".work").dataset.work, aspect = link.closest("tr").dataset.a;
    openVerdicts({ work, aspect, feeling: feelingOf(link) }, shown);
  } else if (link.dataset.w !== undefined) {
    event.preventDefault();
    openVerdicts({ work: link.dataset.w, aspect: link.dataset.a ?? null, feeling: feelingOf(link) }, every);
  } else if (isOpen(state)) {
    reveal(link.hash.slice(1));
  } else {
    event.preventDefault();
    go(link.hash.slice(1));
  }
}

// Go to a place on the page; the filters stay in the address, unless they hide the place.
function go(id) {
  if (document.getElementById(id)?.closest("[hidden], .off")) choose({ ...unfiltered }, { keep: false });
  if (isOpen(state)) location.hash = id;
  else history.pushState(null, "", toHash(state, id));
  reveal(id);
}

// Make what an address leads to visible: unfold its article, and drop filters that hide it.
function reveal(id) {
  const target = document.getElementById(id);
  if (!target) return;
  for (const before of $$(".at")) before.classList.remove("at");
  if (target.closest("[hidden], .off")) {
    choose({ ...unfiltered }, { keep: false });
    history.replaceState(null, "", `#${id}`);
  }
  const folded = target.closest("details");
  if (folded) folded.open = true;
  const place = target.closest("a") ?? target;
  target.classList.add("at");
  if (!isOpen(state)) { // the browser knows no place in an address with filters
    target.scrollIntoView();
    if (!/^[mr]\d+$/.test(id)) setTimeout(() => focusAt(target.hasAttribute("tabindex") ? target : $("h2", target) ?? target));
  }
  if (/^[mr]\d+$/.test(id)) setTimeout(() => (place.localName === "tr" ? $("a", place) : place).focus({ preventScroll: true }));
}

function focusAt(place) {
  if (place.tabIndex < 0) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

// --- Theme, download, start ------------------------------------------------------------------------------------------

// Keep the chosen theme, or return the one that was kept; a browser may refuse both to a file.
function stored(theme) {
  try {
    if (theme) localStorage.setItem("pullquote-theme", theme);
    return localStorage.getItem("pullquote-theme");
  } catch {
    return null;
  }
}

function themed() {
  const button = $("#theme"), root = document.documentElement;
  const before = stored();
  if (["light", "dark"].includes(before)) root.dataset.theme = before;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    stored(root.dataset.theme);
    label();
  });
  system.addEventListener("change", label);
  label();
  button.hidden = false;
}

function download() {
  const link = element("a", { href: URL.createObjectURL(new Blob([csv(shown)], { type: "text/csv" })), download: "opinions.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function start() {
  themed();
  $$("table.matrix, table.bars, table.rows").forEach(sortable);
  $$("table.matrix td a, table.bars a, .works a, .callout a").forEach((link) => link.setAttribute("aria-haspopup", "dialog"));
  $("#download").hidden = false;
  $("#download").addEventListener("click", download);
  form.hidden = false;
  form.addEventListener("input", () => choose(readForm()));
  form.addEventListener("submit", (event) => event.preventDefault());
  $("#reset").addEventListener("click", () => choose({ ...unfiltered }));
  $("#fold").addEventListener("click", () => $("#fold").setAttribute("aria-expanded", String(form.classList.toggle("unfolded"))));
  $("#behind-filter").addEventListener("click", () => {
    dialog.close();
    choose(narrower);
    if (document.activeElement === document.body) ($("#fold").offsetParent ? $("#fold") : $("#reset")).focus();
  });
  $("#behind-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    const to = event.target.closest("[data-to]");
    if (to || event.target === dialog) dialog.close();
    if (to) go(to.dataset.to);
  });
  document.addEventListener("click", follow);
  watchMarks();
  addEventListener("hashchange", arrive);
  addEventListener("beforeprint", () => $$("article details").forEach((folded) => { folded.open = true; }));
  new ResizeObserver(() => { document.documentElement.style.scrollPaddingTop = `${form.offsetHeight + 12}px`; }).observe(form);
  arrive();
}

// Show what the address says.
function arrive() {
  const next = fromHash(location.hash), at = placeOf(location.hash);
  if (toHash(next) !== toHash(state)) choose(next, { keep: false });
  else tell();
  const hash = toHash(state, at);
  if (location.hash.startsWith("#?") && location.hash !== hash) history.replaceState(null, "", hash || location.pathname + location.search);
  reveal(at);
}

start();

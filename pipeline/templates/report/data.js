"use strict";
// The rows of the opinions table, column by column, and which of them the filters leave.

const data = JSON.parse(document.getElementById("data").textContent);
const NOT_VOTING = new Set(["cast_crew", "aggregator"]);
const decoded = (coded) => coded.rows.map((n) => coded.texts[n]);

// Return a column of the table; ids get their article back, texts are looked up.
const columns = {};
function column(name) {
  if (!(name in columns)) {
    const values = data.values[name];
    const ids = name === "opinion_id" || name === "sentence_id";
    columns[name] = Array.isArray(values)
      ? ids ? values.map((id, n) => (typeof id === "number" ? `${column("article_id")[n]}:${name[0]}${id}` : id)) : values
      : decoded(values);
  }
  return columns[name];
}

const count = data.work.rows.length;
const works = decoded(data.work);
const every = Array.from({ length: count }, (_, n) => n);

function voice(type) {
  if (type === "author") return "author";
  return NOT_VOTING.has(type) ? "others" : "critics";
}

const types = column("source_type");
const holders = decoded(data.holder); // the source that a row counts for
const votes = (n) => voice(types[n]) === "critics";

// Return the rows that count: of those that say the same again, the ones whose turn is first (see pipeline/ballots.py).
function counted(rows) {
  const turns = new Map();
  for (const n of rows) {
    const before = turns.get(data.group[n]);
    if (before === undefined || data.turn[n] < before) turns.set(data.group[n], data.turn[n]);
  }
  return rows.filter((n) => data.turn[n] === turns.get(data.group[n]));
}

// A choice is null for all, or the value; feeling is null for all, or a list.
const SURE_STEPS = 20; // those of the slider, from 0 to 1
const unfiltered = { work: null, source: null, aspect: null, voice: null, feeling: null, sure: 0 };

function isOpen(state) {
  return Object.entries(unfiltered).every(([name, value]) => state[name] === value);
}

// Return the rows that a state leaves, in the order of the table.
function chosen(state) {
  if (isOpen(state)) return every;
  const source = column("source"), aspect = column("aspect");
  const feeling = column("sentiment"), sure = column("confidence");
  return every.filter((n) =>
    (state.work === null || works[n] === state.work) &&
    (state.source === null || source[n] === state.source || holders[n] === state.source) &&
    (state.aspect === null || aspect[n] === state.aspect) &&
    (state.voice === null || voice(types[n]) === state.voice) &&
    (state.feeling === null || state.feeling.includes(feeling[n])) &&
    (state.sure === 0 || (sure[n] ?? 0) >= state.sure));
}

// Return the first row of each opinion.
function firsts(rows) {
  const seen = new Set();
  const id = column("opinion_id");
  return rows.filter((n) => !seen.has(id[n]) && seen.add(id[n]));
}

// The state stands in the address after "#?", so that a view can be kept and sent, and the place on the page in "at".
function toHash(state, at = "") {
  const names = Object.keys(unfiltered).filter((name) => state[name] !== unfiltered[name]);
  if (!names.length) return at ? `#${at}` : "";
  const query = new URLSearchParams(names.map((name) => [name, String(state[name])]));
  if (at) query.set("at", at);
  return `#?${query}`;
}

function fromHash(hash) {
  const state = { ...unfiltered };
  if (!hash.startsWith("#?")) return state;
  const query = new URLSearchParams(hash.slice(2));
  for (const name of ["work", "source", "aspect", "voice"]) if (query.has(name)) state[name] = query.get(name);
  if (query.has("feeling")) state.feeling = query.get("feeling").split(",").filter(Boolean);
  state.sure = Math.round(Math.min(1, Math.max(0, Number(query.get("sure")) || 0)) * SURE_STEPS) / SURE_STEPS;
  return state;
}

function placeOf(hash) {
  return hash.startsWith("#?") ? new URLSearchParams(hash.slice(2)).get("at") ?? "" : hash.slice(1);
}

// CSV as the tables of a run have it. What a spreadsheet takes for a formula gets an apostrophe (see pipeline/cells.py).
const WORD = "[\\p{L}\\p{N}_]";
const NO_WORD = "[^\\p{L}\\p{N}_]";
const LETTER = "[\\p{L}\\p{Nl}\\p{No}]";
const NO_PROSE =
  `[^\\p{L}\\p{N}_ \\u00a0\\t\\r\\n,.;:!?…'"‘’“”–—\\-]|_|\\p{Nd}${LETTER}|${LETTER}\\p{Nd}|[:!]${WORD}|${NO_WORD}-|-(?!${LETTER})|\\p{Nd}-`;
const FORMULA = new RegExp(
  `^(?=('*))\\1(?!${NO_WORD}*$|[\\-+](?=[ \\u00a0](?!.*(?:${NO_PROSE})).*${LETTER})|@${WORD}+$)[=+\\-@\\t\\r\\n＝＋－＠]`,
  "su",
);

function csvCell(value, float) {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return float && Number.isInteger(value) ? `${value}.0` : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n\0]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csv(rows) {
  const floats = new Set(data.floats);
  const parts = data.columns.map((name) => [column(name), floats.has(name)]);
  const lines = rows.map((n) => parts.map(([values, float]) => csvCell(values[n], float)).join(","));
  return [data.columns.map((name) => csvCell(name)).join(","), ...lines].join("\n") + "\n";
}

// The statistics of pipeline/consensus.py, for the rows that the filters leave.

const Z95 = 1.959963984540054;
const DIVISIVENESS_LEAST = 4;
const SHARE = 38; // per cent of a bar's width for a share of 1, as in pipeline/report/figures.py
const FEELINGS = ["negative", "mixed", "positive"];
const SIGNS = { positive: "+", mixed: "±", negative: "−", neutral: "○" };
const WORDS = { positive: "praise", mixed: "mixed", negative: "blame", neutral: "neutral" };
const letter = (feeling) => ({ positive: "p", mixed: "x", negative: "n" })[feeling] ?? "o";
const tally = (labels, label) => labels.filter((found) => found === label).length;
const mean = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

// Round as pipeline/report/figures.py does: halves up.
const figure = (value, digits) => (Math.floor(value * 10 ** digits + 0.5) / 10 ** digits).toFixed(digits);
const rounded = (value, digits) => Math.round(value * 10 ** digits) / 10 ** digits;

function verdict(scores, labels) {
  const n = labels.length;
  for (const label of ["positive", "negative"]) if (tally(labels, label) * 3 >= n * 2) return label;
  const both = labels.includes("positive") && labels.includes("negative");
  if (tally(labels, "mixed") * 2 <= n && !both) return mean(scores) > 0 ? "positive" : "negative";
  return "mixed";
}

// Wilson (1927).
function wilson(successes, n) {
  const share = successes / n;
  const bottom = 1 + Z95 ** 2 / n;
  const centre = (share + Z95 ** 2 / (2 * n)) / bottom;
  const margin = (Z95 * Math.sqrt((share * (1 - share)) / n + Z95 ** 2 / (4 * n ** 2))) / bottom;
  return [Math.max(0, centre - margin), Math.min(1, centre + margin)];
}

// Van der Eijk (2001): agreement of the counts of blame, mixed and praise, layer by layer.
function agreement(counts) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  let rest = counts, result = 0;
  while (rest.some((n) => n > 0)) {
    const height = Math.min(...rest.filter((n) => n > 0));
    const filled = rest.map((n) => n > 0);
    const size = filled.filter(Boolean).length;
    const poles = size === 2 && !filled[1];
    const layer = poles ? -1 : 1 - (size - 1) / 2;
    result += ((height * size) / total) * layer;
    rest = rest.map((n) => (n > 0 ? n - height : 0));
  }
  return result;
}

// Return for each source that votes its rows.
function ballots(rows) {
  const found = new Map();
  for (const n of rows) {
    if (votes(n)) found.set(holders[n], [...(found.get(holders[n]) ?? []), n]);
  }
  return found;
}

function verdictOf(rows) {
  const labels = rows.map((n) => column("sentiment")[n]);
  if (new Set(labels).size === 1) return labels[0];
  return verdict(rows.map((n) => column("score")[n]), labels);
}

// Count the verdicts of the sources that vote among some rows; null where nobody does.
function bar(rows) {
  const sources = [...ballots(rows).values()];
  const n = sources.length;
  if (!n) return null;
  const labels = sources.map(verdictOf);
  const counts = FEELINGS.map((feeling) => tally(labels, feeling));
  const [low, high] = wilson(counts[2], n).map((bound) => rounded(bound, 4));
  const score = rounded(50 * (1 + mean(sources.map((own) => mean(own.map((row) => column("score")[row]))))), 2);
  const divisiveness = n < DIVISIVENESS_LEAST ? null : rounded((1 - agreement(counts)) / 2, 4);
  return { n, counts, low, high, score, divisiveness };
}

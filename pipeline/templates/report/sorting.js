// Columns that sort when their heading is pressed.

const COLLATOR = new Intl.Collator("en", { numeric: true });

function sortable(table) {
  for (const head of $$("th[data-sort]", table)) {
    const button = element("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => sortBy(table, head));
  }
}

function sortBy(table, head) {
  const numbers = head.dataset.sort === "number";
  const before = head.getAttribute("aria-sort");
  const down = before ? before === "ascending" : numbers;
  for (const other of $$("[aria-sort]", table)) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const place = head.cellIndex, way = down ? -1 : 1;
  const key = (row) => {
    const cell = row.cells[place];
    const text = cell.dataset.k ?? cell.textContent.trim();
    if (!numbers) return text;
    const value = parseFloat(text.replace(/^[+±−○] */, "")); // a cell of the matrix goes by how many opinions it stands for
    return Number.isNaN(value) ? null : value;
  };
  // What is missing comes last either way.
  const order = ([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : (numbers ? a - b : COLLATOR.compare(a, b)) * way);
  for (const body of table.tBodies) {
    const fixed = [...body.rows].filter((row) => row.matches(".group"));
    const keyed = [...body.rows].filter((row) => !row.matches(".group")).map((row) => [key(row), row]);
    keyed.sort(order);
    body.replaceChildren(...fixed, ...keyed.map(([, row]) => row));
  }
}

// Columns that sort when their heading is pressed.

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
  const place = head.cellIndex;
  const key = (row) => {
    const cell = row.cells[place];
    const text = cell.dataset.k ?? cell.textContent.trim();
    if (!numbers) return text.toLocaleLowerCase("en");
    const value = parseFloat(text.replace(/^[+±−○] */, "")); // a cell of the matrix goes by how many opinions it stands for
    return Number.isNaN(value) ? -Infinity : value;
  };
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  for (const body of table.tBodies) {
    const fixed = [...body.rows].filter((row) => row.matches(".group"));
    const keyed = [...body.rows].filter((row) => !row.matches(".group")).map((row) => [key(row), row]);
    keyed.sort(([a], [b]) => (numbers ? a - b || 0 : compare(a, b)) * (down ? -1 : 1));
    body.append(...fixed, ...keyed.map(([, row]) => row));
  }
}

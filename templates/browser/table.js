// A table of any length: filtered, sorted, a page at a time; the whole of it when it is printed.

const PAGE = 100;
const PRINTED = 5000;
const SHOWN = 400; // characters in a cell
const FEW = 12; // rows that need no filter
const MOST_CHOICES = 500;
const remembered = new Map(); // how a table was left, by its place, for who comes back

// Columns: {title, text(row), node(row), order(row), label(text), kind, choose, unseen}. A kind is "mono", "number", or
// "word" for what is not broken into lines; `choose` offers the column's values in a list, `unseen` does nothing else.
function table({ place, caption, columns: all, rows, chosen = {}, empty = "There is nothing here.", sorted = null }) {
  const columns = all.filter((column) => rows.some((row) => column.text(row) !== "")); // an empty one says nothing
  const seen = columns.filter((column) => !column.unseen);
  const state = remembered.get(place) ?? { words: "", chosen: {}, sort: sorted, down: false, page: 0 };
  const { words: given, ...picked } = chosen;
  if (Object.keys(chosen).length) Object.assign(state, { chosen: picked, words: given ?? "", page: 0 });
  remembered.set(place, state);
  const status = el("p", { class: "status quiet", role: "status" });
  const body = el("tbody");
  const pager = el("div", { class: "pager" });
  let size = PAGE;
  let found = rows;

  const wide = new Map(seen.map((column) => [column, width(column, rows)]));
  const heads = seen.map((column) => {
    const button = el("button", { type: "button" }, column.title, el("span", { class: "arrow", "aria-hidden": "true" }));
    button.addEventListener("click", () => {
      state.down = state.sort === column.title ? !state.down : false;
      state.sort = column.title;
      state.page = 0;
      draw();
    });
    return el("th", { scope: "col", class: column.kind === "number" ? "number" : null }, button);
  });

  const words = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  words.value = state.words;
  words.addEventListener("input", () => {
    state.words = words.value;
    state.page = 0;
    draw();
  });
  const choices = columns.filter((column) => column.choose).map(choice).filter(Boolean);

  function choice(column) {
    const values = [...new Set(rows.map((row) => column.text(row)))].sort();
    if (values.length < 2 || values.length > MOST_CHOICES) return null;
    const select = el("select", {}, el("option", { value: "" }, "any"));
    for (const value of values) {
      const option = el("option", {}, shown(column.label ? column.label(value) : value) || "(none)");
      option.value = `=${value}`;
      select.append(option);
    }
    const before = state.chosen[column.title];
    select.value = before === undefined || !values.includes(before) ? "" : `=${before}`;
    select.addEventListener("change", () => {
      if (select.value) state.chosen[column.title] = select.value.slice(1);
      else delete state.chosen[column.title];
      state.page = 0;
      draw();
    });
    return el("label", {}, el("span", {}, column.title), select);
  }

  function matching() {
    const wanted = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    const limiting = columns.filter((column) => state.chosen[column.title] !== undefined);
    if (!wanted.length && !limiting.length) return rows;
    return rows.filter((row) => {
      if (!limiting.every((column) => column.text(row) === state.chosen[column.title])) return false;
      if (!wanted.length) return true;
      const text = columns.map((column) => column.text(row)).join("\n").toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
  }

  function order(list) {
    const column = columns.find((one) => one.title === state.sort);
    if (!column) return list;
    const key = column.order ?? column.text;
    const keyed = list.map((row) => [key(row), row]);
    const by = new Intl.Collator("en", { numeric: true });
    keyed.sort(([a], [b]) => (typeof a === "number" && typeof b === "number" ? a - b : by.compare(String(a), String(b))));
    if (state.down) keyed.reverse();
    return keyed.map(([, row]) => row);
  }

  function draw() {
    found = order(matching());
    const pages = Math.max(1, Math.ceil(found.length / size));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * size;
    body.replaceChildren(...found.slice(from, from + size).map(line));
    heads.forEach((head, at) => {
      if (state.sort === seen[at].title) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const counted = found.length === rows.length ? count(rows.length, "row") : `${found.length.toLocaleString("en")} of ${count(rows.length, "row")}`;
    status.textContent = pages > 1 ? `${counted}; ${(from + 1).toLocaleString("en")} to ${Math.min(from + size, found.length).toLocaleString("en")} shown` : counted;
    pager.replaceChildren(...(pages > 1 ? [turn("Previous", -1, state.page > 0), turn("Next", 1, state.page < pages - 1)] : []));
  }

  function turn(name, by, possible) {
    const button = el("button", { type: "button", disabled: !possible }, name, el("span", { class: "unseen" }, ` page of ${caption}`));
    button.addEventListener("click", () => {
      state.page += by;
      draw();
      scroller.focus();
    });
    return button;
  }

  function line(row) {
    return el("tr", {}, seen.map((column, at) => {
      const content = column.node ? column.node(row) : data(cut(column.text(row)), column.kind === "number" || column.kind === "word" ? null : column.kind);
      const kind = column.kind === "mono" || !column.kind ? wide.get(column) : column.kind;
      return at ? el("td", { class: kind }, content) : el("th", { scope: "row", class: kind }, content || "(none)");
    }));
  }

  const scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, heads)), body));
  const filters = el("div", { class: "filters" }, el("label", {}, el("span", {}, "Filter"), words), choices);
  const section = el("div", { class: "table" }, rows.length > FEW ? filters : "", status, scroller, pager);
  section.resize = (rowsOnPage) => {
    size = rowsOnPage;
    draw();
  };
  if (!rows.length) return el("p", { class: "none" }, empty);
  draw();
  return section;
}

// A cell shows the beginning of a long text; whole it stands behind the row's link.
const cut = (text) => (text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text);

// How much room a column asks for, by the longest of its first texts.
function width(column, rows) {
  const longest = Math.max(...rows.slice(0, PAGE).map((row) => column.text(row).length));
  return longest > 45 ? "long" : longest > 18 ? "medium" : null;
}

function resizeTables(rowsOnPage) {
  for (const section of document.querySelectorAll(".table")) section.resize(rowsOnPage);
}
addEventListener("beforeprint", () => resizeTables(PRINTED));
addEventListener("afterprint", () => resizeTables(PAGE));

async function readSummary() {
  evidence.summary = await json("summary");
  evidence.summary.left_out = await json("left");
  evidence.results = await json("results");
  evidence.gaps = await json("gaps", []);
  evidence.since = await json("changes", null);
  const { summary, results } = evidence;
  hidden = new RegExp(summary.hidden, "gu");
  for (const account of summary.accounts) evidence.accounts.set(account.account, account);
  for (const item of summary.items) {
    item.files.forEach((file, at) => evidence.files.set(file.path, { ...file, item, at }));
  }
  const open = await Promise.all(results.tests.map((_, number) => json(`open${number}`, [])));
  results.tests.forEach((test, number) => {
    test.number = number;
    test.open = open[number].map(([place, row]) => ({ test, place, row }));
    test.rest = null;
    evidence.tests.set(test.id, test);
  });
}

async function everyRow(test) {
  test.rest ??= json(`rest${test.number}`, []).then((rows) => rows.map(([place, row]) => ({ test, place, row })));
  return [...test.open, ...(await test.rest)];
}

async function rowsOfAllTests() {
  return (await Promise.all(evidence.results.tests.map(everyRow))).flat();
}

let pointing = null;

function rowsByPointer() {
  pointing ??= rowsOfAllTests().then((rows) => {
    const found = new Map();
    for (const one of rows) {
      for (const pointer of one.row.pointers) found.set(pointer, [...(found.get(pointer) ?? []), one]);
    }
    return found;
  });
  return pointing;
}

// An item's block has each line of its files once, and last the numbers of the lines of each file.
const bodies = new Map();

async function openBody(item) {
  const bytes = await block(item.block);
  opened.delete(item.block);
  if (!bytes) return null;
  const lines = decoder.decode(bytes).split("\n");
  return { files: JSON.parse(lines.pop()), lines };
}

function body(item) {
  if (!bodies.has(item)) bodies.set(item, openBody(item));
  return bodies.get(item);
}

async function linesOf(path) {
  const file = evidence.files.get(path);
  const found = file && (await body(file.item));
  return found ? found.files[file.at].map((number) => found.lines[number]) : null;
}

function split(text) {
  const lines = text.split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

const isList = (path) => /\.(jsonl|csv)$/.test(path); // a record a line; any other file is one record

async function recordsOf(path) {
  const lines = await linesOf(path);
  if (lines === null) return [];
  if (!isList(path)) return [{ line: null, text: lines.join("\n") }];
  const first = path.endsWith(".csv") ? 1 : 0; // below the names of the columns
  const last = lines[lines.length - 1] === "" ? lines.length - 1 : lines.length;
  return lines.slice(0, last).map((line, at) => ({ line: at + 1, text: line })).slice(first);
}

const placeOf = (path, line) => (line === null ? path : `${path}:${line}`);

function pathAndLine(pointer) {
  const parts = /^(.*):([1-9][0-9]*)$/s.exec(pointer);
  return parts ? [parts[1], Number(parts[2])] : [pointer, null];
}

let ledger = null;

function calls() {
  ledger ??= block("calls").then((bytes) => (bytes ? split(decoder.decode(bytes)).map((line) => JSON.parse(line)) : []));
  return ledger;
}

function wordsOfCalls(found) {
  const letters = new Set();
  const collect = (value) => {
    if (typeof value === "string") letters.add(value);
    else if (value && typeof value === "object") Object.values(value).forEach(collect);
  };
  collect(found);
  return letters;
}

// The calls that fed a record's file; of a file that another was made of, those for its item there. Those come first,
// as `naming`, all of whose parameters that differ between them stand in the record: the ledger does not say which answer
// a record stood in.
async function callsOf(path, text) {
  const file = evidence.files.get(path);
  const all = await calls();
  const own = all.filter((call) => call.file === path);
  const ofItem = (call) => file && call.item === file.item.item && call.account === file.account && (!file.region || call.region === file.region);
  const fed = own.length ? own : all.filter(ofItem);
  const values = new Map();
  for (const call of fed) {
    for (const [name, value] of Object.entries(call.parameters)) {
      values.set(name, (values.get(name) ?? new Set()).add(JSON.stringify(value)));
    }
  }
  let said = new Set();
  try {
    said = wordsOfCalls(JSON.parse(text));
  } catch {
    said = new Set(text.split(","));
  }
  const names = (call) => {
    const telling = Object.entries(call.parameters).filter(
      ([name, value]) => typeof value === "string" && !value.startsWith("sha256:") && values.get(name).size > 1,
    );
    return telling.length > 0 && telling.every(([, value]) => said.has(value));
  };
  const naming = fed.filter(names);
  return { naming, others: fed.filter((call) => !naming.includes(call)), what: own.length ? "that fed this file" : "for this item here" };
}

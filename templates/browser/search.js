// Full text over everything the page holds: tests, rows, facts, gaps, records as they stand, calls.

const MOST_FOUND = 2000;
let searching = 0;

const pause = () => new Promise((go) => setTimeout(go, 0));
const textOfRow = ({ test, row }) => [test.id, test.title, test.criteria.join(" "), JSON.stringify(row)].join("\n");

function matcher(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    const lower = text.toLowerCase();
    return wanted.every((word) => lower.includes(word));
  };
}

function around(text, words) {
  const lower = text.toLowerCase();
  const first = words.toLowerCase().split(/\s+/).filter(Boolean)[0];
  const at = Math.max(0, lower.indexOf(first));
  const from = Math.max(0, at - 60);
  const hit = text.slice(at, at + first.length);
  return el("span", { class: "mono" }, data(`${from ? "… " : ""}${text.slice(from, at)}`), el("mark", {}, shown(hit)), data(text.slice(at + first.length, at + first.length + 120)));
}

async function searchRecords(words, mine) {
  const matches = matcher(words);
  const found = [];
  let total = 0;
  let resting = performance.now();
  for (const item of evidence.summary.items) {
    const held = await body(item);
    if (!held) continue;
    const matching = new Set();
    held.lines.forEach((line, number) => matches(line) && matching.add(number));
    for (const [at, file] of item.files.entries()) {
      const numbers = held.files[at];
      if (isList(file.path) && !numbers.some((number) => matching.has(number))) continue;
      for (const { line, text } of await recordsOf(file.path)) {
        if (line === null ? !matches(text) : !matching.has(numbers[line - 1])) continue;
        total += 1;
        if (found.length < MOST_FOUND) found.push({ pointer: placeOf(file.path, line), file: evidence.files.get(file.path), text });
      }
      if (performance.now() - resting > 50) {
        await pause();
        resting = performance.now();
        if (mine !== searching) return null;
      }
    }
  }
  return { found, total };
}

function group(title, place, rows, columns, total = rows.length) {
  if (!rows.length) return [];
  const more = total > rows.length ? el("p", { class: "warning" }, `The first ${rows.length.toLocaleString("en")} of ${total.toLocaleString("en")}: search for more words.`) : "";
  return [el("h2", {}, `${title} (${total.toLocaleString("en")})`), more, table({ place, caption: title, rows, columns })];
}

views.search = async ([words]) => {
  const mine = ++searching;
  if (!words?.trim()) return nothing("Type what to search for: a test, a criterion, a person, a key, an account, a region.");
  byId("words").value = words;
  say("Searching");
  const { results, gaps, summary } = evidence;
  const matches = matcher(words);
  const rows = (await rowsOfAllTests()).filter((one) => matches(textOfRow(one)));
  const records = await searchRecords(words, mine);
  if (records === null) return null; // another search has begun
  const inCalls = (await calls()).filter((call) => matches(JSON.stringify(call)));
  const tests = results.tests.filter((test) => matches(JSON.stringify({ ...test, open: 0, rest: 0, numbers: numbersOf(test.id) })));
  const joined = results.joined.filter((fact) => matches(JSON.stringify(fact)));
  const nodes = [
    group("Tests", "found tests", tests, TEST_COLUMNS),
    group("Gaps", "found gaps", gaps.filter((gap) => matches(JSON.stringify(gap))), [
      { title: "Item", text: (gap) => gap.item, node: (gap) => link("#/gaps", mono(gap.item)) },
      ACCOUNT((gap) => gap.target.account), REGION((gap) => gap.target.region),
      { title: "Cause", text: (gap) => gap.cause }, { title: "Message", text: (gap) => gap.message },
    ]),
    joined.length ? [el("h2", {}, `Joined facts (${joined.length})`), joinedList(joined)] : [],
    group("Rows of tests", "found rows", rows.slice(0, MOST_FOUND), rowColumns(true), rows.length),
    group("Records", "found records", records.found, recordColumns(null).map((column) => (
      column.title === "As it stands" ? { ...column, node: (one) => around(one.text, words) } : column)), records.total),
    group("Calls", "found calls", inCalls.slice(0, MOST_FOUND), CALL_COLUMNS, inCalls.length),
  ].flat();
  const all = tests.length + rows.length + records.total + inCalls.length + joined.length;
  say(`${count(all, "match", "matches")} for ${shown(words)}`);
  const out = summary.left_out.length ? el("p", { class: "warning" }, "Not searched, as it was left out of this page for size: ", separated(summary.left_out.map((one) => data(one.what))), ".") : "";
  return {
    title: `Search: ${words}`,
    heading: ["Search: ", data(words)],
    nodes: [el("p", {}, count(all, "match", "matches"), ". Each has all the words, in any case."), out, nodes],
  };
};

// What tables of several parts share: links, names of accounts, columns. Then `views`: what each address shows.

const ORDER = ["critical", "high", "medium", "low"];
const severityOrder = (word) => (ORDER.includes(word) ? ORDER.indexOf(word) : ORDER.length);
const testAt = (id) => `#/test/${encodeURIComponent(id)}`;
const rowAt = (one) => `#/row/${encodeURIComponent(one.test.id)}/${one.place}`;
const recordAt = (pointer) => `#/record/${encodeURIComponent(pointer)}`;
const itemAt = (item) => `#/item/${encodeURIComponent(item)}`;
const callAt = (number) => `#/call/${number}`;
const linkedTest = (id) => (evidence.tests.has(id) ? link(testAt(id), id) : data(id));
const pointerLinks = (pointers) => separated(pointers.map((pointer) => link(recordAt(pointer), mono(pointer))));
const nameOf = (account) => evidence.accounts.get(account)?.name ?? "";
const labelOf = (account) => (nameOf(account) ? `${account} ${nameOf(account)}` : account);
const accountNode = (account) => (account ? [data(account, "mono whole"), nameOf(account) ? [" ", data(nameOf(account), "quiet")] : ""] : "");
const ACCOUNT = (get) => ({ title: "Account", text: get, label: labelOf, node: (row) => accountNode(get(row)), choose: true });
const REGION = (get) => ({ title: "Region", text: (row) => get(row) ?? "", kind: "word", choose: true });

function rowColumns(withTest) {
  const columns = [
    { title: "Subject", text: ({ row }) => row.subject, node: (one) => link(rowAt(one), mono(one.row.subject)) },
    { title: "Verdict", kind: "word", text: ({ row }) => row.verdict, node: ({ row }) => badge(row.verdict), choose: true },
    { title: "Severity", text: ({ row }) => row.severity ?? "", node: ({ row }) => badge(row.severity), order: ({ row }) => severityOrder(row.severity), choose: true },
    { ...ACCOUNT(({ row }) => row.account), node: ({ row }) => [accountNode(row.account), row.region ? [" ", data(row.region, "whole")] : ""] },
    { ...REGION(({ row }) => row.region), unseen: true },
    { title: "Observed", text: ({ row }) => row.observed },
    { title: "Expected", text: ({ row }) => row.expected },
    { title: "Since", text: ({ row }) => (row.since ?? "").slice(0, 10), kind: "word" },
  ];
  if (!withTest) return columns;
  const test = { title: "Test", kind: "word", text: (one) => one.test.id, node: (one) => linkedTest(one.test.id), choose: true };
  const control = { title: "Criteria", text: (one) => one.test.criteria.join(" "), kind: "word", choose: true };
  columns.splice(1, 0, test, control);
  return columns;
}

const beside = (test) => (test.conclusion === "exceptions noted" && !test.complete ? el("span", { class: "quiet" }, ", not complete") : "");

const TEST_COLUMNS = [
  { title: "Test", kind: "word", text: (test) => test.id, node: (test) => link(testAt(test.id), test.id) },
  { title: "Title", text: (test) => test.title },
  { title: "Criteria", text: (test) => test.criteria.join(" "), kind: "word" },
  { title: "Counted with", text: (test) => test.family, choose: true, unseen: true },
  { title: "Topic", text: (test) => test.topic, choose: true, unseen: true },
  { title: "Conclusion", kind: "word", text: (test) => test.conclusion, node: (test) => [badge(test.conclusion), beside(test)], choose: true },
  { title: "Complete", text: (test) => (test.complete ? "yes" : "no"), choose: true, unseen: true },
  { title: "Severity", text: (test) => test.severity ?? "", node: (test) => badge(test.severity), order: (test) => severityOrder(test.severity), choose: true },
  { title: "Population", text: (test) => test.population_size, order: (test) => test.population_size, kind: "number" },
  { title: "Inspected", text: (test) => test.inspected, order: (test) => test.inspected, kind: "number" },
  { title: "Exceptions", text: (test) => test.exceptions, order: (test) => test.exceptions, kind: "number" },
  { title: "Accepted", text: (test) => test.accepted, order: (test) => test.accepted, kind: "number" },
].map((column) => ({ ...column, text: (test) => String(column.text(test)) }));

const CALL_COLUMNS = [
  { title: "No.", text: (call) => String(call.seq), order: (call) => call.seq, kind: "number", node: (call) => link(callAt(call.seq), String(call.seq)) },
  { title: "Operation", text: (call) => `${call.service}:${call.operation}`, kind: "mono" },
  { title: "AWS request id", text: (call) => call.request_id, kind: "mono" },
  { title: "Answered", text: (call) => moment(call.finished), kind: "mono" },
  { title: "Parameters", text: (call) => JSON.stringify(call.parameters), kind: "mono" },
  { title: "Records", text: (call) => String(call.records ?? ""), order: (call) => call.records ?? -1, kind: "number" },
];

function callTable(place, rows, more = []) {
  return table({ place, caption: "Calls to AWS", columns: [...CALL_COLUMNS, ...more], rows, empty: "No call." });
}

function recordColumns(item) {
  return [
    { title: "Record", text: (one) => one.pointer, node: (one) => link(recordAt(one.pointer), mono(one.pointer)) },
    ACCOUNT((one) => one.file.account),
    REGION((one) => one.file.region),
    { title: "As it stands", text: (one) => one.text, kind: "mono" },
    ...(item ? [] : [{ title: "Item", text: (one) => one.file.item.item, kind: "mono", choose: true }]),
  ];
}


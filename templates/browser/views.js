// What each address of the page shows.

const ORDER = ["critical", "high", "medium", "low"];

const nameOf = (account) => evidence.accounts.get(account)?.name ?? "";
const labelOf = (account) => (nameOf(account) ? `${account} ${nameOf(account)}` : account);
const accountNode = (account) => (account ? [data(account, "mono whole"), nameOf(account) ? [" ", data(nameOf(account), "quiet")] : ""] : "");
const testAt = (id) => `#/test/${encodeURIComponent(id)}`;
const rowAt = (one) => `#/row/${encodeURIComponent(one.test.id)}/${one.place}`;
const recordAt = (pointer) => `#/record/${encodeURIComponent(pointer)}`;
const itemAt = (item) => `#/item/${encodeURIComponent(item)}`;
const callAt = (number) => `#/call/${number}`;
const severityOrder = (word) => (ORDER.includes(word) ? ORDER.indexOf(word) : ORDER.length);
const linkedTest = (id) => (evidence.tests.has(id) ? link(testAt(id), id) : data(id));

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

const views = {};

views[""] = () => {
  const { summary, results } = evidence;
  const period = summary.entity.period_start ? `${summary.entity.period_start} to ${summary.entity.period_end}` : "a point in time";
  const inScope = summary.accounts.filter((account) => account.in_scope);
  const open = openRows();
  const bySeverity = ORDER.map((severity) => [severity, open.filter(({ row }) => row.verdict === "exception" && row.severity === severity).length]);
  const criteria = [...new Set(results.tests.flatMap((test) => test.criteria))].sort();
  return {
    title: "Overview",
    nodes: [
      el("p", { class: "quiet" }, `Collected ${moment(summary.collected.from)} from ${count(inScope.length, "account")} of ${summary.accounts.length} known. Bundle `, mono(summary.bundle), "."),
      el("h2", {}, "What is missing"),
      missing(),
      el("h2", {}, "What the tests conclude"),
      facts(summary.totals.map(([name, tests, words]) => [name, `${count(tests, "test")}: ${words}`])),
      summary.laxer ? el("p", { class: "warning" }, shown(summary.laxer), ".") : "",
      el("ul", { class: "tiles" }, bySeverity.map(([severity, number]) =>
        el("li", { class: number ? TONES[severity] ?? "open" : "none" }, link(`#/exceptions?Verdict=exception&Severity=${severity}`, [
          el("strong", {}, number.toLocaleString("en")), ` ${severity}`, el("span", { class: "unseen" }, " exceptions")])))),
      el("h2", {}, "Fix first"),
      joinedList(results.joined.slice(0, 7)),
      results.joined.length > 7 ? el("p", {}, link("#/joined", `All ${results.joined.length} joined facts`)) : "",
      el("h2", {}, "By criterion"),
      table({
        place: "criteria", caption: "Tests by criterion", rows: criteria,
        columns: [
          { title: "Criterion", text: (one) => one, node: (one) => link(`#/conclusions?words=${encodeURIComponent(one)}`, mono(one)) },
          ...["no exceptions", "exceptions noted", "not concluded", "attested", "not applicable"].map((word) => ({
            title: word, kind: "number", order: (one) => Number(having(one, word)), text: (one) => having(one, word),
          })),
        ],
      }),
      el("h2", {}, "What this is"),
      facts([
        ["Entity", data(summary.entity.name || "not named")],
        ["Period", period],
        ["Collected", `${moment(summary.collected.from)} to ${moment(summary.collected.to)}`],
        ["Accounts", `${inScope.length} in scope of ${summary.accounts.length} known: `, separated(inScope.slice(0, 12).map((one) => accountNode(one.account))), inScope.length > 12 ? " …" : ""],
        ["Read by", mono(summary.caller)],
        ["Management stated", separated([results.exceptions_file, results.attestations_file].filter(Boolean).map((file) => [data(file.name), ` (${count(file.entries, "entry", "entries")}, sha256 `, mono(file.sha256), ")"]))],
        ["Bundle", mono(summary.bundle)],
        ["Digest of the bundle", mono(summary.digest)],
        ["Digest of the results", mono(summary.results_digest)],
        ["Made with", `evidence ${results.tool_version}`],
        summary.redacted ? ["Redacted", "This is a redacted copy: people have pseudonyms."] : ["Redacted", ""],
        ...summary.times.map(([name, value, remark]) => [name, data(value), remark ? [" ", data(remark, "quiet")] : ""]),
      ]),
      el("p", { class: "quiet" }, "This page shows what results.json and the bundle in this pack hold, and vouches for neither. Who signed them, and that nothing changed since, is checked as VERIFY.md says; ",
        mono("evidence verify PACK --recompute"), " makes this page again, byte for byte."),
    ],
  };
};

function having(criterion, conclusion) {
  return String(evidence.results.tests.filter((test) => test.criteria.includes(criterion) && test.conclusion === conclusion).length);
}

function openRows() {
  return evidence.results.tests.flatMap((test) => test.open);
}

function missing() {
  const { summary, gaps, results } = evidence;
  const unfinished = results.tests.filter((test) => !test.complete && test.conclusion !== "not applicable");
  const unreadable = Object.keys(summary.unreadable).length;
  const outside = summary.accounts.filter((account) => !account.in_scope);
  const list = el("ul", { class: "plain" });
  list.append(el("li", {}, gaps.length
    ? [badge("gap"), " ", link("#/gaps", count(gaps.length, "gap")), ": planned and not collected."]
    : "No gap: everything that was planned was collected."));
  list.append(el("li", {}, unfinished.length
    ? [link("#/conclusions?Complete=no", count(unfinished.length, "test")), " could not see all the evidence they need."]
    : "Every test that applies saw all the evidence it needs."));
  if (outside.length) list.append(el("li", {}, link("#/gaps", count(outside.length, "account")), " known and not examined: ", separated(outside.slice(0, 8).map((one) => accountNode(one.account))), outside.length > 8 ? " …" : "", "."));
  if (unreadable) list.append(el("li", {}, link("#/gaps", count(unreadable, "record")), " not readable: no test concludes from them."));
  if (summary.left_out.length) list.append(el("li", {}, link("#/gaps", count(summary.left_out.length, "part")), " left out of this page for size; the pack has them."));
  return list;
}

views.gaps = () => {
  const { summary, gaps } = evidence;
  const outside = summary.accounts.filter((account) => !account.in_scope);
  return {
    title: "Gaps",
    nodes: [
      el("p", {}, "What was planned and not collected, and what else this evidence does not show."),
      el("h2", {}, "Planned and not collected"),
      table({
        place: "gaps", caption: "Gaps", rows: gaps, empty: "No gap: everything that was planned was collected.",
        columns: [
          { title: "Item", text: (gap) => gap.item, kind: "mono", node: (gap) => link(itemAt(gap.item), mono(gap.item)), choose: true },
          ACCOUNT((gap) => gap.target.account),
          REGION((gap) => gap.target.region),
          { title: "Cause", text: (gap) => gap.cause, choose: true },
          { title: "Operation", text: (gap) => gap.operation, kind: "mono" },
          { title: "Error", text: (gap) => gap.error_code, kind: "mono" },
          { title: "Message", text: (gap) => gap.message },
          { title: "What cannot be concluded", text: (gap) => gap.effect },
        ],
      }),
      el("h2", {}, "Accounts not examined"),
      table({
        place: "outside", caption: "Accounts not examined", rows: outside, empty: "Every account that the run knew of is in scope.",
        columns: [
          { title: "Account", text: (one) => labelOf(one.account), node: (one) => accountNode(one.account) },
          { title: "Organizational unit", text: (one) => one.unit },
          { title: "State", text: (one) => one.state },
          { title: "Why", text: (one) => one.reason },
        ],
      }),
      el("h2", {}, "Records that are not readable"),
      table({
        place: "unreadable", caption: "Records that are not readable", rows: Object.entries(summary.unreadable), empty: "Every record can be read.",
        columns: [
          { title: "Record", text: ([pointer]) => pointer, node: ([pointer]) => link(recordAt(pointer), mono(pointer)) },
          { title: "Why", text: ([, why]) => why },
        ],
      }),
      el("h2", {}, "Management's statements that do not count"),
      table({
        place: "findings", caption: "Statements that do not count", rows: statementFindings(), empty: "Every statement counts, or none was given.",
        columns: [
          { title: "File", text: (one) => one.file },
          { title: "Entry", text: (one) => String(one.entry), order: (one) => one.entry, kind: "number" },
          { title: "Test", text: (one) => one.test, node: (one) => linkedTest(one.test) },
          { title: "Subject", text: (one) => one.subject, kind: "mono" },
          { title: "Why", text: (one) => one.sentence },
        ],
      }),
      el("h2", {}, "Left out of this page"),
      table({
        place: "left out", caption: "Left out of this page for size", rows: summary.left_out, empty: "Nothing: this page holds every record of the bundle.",
        columns: [
          { title: "What", text: (one) => one.what },
          { title: "Size", text: (one) => (one.bytes ? `${one.bytes.toLocaleString("en")} bytes` : one.rows ? count(one.rows, "row") : ""), order: (one) => one.bytes ?? one.rows ?? 0, kind: "number" },
          { title: "Where it is", text: (one) => (one.test ? "in results.json, and in the workbook" : "in the bundle, and in the workbook") },
        ],
      }),
      el("h2", {}, "What the sources cannot show"),
      table({
        place: "blind", caption: "Blind spots of the evidence items",
        rows: summary.items.flatMap((item) => item.blind_spots.map((text) => ({ item, text }))),
        columns: [
          { title: "Item", text: ({ item }) => item.item, node: ({ item }) => link(itemAt(item.item), mono(item.item)) },
          { title: "Blind spot", text: ({ text }) => text },
        ],
      }),
    ],
  };
};

function statementFindings() {
  const { exception_findings: exceptions, attestation_findings: attestations } = evidence.results;
  return [...exceptions.map((one) => ({ ...one, file: "exceptions" })), ...attestations.map((one) => ({ ...one, file: "attestations" }))];
}

views.conclusions = (_, chosen) => ({
  title: "Conclusions",
  nodes: [
    table({ place: "conclusions", caption: "Conclusions of the tests of controls", columns: TEST_COLUMNS, rows: evidence.results.tests, chosen }),
    el("h2", {}, "Settings laxer than the defaults"),
    table({
      place: "laxer", caption: "Settings laxer than the defaults", rows: evidence.results.lax_settings, empty: "None.",
      columns: [
        { title: "Setting", text: (one) => one.key, kind: "mono" },
        { title: "Value", text: (one) => one.value },
        { title: "Default", text: (one) => one.default },
        { title: "Tests", text: (one) => one.tests.join(" "), node: (one) => separated(one.tests.map(linkedTest)) },
        { title: "Effect", text: (one) => one.effect },
      ],
    }),
  ],
});

views.exceptions = (_, chosen) => ({
  title: "Exceptions",
  nodes: [
    el("p", {}, "Each member of a population that fails, that management accepted, or that the evidence does not settle."),
    table({ place: "exceptions", caption: "Exceptions", columns: rowColumns(true), rows: openRows(), chosen, sorted: "Severity" }),
  ],
});

views.test = async ([id]) => {
  const test = evidence.tests.get(id);
  if (!test) return nothing(`There is no test ${id}.`);
  const rows = await everyRow(test);
  const out = evidence.summary.left_out.filter((one) => one.test === id);
  return {
    title: `${test.id} ${test.title}`,
    nodes: [
      el("p", { class: "verdict" }, badge(test.conclusion), beside(test), test.severity ? [" most severe: ", badge(test.severity)] : ""),
      facts([
        ["Why", data(test.reason)],
        ["Criteria", mono(test.criteria.join(" "))],
        ["Risk", data(test.risk)],
        ["Procedure", data(test.procedure)],
        ["Population", data(test.population)],
        ["Attribute", data(test.attribute)],
        ["Counted", `considered ${test.considered}, out of scope ${test.out_of_scope}, population ${test.population_size}, inspected ${test.inspected}, exceptions ${test.exceptions}, accepted ${test.accepted}, not determined ${test.not_determined}`],
        ["As of", moment(test.as_of)],
        ["Evidence", separated([...test.needs, ...test.uses].map((item) => link(itemAt(item), mono(item))))],
        ["Missing", test.missing.map((one) => el("div", {}, data(one.sentence ?? JSON.stringify(one))))],
        ["Limits", data(test.limits)],
        ["Remedy", test.exceptions || test.accepted ? data(test.remedy.console) : ""],
      ]),
      out.length ? el("p", { class: "warning" }, "Left out of this page for size: ", separated(out.map((one) => `${count(one.rows, "row")} (${one.what})`)), ".") : "",
      test.attestation ? [el("h2", {}, "What management attests"), el("pre", { tabindex: "0", role: "region", "aria-label": "Attestation" }, shown(JSON.stringify(test.attestation, null, 2)))] : "",
      el("h2", {}, "Population"),
      table({ place: `test ${id}`, caption: `Population of ${id}`, columns: rowColumns(false), rows, empty: "No row." }),
    ],
  };
};

views.row = async ([id, place]) => {
  const test = evidence.tests.get(id);
  const one = test && (await everyRow(test)).find((row) => row.place === Number(place));
  if (!one) return nothing("There is no such row in this page.");
  const { row } = one;
  const joined = evidence.results.joined.filter((fact) => fact.rows.some((part) => part.test === id && part.subject === row.subject && part.account === row.account && part.region === row.region));
  const shownRecords = await Promise.all(row.pointers.slice(0, 3).map(recordSection));
  return {
    title: `${id}: ${row.subject}`,
    heading: [`${id} `, mono(row.subject)],
    nodes: [
      el("p", { class: "verdict" }, badge(row.verdict), " ", badge(row.severity), " in ", link(testAt(id), `${test.id} ${test.title}`)),
      facts([
        ["Account", accountNode(row.account)],
        ["Region", mono(row.region)],
        ["Observed", data(row.observed)],
        ["Expected", data(row.expected)],
        ["Since", moment(row.since)],
        ["Note", row.note ? data(row.note) : ""],
        ...Object.entries(row.attributes).map(([name, value]) => [data(name), value ? data(value) : ""]),
        ["Accepted", row.accepted ? Object.entries(row.accepted).map(([name, value]) => el("div", {}, shown(name), ": ", data(typeof value === "object" ? JSON.stringify(value) : value))) : ""],
        ["Joined fact", joined.map((fact) => el("div", {}, link("#/joined", data(fact.title)), ": ", data(fact.why)))],
        ["Remedy", row.remedy ? data(row.remedy.console) : ""],
        ["By command", row.remedy?.cli.length ? el("pre", { tabindex: "0", role: "region", "aria-label": "Commands" }, shown(row.remedy.cli.join("\n"))) : ""],
        ["Rests on", separated(row.pointers.map((pointer) => link(recordAt(pointer), mono(pointer))))],
      ]),
      shownRecords,
    ],
  };
};

async function recordSection(pointer) {
  const { node, text } = await recordNode(pointer);
  return el("section", {}, el("h2", {}, "Record ", link(recordAt(pointer), mono(pointer))), node, text === null ? "" : await callsSection(pointer, text));
}

async function callsSection(pointer, text) {
  const { naming, others } = await callsOf(pathAndLine(pointer)[0], text);
  if (!naming.length && !others.length) return el("p", { class: "none" }, "The call ledger names no call that fed this file.");
  const [calls, said] = naming.length
    ? [naming, `Of the ${count(naming.length + others.length, "call")} that fed this file, those whose parameters stand in this record.`]
    : [others, others.length === 1 ? "The one call that fed this file." : `The ${count(others.length, "call")} that fed this file; the record stood in one of their answers.`];
  return [el("h3", {}, "The AWS call that gave it"), el("p", { class: "quiet" }, said), callTable(`calls of ${pointer}`, calls)];
}

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

views.calls = async () => {
  const rows = await calls();
  const out = leftOut("calls");
  return {
    title: "Calls",
    nodes: [
      el("p", {}, "The call ledger: every request to AWS, with AWS's own id of it, by which CloudTrail knows it too."),
      out ? el("p", { class: "warning" }, "The ledger was left out of this page for its size: data/calls.jsonl in the bundle.") : "",
      callTable("calls", rows, [
        { title: "Item", text: (call) => call.item, kind: "mono", choose: true },
        ACCOUNT((call) => call.account),
        REGION((call) => call.region),
        { title: "Status", text: (call) => String(call.status), kind: "number", choose: true },
        { title: "Error", text: (call) => call.error_code, kind: "mono", choose: true },
      ]),
    ],
  };
};

views.call = async ([number]) => {
  const call = (await calls()).find((one) => one.seq === Number(number));
  if (!call) return nothing("There is no such call in this page.");
  return {
    title: `Call ${call.seq}: ${call.service}:${call.operation}`,
    nodes: [
      facts([
        ["AWS request id", mono(call.request_id)],
        ["Operation", mono(`${call.service}:${call.operation}`)],
        ["For item", link(itemAt(call.item), mono(call.item))],
        ["Account", accountNode(call.account)],
        ["Region", mono(call.region)],
        ["Sent", moment(call.started)],
        ["Answered", moment(call.finished)],
        ["AWS's own date", moment(call.aws_date)],
        ["HTTP status", String(call.status), call.error_code ? [" ", mono(call.error_code)] : ""],
        ["Attempts", String(call.attempts)],
        ["Records counted", call.records === null ? "" : String(call.records)],
        ["More pages", call.truncated ? "AWS said that more follow" : "no"],
        ["Fed", call.file ? (evidence.files.has(call.file) ? link(`#/file/${encodeURIComponent(call.file)}`, mono(call.file)) : mono(call.file)) : "no file"],
        ["In the ledger", mono(`calls.jsonl:${call.seq}`)],
      ]),
      el("h2", {}, "Parameters"),
      pretty(JSON.stringify(call.parameters), [], "Parameters"),
    ],
  };
};

function joinedList(list) {
  if (!list.length) return el("p", { class: "none" }, "Nothing that rows of several tests make together.");
  return el("ol", { class: "joined" }, list.map((fact) => el("li", {},
    el("p", { class: "verdict" }, badge(fact.severity), " ", el("strong", {}, data(fact.title)), fact.account ? [" in ", accountNode(fact.account)] : ""),
    el("p", {}, data(fact.why)),
    el("p", {}, separated(fact.rows.map((part) => link(rowOf(part), [part.test, " ", mono(part.subject)]))), fact.more ? ` and ${count(fact.more, "more row")}` : ""),
    fact.remedy ? el("details", {}, el("summary", {}, "Remedy"), el("p", {}, data(fact.remedy.console)),
      fact.remedy.cli.length ? el("pre", { tabindex: "0", role: "region", "aria-label": "Commands" }, shown(fact.remedy.cli.join("\n"))) : "") : "",
    el("p", { class: "quiet" }, "Rests on ", separated(fact.pointers.map((pointer) => link(recordAt(pointer), mono(pointer))))))));
}

function rowOf(part) {
  const test = evidence.tests.get(part.test);
  const found = test?.open.find(({ row }) => row.subject === part.subject && row.account === part.account && row.region === part.region);
  return found ? rowAt(found) : testAt(part.test);
}

views.joined = () => ({
  title: "Joined facts",
  nodes: [
    el("p", {}, "What rows of several tests make together, the heaviest first; counted in no test."),
    joinedList(evidence.results.joined),
  ],
});

const TOLD = { true: "yes", false: "no", null: "not determined" };
const pointerLinks = (pointers) => separated(pointers.map((pointer) => link(recordAt(pointer), mono(pointer))));

const ACCESS_COLUMNS = [
  { title: "Person or user", text: (one) => one.name, node: (one) => [link(holderAt(one), data(one.name)), one.display && one.display !== one.name ? [" ", data(one.display, "quiet")] : ""] },
  { title: "Kind", text: (one) => one.kind, kind: "word", choose: true },
  { title: "Status", text: (one) => one.status, choose: true },
  { title: "Group", text: (one) => one.group, choose: true },
  { title: "Access", text: (one) => [one.access, one.by].join(" "), node: (one) => [data(one.access), one.by && one.by !== one.access ? [" ", data(`by ${one.by}`, "quiet")] : ""] },
  ACCOUNT((one) => one.account),
  { title: "Administrator", text: (one) => TOLD[one.administrator], node: (one) => (one.administrator ? el("strong", {}, "yes") : TOLD[one.administrator]), choose: true },
  { title: "Last use", text: (one) => (one.last_used ? one.last_used.slice(0, 10) : one.never_used ? "none on record" : "not known"), kind: "word" },
  { title: "MFA", text: (one) => (one.mfa === null ? "not known" : TOLD[one.mfa]), kind: "word", choose: true },
  { title: "Contractor", text: (one) => one.contractor },
  { title: "Oldest key, days", text: (one) => String(one.key_days ?? ""), order: (one) => one.key_days ?? -1, kind: "number" },
  { title: "Note", text: (one) => one.note },
  { title: "Rests on", text: (one) => one.pointers.join(" "), node: (one) => separated(one.pointers.map((pointer) => link(recordAt(pointer), data(pointer.split("/").pop(), "mono whole")))) },
];

const holderAt = (one) => `#/holder/${encodeURIComponent(one.id || one.name)}`;
let listing = null;

function accessLines() {
  listing ??= json("access", []).then((lines) => ({ hidden: lines.filter((one) => "why" in one), rows: lines.filter((one) => !("why" in one)) }));
  return listing;
}

// Return [key, rows] for each key, in the order in which they come.
function grouped(rows, key) {
  const found = new Map();
  for (const row of rows) found.set(key(row), [...(found.get(key(row)) ?? []), row]);
  return [...found];
}

function accessCounts() {
  return [
    { title: "Accesses", text: ([, held]) => String(held.length), order: ([, held]) => held.length, kind: "number" },
    { title: "As administrator", text: ([, held]) => String(held.filter((one) => one.administrator).length), order: ([, held]) => held.filter((one) => one.administrator).length, kind: "number" },
    { title: "Not determined", text: ([, held]) => String(held.filter((one) => one.administrator === null).length), order: ([, held]) => held.filter((one) => one.administrator === null).length, kind: "number" },
  ];
}

views.access = async ([by], chosen) => {
  const { hidden: notShown, rows } = await accessLines();
  const ways = [["", "Every access"], ["people", "By person"], ["accounts", "By account"]];
  const out = leftOut("access");
  let shownTable;
  if (by === "people") {
    shownTable = table({
      place: "access people", caption: "People and users", rows: grouped(rows, (one) => one.id || one.name),
      columns: [
        { title: "Person or user", text: ([, [one]]) => one.name, node: ([, [one]]) => [link(holderAt(one), data(one.name)), one.display ? [" ", data(one.display, "quiet")] : ""] },
        { title: "Kind", text: ([, [one]]) => one.kind, choose: true, kind: "word" },
        { title: "Status", text: ([, [one]]) => one.status, choose: true },
        { title: "Accounts", text: ([, held]) => separated([...new Set(held.map((one) => one.account))].filter(Boolean)).join(""), node: ([, held]) => separated([...new Set(held.map((one) => one.account))].filter(Boolean).map(accountNode)) },
        ...accessCounts(),
        { title: "MFA", text: ([, [one]]) => (one.mfa === null ? "not known" : TOLD[one.mfa]), choose: true, kind: "word" },
        { title: "Contractor", text: ([, [one]]) => one.contractor },
      ],
    });
  } else if (by === "accounts") {
    shownTable = table({
      place: "access accounts", caption: "Accounts", rows: grouped(rows.filter((one) => one.account), (one) => one.account),
      columns: [
        { title: "Account", text: ([account]) => labelOf(account), node: ([account]) => link(`#/access?Account=${account}`, accountNode(account)) },
        { title: "People and users", text: ([, held]) => String(new Set(held.map((one) => one.id || one.name)).size), order: ([, held]) => new Set(held.map((one) => one.id || one.name)).size, kind: "number" },
        ...accessCounts(),
      ],
    });
  } else {
    shownTable = table({ place: "access", caption: "Every access", columns: ACCESS_COLUMNS, rows, chosen, empty: "Nobody is listed." });
  }
  return {
    title: "Access",
    nodes: [
      el("nav", { class: "ways", "aria-label": "Views of the access listing" }, ways.map(([where, name]) =>
        el("a", { href: where ? `#/access/${where}` : "#/access", "aria-current": where === (by ?? "") ? "page" : null }, name))),
      out ? el("p", { class: "warning" }, "The access listing was left out of this page for its size: see the workbook.") : "",
      notShown.length ? [el("h2", {}, "What cannot be shown"), table({
        place: "access not shown", caption: "Access that cannot be shown", rows: notShown,
        columns: [
          { title: "Item", text: (one) => one.item, kind: "mono" },
          ACCOUNT((one) => one.account),
          { title: "Why", text: (one) => one.why },
          { title: "Record", text: (one) => one.pointers.join(" "), node: (one) => pointerLinks(one.pointers) },
        ],
      }), el("h2", {}, ways.find(([where]) => where === (by ?? ""))?.[1] ?? "Access")] : "",
      shownTable,
      el("p", { class: "quiet" }, "Administrator: whether this access makes one, as PRIV-2 and IDC-4 determine it. No API tells the MFA or the last sign-in of Identity Center's people. Contractor: not known, unless the directory's user type, title or name says so. Roles that programs or other accounts take are not here: see TRUST-1 and PRIV-2."),
    ],
  };
};

views.holder = async ([id]) => {
  const rows = (await accessLines()).rows.filter((one) => (one.id || one.name) === id);
  if (!rows.length) return nothing("Nobody of this name is in the access listing.");
  const [one] = rows;
  const about = (await rowsOfAllTests()).filter(({ row }) => row.subject === id || row.arns.includes(id) || row.subject.startsWith(`${id} `));
  return {
    title: one.name,
    heading: data(one.name),
    nodes: [
      facts([
        ["Name", data(one.display)],
        ["Kind", one.kind],
        ["Id", mono(one.id)],
        ["Status", data(one.status)],
        ["MFA", one.mfa === null ? "not known" : TOLD[one.mfa]],
        ["Last use", one.last_used ? moment(one.last_used) : one.never_used ? "none on record" : "not known"],
        ["Contractor", data(one.contractor || "not known")],
      ]),
      el("h2", {}, "Access"),
      table({ place: `holder ${id}`, caption: `Access of ${one.name}`, columns: ACCESS_COLUMNS.slice(2), rows }),
      el("h2", {}, "Rows of tests about it"),
      table({ place: `about ${id}`, caption: `Rows about ${one.name}`, columns: rowColumns(true), rows: about.sort((a, b) => severityOrder(a.row.severity) - severityOrder(b.row.severity)), empty: "No row of a test is about it." }),
    ],
  };
};

views.evidence = () => ({
  title: "Evidence",
  nodes: [
    table({
      place: "items", caption: "Evidence items", rows: evidence.summary.items,
      columns: [
        { title: "Item", text: (item) => item.item, node: (item) => link(itemAt(item.item), mono(item.item)) },
        { title: "Title", text: (item) => item.title },
        { title: "Records", text: (item) => String(item.records), order: (item) => item.records, kind: "number" },
        { title: "Units", text: (item) => Object.entries(item.outcomes).map(([outcome, number]) => `${number} ${outcome}`).join(", ") },
        { title: "Bytes", text: (item) => sizeOf(item).toLocaleString("en"), order: sizeOf, kind: "number" },
        { title: "In this page", text: (item) => (leftOut(item.block) ? "left out for size" : "yes"), choose: true },
      ],
    }),
    el("h2", {}, "Documents that people added"),
    table({
      place: "attachments", caption: "Attachments", rows: evidence.summary.attachments, empty: "No document was added.",
      columns: [
        { title: "File", text: (one) => one.file, kind: "mono" },
        { title: "For", text: (one) => one.item, kind: "mono" },
        { title: "By", text: (one) => one.by },
        { title: "Note", text: (one) => one.note },
        { title: "SHA-256", text: (one) => one.sha256, kind: "mono" },
      ],
    }),
  ],
});

const sizeOf = (item) => item.files.reduce((sum, file) => sum + file.bytes, 0);

function recordColumns(item) {
  return [
    { title: "Record", text: (one) => one.pointer, node: (one) => link(recordAt(one.pointer), mono(one.pointer)) },
    ACCOUNT((one) => one.file.account),
    REGION((one) => one.file.region),
    { title: "As it stands", text: (one) => one.text, kind: "mono" },
    ...(item ? [] : [{ title: "Item", text: (one) => one.file.item.item, kind: "mono", choose: true }]),
  ];
}

async function recordsOfFiles(files) {
  const found = [];
  for (const file of files) {
    for (const { line, text } of await recordsOf(file.path)) found.push({ pointer: placeOf(file.path, line), file: evidence.files.get(file.path), text });
  }
  return found;
}

views.item = async ([name]) => {
  const item = evidence.summary.items.find((one) => one.item === name);
  if (!item) return nothing(`${name} was not planned in this run.`);
  const out = leftOut(item.block);
  return {
    title: item.title,
    nodes: [
      facts([
        ["Item", mono(item.item)],
        ["Asked with", separated(item.operations.map(mono))],
        ["Units", Object.entries(item.outcomes).map(([outcome, number]) => `${number} ${outcome}`).join(", ")],
        ["Records", item.records.toLocaleString("en")],
        ["Cannot show", item.blind_spots.map((text) => el("div", {}, data(text)))],
      ]),
      out ? el("p", { class: "warning" }, `Left out of this page for its size (${out.bytes.toLocaleString("en")} bytes). The bundle holds it in the files below.`) : "",
      el("h2", {}, "Records"),
      out ? "" : table({ place: `item ${name}`, caption: `Records of ${name}`, rows: await recordsOfFiles(item.files), columns: recordColumns(item), empty: "AWS was asked and gave no record." }),
      el("h2", {}, "Files"),
      table({
        place: `files ${name}`, caption: `Files of ${name}`, rows: item.files, empty: "No file.",
        columns: [
          { title: "File below data/", text: (file) => file.path, node: (file) => link(`#/file/${encodeURIComponent(file.path)}`, mono(file.path)) },
          ACCOUNT((file) => file.account),
          REGION((file) => file.region),
          { title: "Bytes", text: (file) => file.bytes.toLocaleString("en"), order: (file) => file.bytes, kind: "number" },
          { title: "SHA-256", text: (file) => file.sha256, kind: "mono" },
        ],
      }),
    ],
  };
};

views.file = async ([path]) => {
  const file = evidence.files.get(path);
  if (!file) return nothing(`${path} is no file of an evidence item.`);
  return {
    title: path,
    heading: mono(path),
    nodes: [
      facts([
        ["Item", link(itemAt(file.item.item), mono(file.item.item))],
        ["Account", accountNode(file.account)],
        ["Region", mono(file.region ?? "")],
        ["SHA-256", mono(file.sha256)],
      ]),
      table({ place: `file ${path}`, caption: `Records of ${path}`, rows: await recordsOfFiles([file]), columns: recordColumns(file.item), empty: leftOut(file.item.block) ? "Left out of this page for its size." : "No record." }),
      el("h2", {}, "Calls that fed it"),
      callTable(`fed ${path}`, (await calls()).filter((call) => call.file === path)),
    ],
  };
};

views.record = async ([pointer]) => {
  const [path, line] = pathAndLine(pointer);
  const file = evidence.files.get(path);
  const { node, text } = await recordNode(pointer);
  const rows = (await rowsByPointer()).get(pointer) ?? [];
  const last = file && isList(path) ? (await recordsOf(path)).length + (path.endsWith(".csv") ? 1 : 0) : 0;
  const first = path.endsWith(".csv") ? 2 : 1;
  const why = evidence.summary.unreadable[pointer];
  return {
    title: pointer,
    heading: mono(pointer),
    nodes: [
      facts([
        ["Item", file ? [link(itemAt(file.item.item), mono(file.item.item)), " ", data(file.item.title, "quiet")] : ""],
        ["Account", accountNode(file?.account)],
        ["Region", mono(file?.region ?? "")],
        ["File below data/", file ? link(`#/file/${encodeURIComponent(path)}`, mono(path)) : mono(path)],
        ["SHA-256 of the file", mono(file?.sha256 ?? "")],
        ["Not readable", why ? data(why) : ""],
      ]),
      line !== null && last > 1 ? el("p", { class: "pager" },
        line > first ? link(recordAt(`${path}:${line - 1}`), "Previous record") : "", " ",
        line < last ? link(recordAt(`${path}:${line + 1}`), "Next record") : "") : "",
      el("h2", {}, "As it stands"),
      node,
      text === null ? "" : await callsSection(pointer, text),
      el("h2", {}, "Rows of tests that rest on it"),
      table({ place: `rows of ${pointer}`, caption: "Rows that rest on this record", columns: rowColumns(true), rows, empty: "No row of a test points here." }),
    ],
  };
};

function nothing(sentence) {
  return { title: "Not here", nodes: [el("p", {}, shown(sentence))] };
}

// Where a reader begins: what is missing, what the tests conclude, what to fix first.

function openRows() {
  return evidence.results.tests.flatMap((test) => test.open);
}

// Rows that need a look and did not fit: no sum over what is there may be taken for a sum over all.
function missingRows() {
  const out = evidence.summary.left_out.filter((one) => one.block.startsWith("open"));
  if (!out.length) return "";
  return el("p", { class: "warning" }, "Left out of this page for size, and in no number here: ", separated(out.map((one) => [linkedTest(one.test), ` (${count(one.rows, "row")})`])), ".");
}

function having(criterion, conclusion) {
  return String(evidence.results.tests.filter((test) => test.criteria.includes(criterion) && test.conclusion === conclusion).length);
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
  const denied = results.tests.filter((test) => test.bearing.some((one) => one.contradicts));
  if (denied.length) list.append(el("li", {}, badge("exceptions noted"), ` ${count(denied.length, "statement")} of management that tests contradict: `, separated(denied.map((test) => link(testAt(test.id), mono(test.id)))), "."));
  if (outside.length) list.append(el("li", {}, link("#/gaps", count(outside.length, "account")), " known and not examined: ", separated(outside.slice(0, 8).map((one) => accountNode(one.account))), outside.length > 8 ? " …" : "", "."));
  if (unreadable) list.append(el("li", {}, link("#/gaps", count(unreadable, "record")), " not readable: no test concludes from them."));
  if (summary.left_out.length) list.append(el("li", {}, link("#/gaps", count(summary.left_out.length, "part")), " left out of this page for size; the pack has them."));
  return list;
}

views[""] = () => {
  const { summary, results } = evidence;
  const period = summary.entity.period_start ? `${summary.entity.period_start} to ${summary.entity.period_end}` : "a point in time";
  const inScope = summary.accounts.filter((account) => account.in_scope);
  const open = openRows();
  const tiles = [
    ...ORDER.map((word) => [word, open.filter(({ row }) => row.verdict === "exception" && row.severity === word).length, `#/exceptions?Verdict=exception&Severity=${word}`]),
    ...["accepted", "not determined"].map((word) => [word, open.filter(({ row }) => row.verdict === word).length, `#/exceptions?Verdict=${encodeURIComponent(word)}`]),
  ];
  const criteria = [...new Set(results.tests.flatMap((test) => test.criteria))].sort();
  return {
    title: "Overview",
    nodes: [
      summary.review ? reviewInShort(summary) : el("p", { class: "quiet" }, `Collected ${moment(summary.collected.from)} from ${count(inScope.length, "account")} of ${summary.accounts.length} known. Bundle `, mono(summary.bundle), "."),
      el("h2", {}, "What is missing"),
      missing(),
      el("h2", {}, "What the tests conclude"),
      facts(summary.totals.map(([name, tests, words]) => [name, `${count(tests, "test")}: ${words}`])),
      summary.laxer ? el("p", { class: "warning" }, shown(summary.laxer), ".") : "",
      missingRows(),
      el("ul", { class: "tiles" }, tiles.map(([word, number, address]) =>
        el("li", { class: number ? TONES[word] ?? "open" : "none" }, link(address, [
          el("strong", {}, number.toLocaleString("en")), ` ${word}`, ORDER.includes(word) ? el("span", { class: "unseen" }, " exceptions") : ""])))),
      el("h2", {}, "Fix first"),
      priorityList(summary.priorities),
      results.joined.length ? el("p", {}, link("#/joined", `All ${results.joined.length} joined facts`)) : "",
      changedInShort(),
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
        ["Management stated", summary.stated.map(([what, file]) => el("div", {}, `${what}: `, data(file.name), ` (${count(file.entries, "entry", "entries")}, sha256 `, mono(file.sha256), ")"))],
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

// What an access review is of; its decisions are under Access.
function reviewInShort({ review, bundle }) {
  return el("p", { class: "quiet" }, "Access review of ", mono(review.reviewed), `, whose access is of ${moment(review.as_of)}. Opened ${moment(review.opened)}, closed ${moment(review.closed)}. Reviewers: `,
    data(review.reviewers), ". Bundle ", mono(bundle), ". ", link("#/access", "What was decided"), ".");
}

function priorityList(list) {
  if (!list.length) return el("p", { class: "none" }, "No joined fact, and no critical or high exception.");
  return el("ol", { class: "joined" }, list.map((one) => el("li", {},
    el("p", { class: "verdict" }, badge(one.severity), " ", el("strong", {}, data(one.title)), !one.subject || one.why.includes(one.subject) ? "" : [": ", data(one.subject)]),
    el("p", {}, one.why ? data(one.why) : "", one.owner ? [" Owner: ", data(one.owner), "."] : ""),
    el("p", {}, separated(one.tests.map(([id]) => link(testAt(id), id)))),
    el("details", {}, el("summary", {}, "Remedy"), el("p", {}, data(one.remedy))))));
}

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

function statementFindings() {
  return evidence.summary.uncounted;
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

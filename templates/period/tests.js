// Tests over time and over the period, down to each exception and member.

const lastPoint = (test) => test.line[test.line.length - 1] ?? null;
const totalOf = (test, word) => test.exceptions.filter((one) => one.remediation === word).length;

views.tests = (_, chosen) => ({
  title: "Tests",
  nodes: [
    table({
      place: "tests", caption: "Each test over time", rows: period.results.tests, chosen,
      columns: [
        { title: "Test", kind: "word", text: (one) => one.id, node: (one) => link(testAt(one.id), one.id) },
        { title: "Title", text: (one) => one.title },
        { title: "Topic", text: (one) => one.topic, choose: true },
        { title: "In the last bundle", kind: "word", text: (one) => lastPoint(one)?.conclusion ?? "not tested", node: (one) => badge(lastPoint(one)?.conclusion ?? "not tested"), choose: true },
        { title: "Exceptions", kind: "number", text: (one) => String(one.exceptions.length), order: (one) => one.exceptions.length },
        ...REMEDIATION.map((word) => ({ title: word, kind: "number", text: (one) => String(totalOf(one, word)), order: (one) => totalOf(one, word) })),
      ],
    }),
  ],
});

const EXCEPTION_COLUMNS = [
  { title: "Subject", text: (one) => one.subject, node: (one) => link(`#/exception/${encodeURIComponent(one.test)}/${period.results.tests.find((test) => test.id === one.test).exceptions.indexOf(one)}`, mono(cut(one.subject))) },
  { title: "Test", kind: "word", text: (one) => one.test, node: (one) => link(testAt(one.test), one.test), choose: true },
  { title: "Became", kind: "word", text: (one) => one.remediation, node: (one) => badge(one.remediation), order: (one) => REMEDIATION.indexOf(one.remediation), choose: true },
  { title: "Severity", kind: "word", text: (one) => one.severity, node: (one) => badge(one.severity), order: (one) => severityOrder(one.severity), choose: true },
  { title: "Account", kind: "word", text: (one) => one.account, choose: true },
  { title: "Observed last", text: (one) => one.observed },
  { title: "First bundle", kind: "number", text: (one) => String(one.first), order: (one) => one.first },
  { title: "Last bundle", kind: "number", text: (one) => String(one.last), order: (one) => one.last },
  { title: "Days", kind: "word", text: daysText, order: (one) => one.most_days ?? one.least_days ?? -1 },
  { title: "Agreed", kind: "number", text: (one) => String(one.agreed_days), order: (one) => one.agreed_days },
];

views.exceptions = (_, chosen) => ({
  title: "Exceptions",
  nodes: [
    el("p", {}, "One row for each stretch of bundles in which an exception stood."),
    table({ place: "exceptions", caption: "Exceptions over time", columns: EXCEPTION_COLUMNS, rows: allExceptions(), chosen, sorted: "Became", empty: "No test of any bundle has an exception." }),
  ],
});

views.test = ([id, bundle]) => {
  const test = period.results.tests.find((one) => one.id === id);
  if (!test) return nothing(`There is no test ${id}.`);
  const number = Number(bundle) || null;
  const standing = number ? test.exceptions.filter((one) => one.first <= number && number <= one.last) : test.exceptions;
  return {
    title: `${test.id} ${test.title}`,
    nodes: [
      facts([["Topic", data(test.topic)], ["Criteria", mono(test.criteria.join(" "))], ["Advisory", test.advisory ? "yes" : ""]]),
      el("h2", {}, number && bundleOf(number) ? ["Exceptions in ", bundleNode(number)] : "Exceptions over time"),
      number ? el("p", {}, link(testAt(id), "All exceptions of this test")) : "",
      table({ place: `test ${id} ${number ?? ""}`, caption: `Exceptions of ${test.id}`, columns: EXCEPTION_COLUMNS.filter((one) => one.title !== "Test"), rows: standing, empty: "None." }),
      el("h2", {}, "Along the bundles"),
      table({
        place: `line ${id}`, caption: `Conclusions of ${test.id}`, rows: test.line, empty: "No bundle was tested so.",
        columns: [
          { title: "Bundle", kind: "number", text: (one) => String(one.bundle), order: (one) => one.bundle, node: (one) => link(bundleAt(one.bundle), String(one.bundle)) },
          { title: "Day", kind: "word", text: (one) => day(bundleOf(one.bundle).finished) },
          { title: "Conclusion", kind: "word", text: (one) => one.conclusion, node: (one) => [badge(one.conclusion), notComplete(one) ? el("span", { class: "quiet" }, ", not complete") : ""], choose: true },
          { title: "Exceptions", kind: "number", text: (one) => String(one.exceptions), order: (one) => one.exceptions },
          { title: "Accepted", kind: "number", text: (one) => String(one.accepted), order: (one) => one.accepted },
          { title: "Not determined", kind: "number", text: (one) => String(one.not_determined), order: (one) => one.not_determined },
          { title: "Population", kind: "number", text: (one) => String(one.population), order: (one) => one.population },
          { title: "Sealed, where another", text: (one) => (differs(one) ? sealedText(one) : "") },
        ],
      }),
    ],
  };
};

views.exception = ([id, at]) => {
  const test = period.results.tests.find((one) => one.id === id);
  const one = test?.exceptions[Number(at)];
  if (!one) return nothing("There is no such exception.");
  return {
    title: `${one.test} ${cut(one.subject)}`,
    nodes: [
      el("p", { class: "verdict" }, badge(one.remediation), " ", badge(one.severity)),
      facts([
        ["Test", link(testAt(id), id), " ", data(test.title)],
        ["Subject", mono(one.subject)],
        ["Account", mono(one.account), " ", mono(one.region)],
        ["Observed last", data(one.observed)],
        ["Since", moment(one.since)],
        ["First seen", bundleNode(one.first)],
        ["Last seen", bundleNode(one.last)],
        ["Absent before", bundleNode(one.absent_before)],
        ["Absent after", bundleNode(one.absent_after)],
        ["Ended", one.ended ? exact(one.ended, one.ended_by) : ""],
        ["Days it stood", `${daysText(one)}; ${count(one.agreed_days, "day")} agreed`],
        ["Accepted", one.accepted.map((part) => el("div", {}, `bundles ${part.first} to ${part.last}, by `, data(part.approver), part.approved_on ? ` on ${part.approved_on}` : "", part.expires_on ? `, until ${part.expires_on}` : "", part.lapsed ? "; in the next bundle it stood and was not accepted" : ""))],
        ["Not shown in", one.doubts.map((doubt) => el("div", {}, data(doubt)))],
        ["Where the last bundle says so", one.pointers.map((pointer) => el("div", {}, mono(pointer)))],
      ]),
    ],
  };
};

views.over = ([id]) => {
  const test = period.results.over_period.find((one) => one.id === id);
  if (!test) return nothing(`There is no test ${id} over the period.`);
  return {
    title: `${test.id} ${test.title}`,
    nodes: [
      el("p", { class: "verdict" }, badge(test.conclusion), notComplete(test) ? ", not complete" : "", test.severity ? [" most severe: ", badge(test.severity)] : ""),
      facts([
        ["Why", data(test.reason)],
        ["Missing", test.missing.map((one) => el("div", {}, data(one)))],
        ["Criteria", mono(test.criteria.join(" "))],
        ["Risk", data(test.risk)],
        ["Procedure", data(test.procedure)],
        ["Population", data(test.population)],
        ["Attribute", data(test.attribute)],
        ["Counted", `considered ${test.considered}, out of scope ${test.out_of_scope}, population ${test.population_size}, inspected ${test.inspected}, exceptions ${test.exceptions}, accepted ${test.accepted}, not determined ${test.not_determined}`],
        ["Limits", data(test.limits)],
      ]),
      el("h2", {}, "Members"),
      table({
        place: `over ${id}`, caption: `Members of ${test.id}`, rows: test.rows, sorted: "Verdict", empty: "The population is empty.",
        columns: [
          { title: "Subject", kind: "mono", text: (row) => row.subject },
          { title: "Verdict", kind: "word", text: (row) => row.verdict, node: (row) => badge(row.verdict), order: (row) => ["exception", "not determined", "accepted"].indexOf(row.verdict) + 1 || 9, choose: true },
          { title: "Severity", kind: "word", text: (row) => row.severity ?? "", node: (row) => badge(row.severity), order: (row) => severityOrder(row.severity), choose: true },
          { title: "Account", kind: "word", text: (row) => row.account, choose: true },
          { title: "Observed", text: (row) => row.observed },
          { title: "Expected", text: (row) => row.expected },
          { title: "Note", text: (row) => row.note },
          { title: "Accepted by", text: (row) => row.approver },
          { title: "Where to look", kind: "mono", text: (row) => row.pointers.map(pointerText).join(", ") },
        ],
      }),
    ],
  };
};

// From a conclusion to its rows, and from a row to the records that it rests on.

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
    missingRows(),
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
        ["Own controls", numbersOf(id).controls.map((one) => el("div", {}, mono(one.id), " ", data([one.title, one.owner, one.frequency].filter(Boolean).join(", "))))],
        ["Requests", numbersOf(id).requests.map((one) => el("div", {}, mono(one.number), " ", data(one.text)))],
        ["Risk", data(test.risk)],
        ["Procedure", data(test.procedure)],
        ["Population", data(test.population)],
        ["Attribute", data(test.attribute)],
        ["Counted", `considered ${test.considered}, out of scope ${test.out_of_scope}, population ${test.population_size}, inspected ${test.inspected}, exceptions ${test.exceptions}, accepted ${test.accepted}, not determined ${test.not_determined}`],
        ["As of", moment(test.as_of)],
        ["Evidence", separated([...test.needs, ...test.uses].map((item) => link(itemAt(item), mono(item))))],
        ["Missing", test.missing.map((one) => el("div", {}, data(one.sentence)))],
        ["Limits", data(test.limits)],
        ["Remedy", test.exceptions || test.accepted ? data(test.remedy.console) : ""],
      ]),
      out.length ? el("p", { class: "warning" }, "Left out of this page for size: ", separated(out.map((one) => `${count(one.rows, "row")} (${one.what})`)), ".") : "",
      test.attestation ? [el("h2", {}, "What management attests"), facts(Object.entries(test.attestation).map(([name, value]) => [data(name.replaceAll("_", " ")), data(value)]))] : "",
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
        ["Management's response", row.response ? [data(row.response.response), " ", data(row.response.owner, "quiet"), row.response.due_on ? ` due ${row.response.due_on}` : ""] : ""],
        ["Joined fact", joined.map((fact) => el("div", {}, link("#/joined", data(fact.title)), ": ", data(fact.why)))],
        ["Remedy", row.remedy ? data(row.remedy.console) : ""],
        ["By command", row.remedy?.cli.length ? el("pre", { tabindex: "0", role: "region", "aria-label": "Commands" }, shown(row.remedy.cli.join("\n"))) : ""],
        ["Rests on", separated(row.pointers.map((pointer) => link(recordAt(pointer), mono(pointer))))],
      ]),
      shownRecords,
    ],
  };
};

// The entity's own controls that a test looks at, and the auditor's requests that it answers.
function numbersOf(id) {
  const { controls, requests } = evidence.results;
  const own = controls.filter((one) => one.tests.includes(id));
  return { controls: own, requests: requests.filter((one) => one.tests.includes(id) || own.some((control) => control.request === one.number)) };
}

async function recordSection(pointer) {
  const { node, text } = await recordNode(pointer);
  return el("section", {}, el("h2", {}, "Record ", link(recordAt(pointer), mono(pointer))), node, text === null ? "" : await callsSection(pointer, text));
}

async function callsSection(pointer, text) {
  const { naming, others, what } = await callsOf(pathAndLine(pointer)[0], text);
  if (!naming.length && !others.length) return el("p", { class: "none" }, "The call ledger names no call that fed this file.");
  const one = others.length === 1 ? `The one call ${what}.` : `The ${count(others.length, "call")} ${what}; the record stood in one of their answers, or was made of several.`;
  const some = `Of the ${count(naming.length + others.length, "call")} ${what}, those whose parameters stand in this record.`;
  const [calls, said] = naming.length ? [naming, some] : [others, one];
  return [el("h3", {}, "The AWS call that gave it"), el("p", { class: "quiet" }, said), callTable(`calls of ${pointer}`, calls)];
}

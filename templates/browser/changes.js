// What changed since the previous bundle, where the pack has changes.json.

function membersOf(values) {
  return Object.entries(values).map(([name, value]) => `${name}: ${value || "none"}`).join("; ");
}

function changedInShort() {
  const { since } = evidence;
  if (!since) return "";
  return [
    el("h2", {}, "Changed since the previous bundle"),
    el("p", {}, link("#/changes", `${count(since.tests.length, "test")} end otherwise, or of others; ${count(since.entries.length + since.more, "thing")} changed`),
      ` in ${count(since.days, "day")} since `, mono(since.old), "."),
  ];
}

views.changes = () => {
  const { since } = evidence;
  if (!since) return nothing("This pack has no changes.json.");
  const subjects = since.tests.flatMap((test) => test.subjects.map((one) => ({ test, one })));
  return {
    title: "Changes",
    nodes: [
      el("p", {}, `What changed in ${count(since.days, "day")} since `, mono(since.old), ", whose SHA-256 is ", mono(since.old_digest), ". Both bundles are tested by today's rules. The signer computed this into changes.json; ", mono("evidence verify PACK --recompute --previous OLD"), " computes it again."),
      since.notes.map((note) => el("p", { class: "warning" }, data(note))),
      el("h2", {}, "Tests that conclude otherwise, or of others"),
      table({
        place: "changed tests", caption: "Tests that conclude otherwise", rows: since.tests, empty: "Every test concludes as before, of the same.",
        columns: [
          { title: "Test", text: (one) => one.test, node: (one) => linkedTest(one.test) },
          { title: "Before", text: (one) => one.old },
          { title: "Now", text: (one) => one.new },
          { title: "Why", text: (one) => one.because },
        ],
      }),
      since.by_rule.map(([test, old, now]) => el("p", { class: "quiet" }, "Our rule changed, not the account: ", linkedTest(test), ` (${old} → ${now}).`)),
      el("h2", {}, "Who is judged otherwise"),
      table({
        place: "judged otherwise", caption: "Members of populations that are judged otherwise", rows: subjects, empty: "Nobody.",
        columns: [
          { title: "Test", text: ({ test }) => test.test, kind: "word", node: ({ test }) => linkedTest(test.test), choose: true },
          { title: "Subject", text: ({ one }) => one.subject, kind: "mono" },
          ACCOUNT(({ one }) => one.account),
          REGION(({ one }) => one.region),
          { title: "Before", text: ({ one }) => one.old ?? "not there", choose: true },
          { title: "Now", text: ({ one }) => one.new ?? "not there", choose: true },
          { title: "Observed", text: ({ one }) => one.observed },
        ],
      }),
      el("h2", {}, "What changed"),
      since.more ? el("p", { class: "warning" }, `${count(since.more, "more thing")} in changes.json.`) : "",
      table({
        place: "changed things", caption: "Things that appeared, vanished or changed", rows: since.entries, empty: "Nothing is seen to have changed.",
        columns: [
          { title: "Kind", text: (one) => one.kind, choose: true },
          { title: "Change", text: (one) => one.change, choose: true },
          { title: "Name", text: (one) => one.name, node: (one) => (one.pointers.length ? link(recordAt(one.pointers[0]), data(one.name)) : data(one.name)) },
          ACCOUNT((one) => one.account),
          REGION((one) => one.region),
          { title: "Before", text: (one) => membersOf(one.old) },
          { title: "Now", text: (one) => membersOf(one.new) },
        ],
      }),
      el("h2", {}, "What was compared"),
      table({
        place: "compared", caption: "Kinds of things that were compared", rows: since.kinds,
        columns: ["What", "Before", "Now", "Change"].map((title, at) => ({ title, text: (one) => one[at] })),
      }),
      since.not_compared.map((line) => el("p", { class: "quiet" }, "Cannot be said: ", data(line))),
      since.more_not_compared ? el("p", { class: "quiet" }, `${count(since.more_not_compared, "more reason")} in changes.json.`) : "",
    ],
  };
};

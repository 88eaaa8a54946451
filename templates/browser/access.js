// The access listing: every access, by person, by account.

const TOLD = { true: "yes", false: "no", null: "not determined" };
let listing = null;

function accessLines() {
  listing ??= json("access", []).then((lines) => ({ hidden: lines.filter((one) => "why" in one), rows: lines.filter((one) => !("why" in one)) }));
  return listing;
}

const holderAt = (one) => `#/holder/${encodeURIComponent(one.id || one.name)}`;

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

const DECIDED_COLUMNS = [
  { title: "Decision", text: (one) => one.decision || "not decided", choose: true, kind: "word" },
  { title: "Reviewer", text: (one) => one.reviewer, choose: true },
  { title: "Date", text: (one) => one.decided_on ?? "", kind: "word" },
  { title: "Does not count, because", text: (one) => one.does_not_count },
  { title: "Comment", text: (one) => one.comment },
];
const OF_COLLECTIONS = ["Status", "Contractor", "Oldest key, days", "Note"];

// The columns of the listing; of an access review with what was decided.
function accessColumns() {
  if (!evidence.summary.review) return ACCESS_COLUMNS;
  const [person, ...others] = ACCESS_COLUMNS.filter((one) => !OF_COLLECTIONS.includes(one.title));
  return [person, ...DECIDED_COLUMNS, ...others];
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
    shownTable = table({ place: "access", caption: "Every access", columns: accessColumns(), rows, chosen, empty: "Nobody is listed." });
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
        ["Status", data(one.status || "not told")],
        ["MFA", one.mfa === null ? "not known" : TOLD[one.mfa]],
        ["Last use", one.last_used ? moment(one.last_used) : one.never_used ? "none on record" : "not known"],
        ["Contractor", data(one.contractor || "not known")],
      ]),
      el("h2", {}, "Access"),
      table({ place: `holder ${id}`, caption: `Access of ${one.name}`, columns: accessColumns().slice(evidence.summary.review ? 1 : 2), rows }),
      el("h2", {}, "Rows of tests about it"),
      table({ place: `about ${id}`, caption: `Rows about ${one.name}`, columns: rowColumns(true), rows: about.sort((a, b) => severityOrder(a.row.severity) - severityOrder(b.row.severity)), empty: "No row of a test is about it." }),
    ],
  };
};

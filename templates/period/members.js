// Populations and what became of their members; reviews, samples, events and bundles.

views.populations = () => ({
  title: "Populations",
  nodes: [
    el("p", {}, "Everything that was there at some time in the period, joined over the bundles by its unique id."),
    table({
      place: "populations", caption: "Populations of the period", rows: period.results.populations,
      columns: [
        { title: "Kind", text: (one) => one.kind, node: (one) => link(`#/population/${one.number}`, one.kind) },
        { title: "In the first bundle", kind: "number", text: (one) => String(one.counts[0]?.[1] ?? "") },
        { title: "In the last bundle", kind: "number", text: (one) => String(one.counts[one.counts.length - 1]?.[1] ?? "") },
        { title: "Whole", kind: "word", text: (one) => yesNo(one.whole), choose: true },
        { title: "Lacks", text: (one) => one.lacking.join(" ") },
      ],
    }),
  ],
});

const memberAt = (population, at) => `#/member/${population.number}/${at}`;

views.population = async ([number], chosen) => {
  const population = period.results.populations[Number(number)];
  if (!population) return nothing("There is no such population.");
  const members = (await membersOf(population)) ?? [];
  const rows = members.map((one, at) => ({ one, at }));
  const when = (one, words) => one.presences.map(words).filter((made) => textOf(made));
  return {
    title: `Population: ${population.kind}`,
    nodes: [
      leftOut(`members${population.number}`),
      population.lacking.map((one) => el("p", { class: "warning" }, data(one))),
      table({
        place: `population ${number}`, caption: `Members: ${population.kind}`, rows, chosen,
        columns: [
          { title: "Name", text: ({ one }) => one.name, node: ({ one, at }) => link(memberAt(population, at), mono(cut(one.name || one.id))) },
          { title: "Id", kind: "mono", text: ({ one }) => one.id },
          { title: "Account", kind: "word", text: ({ one }) => one.account, choose: true },
          { title: "Joined", kind: "word", text: ({ one }) => yesNo(one.presences.some(joined)), choose: true },
          { title: "Left", kind: "word", text: ({ one }) => yesNo(one.presences.some(leftIt)), choose: true },
          { title: "Changed", kind: "word", text: ({ one }) => yesNo(one.changes.length), choose: true },
          { title: "Came to be there", text: ({ one }) => when(one, began).map(textOf).join("; ") },
          { title: "Ceased to be there", text: ({ one }) => when(one, ended).map(textOf).join("; ") },
        ],
      }),
      el("h2", {}, "From bundle to bundle"),
      table({
        place: `counts ${number}`, caption: `How many each bundle shows: ${population.kind}`, rows: population.counts,
        columns: [
          { title: "Bundle", kind: "number", text: ([bundle]) => String(bundle), order: ([bundle]) => bundle, node: ([bundle]) => link(bundleAt(bundle), String(bundle)) },
          { title: "Day", kind: "word", text: ([bundle]) => day(bundleOf(bundle).finished) },
          { title: "How many", kind: "number", text: ([, many]) => String(many), order: ([, many]) => many },
        ],
      }),
    ],
  };
};

views.member = async ([number, at]) => {
  const population = period.results.populations[Number(number)];
  const one = population && ((await membersOf(population)) ?? [])[Number(at)];
  if (!one) return nothing("There is no such member.");
  return {
    title: `${population.kind} ${cut(one.name || one.id)}`,
    nodes: [
      facts([
        ["Name as last seen", mono(one.name)],
        ["Id", mono(one.id)],
        ["Account", mono(one.account), " ", mono(one.region)],
        ["Population", link(`#/population/${number}`, population.kind)],
        ["There", one.presences.map((there) => el("div", {}, began(there), there.absent_after || there.ended ? [" until ", ended(there)] : " and still in the last bundle that shows it"))],
        ["Not shown in", one.presences.flatMap((there) => there.doubts).map((doubt) => el("div", {}, data(doubt)))],
        ["Events", separated(one.events.map(eventNode))],
        ["Where the last bundle says so", mono(one.pointer)],
      ]),
      el("h2", {}, "Changes"),
      table({
        place: `member ${number} ${at}`, caption: "Changes", rows: one.changes, empty: "None that bundles show.",
        columns: [
          { title: "What", text: (change) => change.member },
          { title: "Before", text: (change) => change.before },
          { title: "After", text: (change) => change.after },
          { title: "Between", text: (change) => `${bundleText(change.old)} and ${bundleText(change.new)}`, node: (change) => [bundleNode(change.old), " and ", bundleNode(change.new)] },
          { title: "Events", text: (change) => change.events.join(" "), node: (change) => separated(change.events.map(eventNode)) },
        ],
      }),
    ],
  };
};

views.events = (_, chosen) => {
  const { results } = period;
  return {
    title: "Events",
    nodes: [
      leftOut("events"),
      results.events_missing.map((one) => el("p", { class: "warning" }, `${one.first} to ${one.last}: no source tells everything, `, data(one.why), ".")),
      table({
        place: "events", caption: "Events of the period", rows: results.events, chosen, empty: period.left.some((one) => one.block === "events") ? "Left out." : "No source tells of an event in the period.",
        columns: [
          { title: "No.", kind: "number", text: (one) => String(one.number), order: (one) => one.number, node: (one) => link(`#/event/${one.number}`, String(one.number)) },
          { title: "Time", kind: "word", text: (one) => moment(one.time) },
          { title: "Event", kind: "word", text: (one) => one.name, choose: true },
          { title: "Account", kind: "word", text: (one) => one.account, choose: true },
          { title: "By", kind: "mono", text: (one) => one.actor },
          { title: "About", text: (one) => one.about.join("; ") },
          { title: "Refused", kind: "word", text: (one) => yesNo(one.failed), choose: true },
        ],
      }),
      el("h2", {}, "Sources"),
      table({
        place: "sources", caption: "Sources of events", rows: results.sources, empty: "None.",
        columns: [
          { title: "Source", kind: "mono", text: (one) => one.name },
          { title: "Bundle", kind: "number", text: (one) => String(one.bundle ?? ""), order: (one) => one.bundle ?? 0 },
          { title: "First", kind: "word", text: (one) => moment(one.first) },
          { title: "Last", kind: "word", text: (one) => moment(one.last) },
          { title: "Events", kind: "number", text: (one) => String(one.events), order: (one) => one.events },
          { title: "Lacks", text: (one) => one.lacking.join(" ") },
        ],
      }),
    ],
  };
};

views.event = ([number]) => {
  const one = eventOf(Number(number));
  if (!one) return nothing(`There is no event ${number} in this page.`);
  return {
    title: `Event ${one.number}: ${one.name}`,
    nodes: [facts([
      ["Time", moment(one.time)], ["Service", mono(one.source)], ["Account", mono(one.account), " ", mono(one.region)],
      ["By", mono(one.actor)], ["About", one.about.map((text) => el("div", {}, mono(text)))], ["Refused", yesNo(one.failed)],
      ["CloudTrail's id", mono(one.id)], ["Where it stands", mono(one.origin)],
    ])],
  };
};

views.reviews = () => {
  const { reviews } = period.results;
  return {
    title: "Access reviews",
    nodes: [
      table({
        place: "reviews", caption: "Access reviews", rows: reviews, empty: "The archive has no access review of the period.",
        columns: [
          { title: "Bundle", kind: "number", text: (one) => String(one.bundle), order: (one) => one.bundle, node: (one) => link(bundleAt(one.bundle), String(one.bundle)) },
          { title: "Reviewed", kind: "mono", text: (one) => one.reviewed },
          { title: "Opened", kind: "word", text: (one) => moment(one.opened) },
          { title: "Closed", kind: "word", text: (one) => moment(one.closed) },
          { title: "Rows", kind: "number", text: (one) => String(one.rows), order: (one) => one.rows },
          { title: "Decided", kind: "number", text: (one) => String(one.decided), order: (one) => one.decided },
          { title: "Revoked", kind: "number", text: (one) => String(one.revoked), order: (one) => one.revoked },
          { title: "Reviewers", text: (one) => one.reviewers.join("; ") },
          { title: "Complete", kind: "word", text: (one) => (one.complete ? "complete" : "not complete"), node: (one) => badge(one.complete ? "complete" : "not complete") },
          { title: "Why not", text: (one) => one.why_not.join(" ") },
        ],
      }),
      el("h2", {}, "What reviews took away or changed"),
      table({
        place: "decisions", caption: "Decisions", rows: reviews.flatMap((review) => review.decisions.map((one) => ({ review, one }))), empty: "Nothing.",
        columns: [
          { title: "Whose access", text: ({ one }) => one.subject },
          { title: "Access", text: ({ one }) => one.access },
          { title: "Review", kind: "number", text: ({ review }) => String(review.bundle) },
          { title: "Decision", kind: "word", text: ({ one }) => one.decision, choose: true },
          { title: "Decided on", kind: "word", text: ({ one }) => one.decided_on ?? "" },
          { title: "Reviewer", text: ({ one }) => one.reviewer },
          { title: "Gone by", kind: "word", text: ({ one }) => (one.gone ? moment(one.gone) : bundleText(one.gone_by)) },
          { title: "Still in", kind: "word", text: ({ one }) => bundleText(one.still_in) },
        ],
      }),
    ],
  };
};

views.samples = () => ({
  title: "Audit samples",
  nodes: [
    el("p", {}, "The rank of a member is the SHA-256 of seed, newline, member (UTF-8); the first ones by rank are the sample."),
    period.results.samples.map((one) => [
      el("h2", {}, data(one.of), `: ${one.members.length} of ${one.population}`),
      facts([
        ["Population", data(one.population_of)], ["Its digest", mono(one.population_digest)], ["Seed", mono(one.seed), " ", data(one.seed_source, "quiet")],
        ["Method", data(one.method)], ["Not whole", one.lacking.map((text) => el("div", {}, data(text)))],
      ]),
      table({
        place: `sample ${one.of}`, caption: `Sample of ${one.of}`, rows: one.members, empty: "Nothing to draw from.",
        columns: [
          { title: "No.", kind: "number", text: (part) => String(part.number), order: (part) => part.number },
          { title: "Member", kind: "mono", text: (part) => part.member },
          { title: "When", text: (part) => part.when },
          { title: "Observed", text: (part) => part.observed },
          { title: "Where to look", kind: "mono", text: (part) => part.pointers.map(pointerText).join(", ") },
          { title: "Rank", kind: "mono", text: (part) => part.rank.slice(0, 16) },
        ],
      }),
    ]),
    period.results.samples.length ? "" : el("p", { class: "none" }, "None was drawn."),
  ],
});

views.bundles = () => ({
  title: "Bundles",
  nodes: [
    table({
      place: "bundles", caption: "Bundles", rows: period.results.bundles,
      columns: [
        { title: "No.", kind: "number", text: (one) => String(one.number), order: (one) => one.number, node: (one) => link(bundleAt(one.number), String(one.number)) },
        { title: "Bundle", kind: "mono", text: (one) => one.bundle },
        { title: "Content", kind: "word", text: (one) => one.content, choose: true },
        { title: "Finished", kind: "word", text: (one) => moment(one.finished) },
        { title: "Accounts", kind: "number", text: (one) => String(one.accounts), order: (one) => one.accounts },
        { title: "Gaps", kind: "number", text: (one) => String(one.gaps), order: (one) => one.gaps },
        { title: "Time-stamped", kind: "word", text: (one) => (one.stamped ? moment(one.stamped) : "no") },
      ],
    }),
  ],
});

views.bundle = ([number]) => {
  const one = bundleOf(Number(number));
  if (!one) return nothing(`There is no bundle ${number}.`);
  return {
    title: `Bundle ${one.number}: ${one.bundle}`,
    nodes: [facts([
      ["Content", `${one.content}${one.before ? ", before the period" : ""}`], ["Digest", mono(one.digest)], ["Pack", mono(one.pack)],
      ["SHA-256 of the pack", mono(one.pack_sha256)], ["Started", moment(one.started)], ["Finished", moment(one.finished)],
      ["Time-stamped", one.stamped ? moment(one.stamped) : "no"], ["Signer's certificate", mono(one.signer)],
      ["In the chain", String(one.sequence ?? "")], ["Accounts", `${one.accounts} in scope, ${one.left_out} left out`], ["Gaps", String(one.gaps)],
      ["Made with", `evidence ${shown(one.made_with)}`], ["Sealed settings not as before", mono(one.settings_differ.join(", "))],
    ])],
  };
};

views.settings = () => {
  const { results } = period;
  const { every_days: often, remediation_days: within, ...others } = results.settings;
  return {
    title: "Settings and files given",
    nodes: [
      facts([
        ["Evidence is asked for every", Object.entries(often).map(([item, days]) => el("div", {}, mono(item), ` ${count(days, "day")}`))],
        ["Exceptions are dealt with within", Object.entries(within).map(([word, days]) => el("div", {}, `${word} ${count(days, "day")}`))],
        ["Leavers lose access within", count(results.leaver_access_hours, "hour")],
        ...Object.entries(others).map(([name, value]) => [name.replaceAll("_", " "), value === null ? "" : data(value)]),
        ["Laxer than the default", results.lax_settings.map((one) => el("div", {}, mono(one.key), " ", data(one.value), ", by default ", data(one.default), ": ", data(one.effect)))],
        ["Libraries", Object.entries(results.libraries).map(([name, version]) => `${name} ${version}`).join(", ")],
      ]),
      el("h2", {}, "Entries of files given that do not count"),
      table({
        place: "findings", caption: "Entries that do not count", rows: results.findings, empty: "None.",
        columns: [
          { title: "Entry", kind: "number", text: (one) => String(one.entry), order: (one) => one.entry },
          { title: "Test", kind: "word", text: (one) => one.test },
          { title: "Subject", text: (one) => one.subject },
          { title: "Why", text: (one) => one.sentence },
        ],
      }),
    ],
  };
};

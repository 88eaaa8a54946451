// Where a reader begins: what is missing, then what the tests conclude along the bundles.

function unknownList() {
  const { unknown } = period.results;
  return el("ul", {}, el("li", {}, el("strong", {}, shown(period.holes)), " ", link("#/coverage", "Coverage")), unknown.map((one) => el("li", {}, data(one))));
}

function remediationTiles() {
  const all = allExceptions();
  return el("ul", { class: "tiles" }, REMEDIATION.map((word) => {
    const number = all.filter((one) => one.remediation === word).length;
    return el("li", { class: number ? TONES[word] ?? "open" : "none" }, link(`#/exceptions?Became=${encodeURIComponent(word)}`, [el("strong", {}, number.toLocaleString("en")), ` ${word}`, el("span", { class: "unseen" }, " exceptions")]));
  }));
}

function cell(test, number) {
  const point = test.line.find((one) => one.bundle === number);
  if (!point) return el("td", {}, el("span", { class: "unseen" }, "not tested"));
  const words = `${point.conclusion}${notComplete(point) ? ", not complete" : ""}`;
  const sign = notComplete(point) ? "△" : MARKS[point.conclusion] ?? "–";
  const said = [el("span", { "aria-hidden": "true" }, sign), el("span", { class: "unseen" }, `${words}${point.exceptions ? `, ${count(point.exceptions, "exception")}` : ""}${differs(point) ? `, the pack itself: ${sealedText(point)}` : ""}`)];
  const tone = `${TONES[point.conclusion] ?? "none"}${differs(point) ? " differs" : ""}`;
  const content = point.exceptions || differs(point) ? link(`${testAt(test.id)}/${number}`, said) : said;
  return el("td", { class: tone, title: `${test.id}, ${bundleText(number)}: ${words}` }, content);
}

function timeline() {
  const bundles = period.results.bundles.filter((one) => one.content === "collection");
  const heads = bundles.map((one) => el("th", { scope: "col" }, el("span", { class: "day" }, day(one.finished)), el("br"), link(bundleAt(one.number), [el("span", { class: "unseen" }, "bundle "), String(one.number)])));
  const rows = period.results.tests.map((test) => el("tr", {}, el("th", { scope: "row" }, link(testAt(test.id), test.id)), bundles.map((one) => cell(test, one.number)),
    el("td", { class: "total" }, test.exceptions.length ? link(`#/exceptions?Test=${encodeURIComponent(test.id)}`, [String(test.exceptions.length), el("span", { class: "unseen" }, ` exceptions of ${test.id}`)]) : "")));
  return el("div", { class: "scroller timeline", tabindex: "0", role: "region", "aria-label": "Tests over the bundles" },
    el("table", {}, el("caption", { class: "unseen" }, "Each test over each bundle, by today's rules"), el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span", { class: "unseen" }, "Test")), heads, el("th", { scope: "col" }, "Exceptions"))), el("tbody", {}, rows)));
}

const OVER_COLUMNS = [
  { title: "Test", kind: "word", text: (one) => one.id, node: (one) => link(overAt(one.id), one.id) },
  { title: "Title", text: (one) => one.title },
  { title: "Conclusion", kind: "word", text: (one) => one.conclusion, node: (one) => [badge(one.conclusion), notComplete(one) ? el("span", { class: "quiet" }, ", not complete") : ""] },
  { title: "Population", kind: "number", text: (one) => String(one.population_size), order: (one) => one.population_size },
  { title: "Exceptions", kind: "number", text: (one) => String(one.exceptions), order: (one) => one.exceptions },
  { title: "Accepted", kind: "number", text: (one) => String(one.accepted), order: (one) => one.accepted },
  { title: "Not determined", kind: "number", text: (one) => String(one.not_determined), order: (one) => one.not_determined },
  { title: "Why", text: (one) => one.reason },
];

views[""] = () => {
  const { results } = period;
  return {
    title: "Overview",
    nodes: [
      el("h2", {}, "What is missing, and what cannot be known"),
      unknownList(),
      leftOut("events"),
      el("h2", {}, "Tests over the whole period"),
      table({ place: "over", caption: "Tests over the whole period", columns: OVER_COLUMNS, rows: results.over_period, empty: "None was performed." }),
      el("h2", {}, "Exceptions over time"),
      remediationTiles(),
      el("h2", {}, "Each test over each bundle, by today's rules"),
      timeline(),
      el("p", { class: "key" }, "✓ no exceptions, ✕ exceptions noted, △ exceptions noted and not complete, ? not concluded, – not applicable, ✎ attested. A line below a mark: the pack itself concludes otherwise. A mark that is a link leads to the exceptions of that bundle."),
      el("h2", {}, "What this is"),
      facts([
        ["Entity", data(results.entity || "not named")],
        ["Scope", mono(results.scope)],
        ["Period", `${results.first} to ${results.last}, in UTC`],
        ["Bundles", link("#/bundles", count(results.bundles.length, "bundle"))],
        ["Last bundle", mono(bundleOf(results.bundles.length).bundle), " ", mono(results.head)],
        ["Digest of period.json", mono(period.digest)],
        ["Files given", [results.people_file, results.exceptions_file, ...results.files].filter(Boolean).map((file) => el("div", {}, data(file.name), ` (${count(file.entries, "entry", "entries")}, sha256 `, mono(file.sha256), ")"))],
        ["Held against", link("#/settings", "settings"), results.lax_settings.length ? `, ${count(results.lax_settings.length, "of them laxer than the default", "of them laxer than the defaults")}` : "", results.findings.length ? `; ${count(results.findings.length, "entry", "entries")} of files given that do not count` : ""],
        ["Made with", `evidence ${shown(results.tool_version)}`],
      ]),
      el("p", { class: "quiet" }, "This page shows what period.json holds, and vouches for nothing: the signed report names the same digest, and says how to verify and perform all of it again."),
    ],
  };
};

const MONTHS = (first, last) => {
  const out = [];
  for (let at = first.slice(0, 7); at <= last.slice(0, 7);) {
    out.push(at);
    const [year, month] = at.split("-").map(Number);
    at = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, "0")}`;
  }
  return out;
};

// What a month has of an item: days of evidence, and whether a hole reaches into it.
function inMonth(item, month) {
  const days = item.days.filter((one) => one.day.startsWith(month));
  const part = days.filter((one) => one.shown !== "whole").length;
  const hole = item.holes.some((one) => one.first.slice(0, 7) <= month && one.last.slice(0, 7) >= month);
  const said = days.length ? `${days.length - part}${part ? ` + ${part} in part` : ""}` : "–";
  return hole ? `✕ ${said}` : said;
}

views.coverage = () => {
  const { results } = period;
  const months = MONTHS(results.first, results.last);
  const met = (item) => (item.met === null ? "not asked for" : item.met ? "met" : "not met");
  return {
    title: "Coverage",
    nodes: [
      el("p", {}, el("strong", {}, shown(period.holes))),
      table({
        place: "coverage", caption: "Items, and how often each was collected", rows: results.coverage,
        columns: [
          { title: "Item", kind: "mono", text: (one) => one.item },
          { title: "Title", text: (one) => one.title },
          { title: "Asked for every, days", kind: "number", text: (one) => String(one.every_days ?? ""), order: (one) => one.every_days ?? 0 },
          { title: "Longest without, days", kind: "number", text: (one) => String(one.longest), order: (one) => one.longest },
          { title: "Holes", kind: "number", text: (one) => String(one.holes.length), order: (one) => one.holes.length },
          { title: "Met", kind: "word", text: met, node: (one) => badge(met(one)), choose: true },
        ],
      }),
      el("h2", {}, "Days of evidence by month"),
      table({
        place: "months", caption: "Days of evidence by month; a cross: a hole reaches into the month", rows: results.coverage,
        columns: [{ title: "Item", kind: "mono", text: (one) => one.item }, ...months.map((month) => ({ title: month, kind: "word", text: (one) => inMonth(one, month) }))],
      }),
      el("p", { class: "key" }, "✕ a hole reaches into the month; a number: days whose evidence is whole."),
      el("h2", {}, "Holes"),
      table({
        place: "holes", caption: "Holes", rows: allHoles(), empty: "None.",
        columns: [
          { title: "Item", kind: "mono", text: ({ item }) => item.item, choose: true },
          { title: "First day", kind: "word", text: ({ hole }) => hole.first },
          { title: "Last day", kind: "word", text: ({ hole }) => hole.last },
          { title: "Days", kind: "number", text: ({ hole }) => String(hole.days), order: ({ hole }) => hole.days },
          { title: "Why", text: ({ hole }) => hole.why },
        ],
      }),
      el("h2", {}, "Days that have evidence"),
      table({
        place: "days", caption: "Days that have evidence", rows: results.coverage.flatMap((item) => item.days.map((one) => ({ item, one }))), empty: "None.",
        columns: [
          { title: "Day", kind: "word", text: ({ one }) => one.day },
          { title: "Item", kind: "mono", text: ({ item }) => item.item, choose: true },
          { title: "Bundle", kind: "number", text: ({ one }) => String(one.bundle), order: ({ one }) => one.bundle, node: ({ one }) => link(bundleAt(one.bundle), String(one.bundle)) },
          { title: "Shown", kind: "word", text: ({ one }) => one.shown, choose: true },
          { title: "What is missing", text: ({ one }) => one.why },
        ],
      }),
    ],
  };
};

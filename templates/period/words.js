// What the page holds, and words for bundles, events and stretches of time.

const period = { results: null, left: [] };
const ORDER = ["critical", "high", "medium", "low"];
const severityOrder = (word) => (ORDER.includes(word) ? ORDER.indexOf(word) : ORDER.length);
const REMEDIATION = ["overdue", "late", "open", "not determined", "accepted", "in time"];
Object.assign(MARKS, { "not applicable": "–", overdue: "✕", late: "✕", open: "○", "in time": "✓", "not met": "✕", complete: "✓", "not complete": "?" });
Object.assign(TONES, { overdue: "bad", late: "bad", open: "open", "in time": "good", "not met": "bad", complete: "good", "not complete": "open" });

const day = (text) => (text ? shown(text).slice(0, 10) : "");
const bundleOf = (number) => period.results.bundles[number - 1];
const eventOf = (number) => period.results.events[number - 1];
const bundleText = (number) => (number ? `bundle ${number} (${day(bundleOf(number).finished)})` : "");
const bundleAt = (number) => `#/bundle/${number}`;
const bundleNode = (number) => (number ? link(bundleAt(number), bundleText(number)) : "");
const eventNode = (number) => (number ? link(`#/event/${number}`, eventOf(number) ? [`event ${number}, `, data(eventOf(number).name)] : `event ${number}`) : "");
const testAt = (id) => `#/test/${encodeURIComponent(id)}`;
const overAt = (id) => `#/over/${encodeURIComponent(id)}`;
const pointerText = (one) => (one.bundle ? `bundle ${one.bundle}: ${one.place}` : one.place);
const yesNo = (value) => (value ? "yes" : "no");
const notComplete = (one) => one.conclusion === "exceptions noted" && !one.complete;
const differs = (point) => point.sealed !== null || point.sealed_exceptions !== null;
const sealedText = (point) => `${point.sealed ?? point.conclusion}, ${count(point.sealed_exceptions ?? point.exceptions, "exception")}`;
const exceptionsOf = (test) => test.exceptions;
const allExceptions = () => period.results.tests.flatMap(exceptionsOf);
const allHoles = () => period.results.coverage.flatMap((item) => item.holes.map((hole) => ({ item, hole })));

function daysText(one) {
  const number = (found) => Number(found).toLocaleString("en", { maximumFractionDigits: 1 });
  if (one.least_days === null && one.most_days === null) return "not known";
  if (one.least_days === null) return `at most ${number(one.most_days)}`;
  if (one.most_days === null) return `at least ${number(one.least_days)}`;
  return number(one.least_days) === number(one.most_days) ? number(one.least_days) : `${number(one.least_days)} to ${number(one.most_days)}`;
}

function exact(when, by) {
  return by ? [moment(when), " by ", eventNode(by)] : moment(when);
}

function began(there) {
  if (there.began) return exact(there.began, there.began_by);
  if (!there.first) return "only events tell of it";
  if (!there.absent_before) return ["in or before ", bundleNode(there.first)];
  return ["between ", bundleNode(there.absent_before), " and ", bundleNode(there.first)];
}

function ended(there) {
  if (there.ended) return exact(there.ended, there.ended_by);
  if (!there.absent_after) return "";
  return there.last ? ["between ", bundleNode(there.last), " and ", bundleNode(there.absent_after)] : ["before ", bundleNode(there.absent_after)];
}

function textOf(nodes) {
  return [nodes].flat(Infinity).map((one) => (one instanceof Node ? one.textContent : one)).join("");
}

const joined = (there) => Boolean(there.began_by || there.absent_before);
const leftIt = (there) => Boolean(there.ended || there.absent_after);

async function readPeriod() {
  period.results = await json("results");
  const about = await json("about");
  period.holes = about.holes;
  period.digest = about.digest;
  period.left = about.left;
  hidden = new RegExp(about.hidden, "gu");
  period.results.events = await json("events", []);
  period.results.populations.forEach((one, number) => Object.assign(one, { number, members: null }));
}

// The members of a population, opened when somebody looks at them; null where they were left out for size.
async function membersOf(population) {
  population.members ??= await json(`members${population.number}`, null);
  return population.members;
}

function leftOut(block) {
  const found = period.left.find((one) => one.block === block);
  return found ? el("p", { class: "warning" }, `Left out of this page for size: ${found.what}. They stand in period.json and in the workbook.`) : "";
}

// Addresses: #/part/argument/argument?column=value. What is behind them is drawn anew each time.

const PARTS = [
  ["", "Overview"], ["gaps", "Gaps"], ["conclusions", "Conclusions"], ["exceptions", "Exceptions"],
  ["joined", "Joined facts"], ["changes", "Changes"], ["access", "Access"], ["evidence", "Evidence"], ["calls", "Calls"],
];
let drawing = 0;

function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [part, ...rest] = path.split("/");
  return { part, rest: rest.map(decode), query: new URLSearchParams(query ?? "") };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function drawParts(part) {
  byId("parts").replaceChildren(...PARTS.filter(([where]) => where !== "changes" || evidence.since).map(([where, name]) =>
    el("a", { href: `#/${where}`, "aria-current": where === part ? "page" : null }, name)));
}

async function draw(focus) {
  const { part, rest, query } = address();
  const mine = ++drawing;
  const view = Object.hasOwn(views, part) ? views[part] : () => nothing("There is no such part of the evidence.");
  document.body.setAttribute("aria-busy", "true");
  const made = await view(rest, Object.fromEntries(query));
  if (mine !== drawing || made === null) return; // left for another address meanwhile
  drawParts(part);
  const heading = el("h1", { tabindex: "-1" }, made.heading ?? shown(made.title));
  byId("content").replaceChildren(heading, ...[made.nodes].flat(Infinity).filter(Boolean));
  document.title = `${shown(made.title)} · Evidence`;
  document.body.removeAttribute("aria-busy");
  document.body.setAttribute("data-drawn", location.hash);
  if (focus) {
    heading.focus();
    scrollTo(0, 0);
  }
}

function complain(error) {
  const why = typeof DecompressionStream === "undefined" ? "This browser is too old to open the page's data." : shown(error.message);
  byId("content").replaceChildren(el("h1", {}, "This page cannot be shown"), el("p", {}, why, " The report (report.pdf) and the workbook (appendices.xlsx) show the same evidence."));
  document.body.setAttribute("data-drawn", "error");
}

async function start() {
  await readSummary();
  const { entity, digest, accounts } = evidence.summary;
  byId("entity").textContent = shown(entity.name || "Evidence");
  byId("period").textContent = shown(entity.period_start ? `${entity.period_start} to ${entity.period_end}` : count(accounts.filter((one) => one.in_scope).length, "account"));
  byId("digest").textContent = shown(`Bundle sha256:${digest}`);
  addEventListener("hashchange", () => draw(true).catch(complain));
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#/search/${encodeURIComponent(byId("words").value)}`;
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address stays
    byId("content").focus();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      byId("words").select(); // which focuses it
    }
  });
  await draw(false);
}

start().catch(complain);

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


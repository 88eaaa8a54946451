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

function complain(error) {
  const why = typeof DecompressionStream === "undefined" ? "This browser is too old to open the page's data." : shown(error.message);
  byId("content").replaceChildren(el("h1", {}, "This page cannot be shown"), el("p", {}, why, " The report and the workbook show the same."));
  document.body.setAttribute("data-drawn", "error");
}

async function start() {
  await readPeriod();
  const { results } = period;
  byId("entity").textContent = shown(results.entity || results.scope);
  byId("period").textContent = shown(`${results.first} to ${results.last}`);
  byId("digest").textContent = shown(`period.json sha256:${period.digest}`);
  addEventListener("hashchange", () => draw(true).catch(complain));
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address stays
    byId("content").focus();
  });
  await draw(false);
}

start().catch(complain);

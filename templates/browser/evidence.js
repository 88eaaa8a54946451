// Items, files, records and calls, as they stand in the bundle.

views.evidence = () => ({
  title: "Evidence",
  nodes: [
    table({
      place: "items", caption: "Evidence items", rows: evidence.summary.items,
      columns: [
        { title: "Item", text: (item) => item.item, node: (item) => link(itemAt(item.item), mono(item.item)) },
        { title: "Title", text: (item) => item.title },
        { title: "Records", text: (item) => String(item.records), order: (item) => item.records, kind: "number" },
        { title: "Units", text: (item) => Object.entries(item.outcomes).map(([outcome, number]) => `${number} ${outcome}`).join(", ") },
        { title: "Bytes", text: (item) => sizeOf(item).toLocaleString("en"), order: sizeOf, kind: "number" },
        { title: "In this page", text: (item) => (leftOut(item.block) ? "left out for size" : "yes"), choose: true },
      ],
    }),
    el("h2", {}, "Documents that people added"),
    table({
      place: "attachments", caption: "Attachments", rows: evidence.summary.attachments, empty: "No document was added.",
      columns: [
        { title: "File", text: (one) => one.file, kind: "mono" },
        { title: "For", text: (one) => one.item, kind: "mono" },
        { title: "By", text: (one) => one.by },
        { title: "Note", text: (one) => one.note },
        { title: "SHA-256", text: (one) => one.sha256, kind: "mono" },
      ],
    }),
  ],
});

const sizeOf = (item) => item.files.reduce((sum, file) => sum + file.bytes, 0);

async function recordsOfFiles(files) {
  const found = [];
  for (const file of files) {
    for (const { line, text } of await recordsOf(file.path)) found.push({ pointer: placeOf(file.path, line), file: evidence.files.get(file.path), text });
  }
  return found;
}

views.item = async ([name]) => {
  const item = evidence.summary.items.find((one) => one.item === name);
  if (!item) return nothing(`${name} was not planned in this run.`);
  const out = leftOut(item.block);
  return {
    title: item.title,
    nodes: [
      facts([
        ["Item", mono(item.item)],
        ["Asked with", separated(item.operations.map(mono))],
        ["Units", Object.entries(item.outcomes).map(([outcome, number]) => `${number} ${outcome}`).join(", ")],
        ["Records", item.records.toLocaleString("en")],
        ["Cannot show", item.blind_spots.map((text) => el("div", {}, data(text)))],
      ]),
      out ? el("p", { class: "warning" }, `Left out of this page for its size (${out.bytes.toLocaleString("en")} bytes). The bundle holds it in the files below.`) : "",
      el("h2", {}, "Records"),
      out ? "" : table({ place: `item ${name}`, caption: `Records of ${name}`, rows: await recordsOfFiles(item.files), columns: recordColumns(item), empty: "AWS was asked and gave no record." }),
      el("h2", {}, "Files"),
      table({
        place: `files ${name}`, caption: `Files of ${name}`, rows: item.files, empty: "No file.",
        columns: [
          { title: "File below data/", text: (file) => file.path, node: (file) => link(`#/file/${encodeURIComponent(file.path)}`, mono(file.path)) },
          ACCOUNT((file) => file.account),
          REGION((file) => file.region),
          { title: "Bytes", text: (file) => file.bytes.toLocaleString("en"), order: (file) => file.bytes, kind: "number" },
          { title: "SHA-256", text: (file) => file.sha256, kind: "mono" },
        ],
      }),
    ],
  };
};

views.file = async ([path]) => {
  const file = evidence.files.get(path);
  if (!file) return nothing(`${path} is no file of an evidence item.`);
  return {
    title: path,
    heading: mono(path),
    nodes: [
      facts([
        ["Item", link(itemAt(file.item.item), mono(file.item.item))],
        ["Account", accountNode(file.account)],
        ["Region", mono(file.region ?? "")],
        ["SHA-256", mono(file.sha256)],
      ]),
      table({ place: `file ${path}`, caption: `Records of ${path}`, rows: await recordsOfFiles([file]), columns: recordColumns(file.item), empty: leftOut(file.item.block) ? "Left out of this page for its size." : "No record." }),
      el("h2", {}, "Calls that fed it"),
      callTable(`fed ${path}`, (await calls()).filter((call) => call.file === path)),
    ],
  };
};

views.record = async ([pointer]) => {
  const [path, line] = pathAndLine(pointer);
  const file = evidence.files.get(path);
  const { node, text } = await recordNode(pointer);
  const rows = (await rowsByPointer()).get(pointer) ?? [];
  const last = file && isList(path) ? (await recordsOf(path)).length + (path.endsWith(".csv") ? 1 : 0) : 0;
  const first = path.endsWith(".csv") ? 2 : 1;
  const why = evidence.summary.unreadable[pointer];
  return {
    title: pointer,
    heading: mono(pointer),
    nodes: [
      facts([
        ["Item", file ? [link(itemAt(file.item.item), mono(file.item.item)), " ", data(file.item.title, "quiet")] : ""],
        ["Account", accountNode(file?.account)],
        ["Region", mono(file?.region ?? "")],
        ["File below data/", file ? link(`#/file/${encodeURIComponent(path)}`, mono(path)) : mono(path)],
        ["SHA-256 of the file", mono(file?.sha256 ?? "")],
        ["Not readable", why ? data(why) : ""],
      ]),
      line !== null && last > 1 ? el("p", { class: "pager" },
        line > first ? link(recordAt(`${path}:${line - 1}`), "Previous record") : "", " ",
        line < last ? link(recordAt(`${path}:${line + 1}`), "Next record") : "") : "",
      el("h2", {}, "As it stands"),
      node,
      text === null ? "" : await callsSection(pointer, text),
      el("h2", {}, "Rows of tests that rest on it"),
      table({ place: `rows of ${pointer}`, caption: "Rows that rest on this record", columns: rowColumns(true), rows, empty: "No row of a test points here." }),
    ],
  };
};

views.calls = async () => {
  const rows = await calls();
  const out = leftOut("calls");
  return {
    title: "Calls",
    nodes: [
      el("p", {}, "The call ledger: every request to AWS, with AWS's own id of it, by which CloudTrail knows it too."),
      out ? el("p", { class: "warning" }, "The ledger was left out of this page for its size: data/calls.jsonl in the bundle.") : "",
      callTable("calls", rows, [
        { title: "Item", text: (call) => call.item, kind: "mono", choose: true },
        ACCOUNT((call) => call.account),
        REGION((call) => call.region),
        { title: "Status", text: (call) => String(call.status), kind: "number", choose: true },
        { title: "Error", text: (call) => call.error_code, kind: "mono", choose: true },
      ]),
    ],
  };
};

views.call = async ([number]) => {
  const call = (await calls()).find((one) => one.seq === Number(number));
  if (!call) return nothing("There is no such call in this page.");
  return {
    title: `Call ${call.seq}: ${call.service}:${call.operation}`,
    nodes: [
      facts([
        ["AWS request id", mono(call.request_id)],
        ["Operation", mono(`${call.service}:${call.operation}`)],
        ["For item", link(itemAt(call.item), mono(call.item))],
        ["Account", accountNode(call.account)],
        ["Region", mono(call.region)],
        ["Sent", moment(call.started)],
        ["Answered", moment(call.finished)],
        ["AWS's own date", moment(call.aws_date)],
        ["HTTP status", String(call.status), call.error_code ? [" ", mono(call.error_code)] : ""],
        ["Attempts", String(call.attempts)],
        ["Records counted", call.records === null ? "" : String(call.records)],
        ["More pages", call.truncated ? "AWS said that more follow" : "no"],
        ["Fed", call.file ? (evidence.files.has(call.file) ? link(`#/file/${encodeURIComponent(call.file)}`, mono(call.file)) : mono(call.file)) : "no file"],
        ["In the ledger", mono(`calls.jsonl:${call.seq}`)],
      ]),
      el("h2", {}, "Parameters"),
      pretty(JSON.stringify(call.parameters), [], "Parameters"),
    ],
  };
};

// A record as it stands in its file: laid out, never changed, with the statements at fault marked.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
const STATEMENT = /^statement$/i;

// Return segments {text, fault} and the texts within that are JSON themselves. `faults` are ways: ["Statement", 0].
function layOut(text, faults = []) {
  const marked = new Map(faults.map((fault) => [JSON.stringify(fault.path).toLowerCase(), fault]));
  const segments = [{ text: "", fault: null }];
  const documents = [];
  const stack = [];
  let member = null;
  const write = (more) => { segments[segments.length - 1].text += more; };
  const way = () => stack.map((one) => one.at);
  const begin = (token) => {
    const at = way();
    const single = token === "{" && STATEMENT.test(at[at.length - 1]) ? [...at, 0] : null; // one statement without a list around it
    const fault = marked.get(JSON.stringify(at).toLowerCase()) ?? (single && marked.get(JSON.stringify(single).toLowerCase()));
    if (fault) segments.push({ text: "", fault });
    return Boolean(fault);
  };
  const newLine = () => write("\n" + "  ".repeat(stack.length));
  for (const [token] of text.matchAll(TOKEN)) {
    const inside = stack[stack.length - 1];
    if (token === "{" || token === "[") {
      if (inside?.list) { newLine(); }
      const isMarked = begin(token);
      write(token);
      stack.push({ list: token === "[", at: token === "[" ? 0 : null, empty: true, isMarked });
      if (inside) inside.empty = false;
      continue;
    }
    if (token === "}" || token === "]") {
      const done = stack.pop();
      if (!done.empty) newLine();
      write(token);
      if (done.isMarked) segments.push({ text: "", fault: null });
      continue;
    }
    if (token === ",") {
      write(",");
      if (inside.list) inside.at += 1;
      else inside.at = null;
      continue;
    }
    if (token === ":") {
      write(": ");
      inside.at = member;
      continue;
    }
    if (inside) inside.empty = false;
    if (inside && (inside.list || inside.at === null)) newLine();
    if (inside && !inside.list && inside.at === null) member = JSON.parse(token);
    else if (token.startsWith('"{')) documents.push({ path: way(), text: JSON.parse(token) });
    write(token);
  }
  return { segments, documents };
}

function isJson(text) {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

// A mark is a block of its own: the indentation before a statement and the comma behind it go into it.
function blocks(segments) {
  const kept = segments.map((one) => ({ ...one }));
  kept.forEach((one, at) => {
    if (!one.fault) return;
    const [before, after] = [kept[at - 1], kept[at + 1]];
    const indent = /\n *$/.exec(before.text)?.[0] ?? "";
    before.text = before.text.slice(0, before.text.length - indent.length);
    const comma = after.text.startsWith(",") ? "," : "";
    one.text = indent.slice(1) + one.text + comma;
    after.text = after.text.slice(comma.length).replace(/^\n/, "");
  });
  return kept.filter((one) => one.text);
}

function pretty(text, faults, name) {
  const { segments, documents } = layOut(text, faults);
  const laid = blocks(segments).map(({ text: part, fault }) => {
    if (!fault) return shown(part);
    return el("mark", {}, el("span", { class: "why" }, `At fault by ${fault.test}: `, data(fault.observed)), shown(part));
  });
  const inner = documents.filter((one) => isJson(one.text)).map((one) => [
    el("h3", {}, "Text of ", mono(one.path.join(".")), ", laid out"),
    pretty(one.text, [], one.path.join(".")),
  ]);
  return [el("pre", { tabindex: "0", role: "region", "aria-label": name }, laid), inner];
}

// A line of a table (CSV) as it stands; where it is plain, each value under its name as well.
async function csvNode(path, line, text) {
  const names = (await linesOf(path))[0].split(",");
  const values = text.split(",");
  const plain = !text.includes('"') && names.length === values.length;
  return [
    el("pre", { tabindex: "0", role: "region", "aria-label": `Line ${line}` }, text),
    plain ? facts(names.map((name, at) => [data(name), mono(values[at])])) : "",
  ];
}

async function recordNode(pointer) {
  const [path, line] = pathAndLine(pointer);
  const file = evidence.files.get(path);
  if (!file) return { node: el("p", {}, "This file of the bundle is not a list of records: ", mono(path), "."), text: null };
  const records = await recordsOf(path);
  if (!records.length) {
    const why = leftOut(file.item.block)
      ? "The files of this item were left out of this page for their size. In the bundle: "
      : "This file holds no record. In the bundle: ";
    return { node: el("p", { class: "none" }, why, mono(`data/${placeOf(path, line)}`), "."), text: null };
  }
  const found = line === null ? (records.length === 1 ? records[0] : null) : records.find((one) => one.line === line);
  if (!found) return { node: el("p", {}, "The whole file is meant: ", link(`#/file/${encodeURIComponent(path)}`, mono(path)), "."), text: null };
  if (path.endsWith(".csv")) {
    return { node: await csvNode(path, line, found.text), text: found.text };
  }
  const faults = evidence.summary.faults[pointer] ?? [];
  return { node: pretty(found.text, faults, `Record ${pointer}`), text: found.text };
}

const leftOut = (name) => evidence.summary.left_out.find((one) => one.block === name);

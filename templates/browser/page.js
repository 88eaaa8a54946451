"use strict";
// The pieces of the page. Text from the evidence is only ever set as text: nothing here reads it as markup.

const byId = (id) => document.getElementById(id);
let hidden = /[^\s\S]/gu; // characters that show nothing or turn a line around; the summary brings the report's list

function shown(text) {
  return String(text ?? "").replace(hidden, (one) => `‹U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);
}

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "href" && !value.startsWith("#")) throw new Error("links lead to this page alone");
    node.setAttribute(name, value === true ? "" : value);
  }
  const kept = children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== "");
  node.append(...kept.map((one) => (one instanceof Node ? one : shown(one))));
  return node;
}

// What the evidence says, whichever way it reads, apart from the text around it.
function data(text, kind) {
  const said = shown(text);
  return said === "" ? "" : el("bdi", { class: kind }, said);
}

const mono = (text) => data(text, "mono");
const link = (where, content) => el("a", { href: where }, content);
const count = (number, one, many) => `${Number(number).toLocaleString("en")} ${Number(number) === 1 ? one : many ?? one + "s"}`;
const moment = (text) => (text ? shown(text).replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC") : "");

function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, ...value] of pairs) {
    const content = value.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== "");
    if (content.length) list.append(el("div", {}, el("dt", {}, name), el("dd", {}, content)));
  }
  return list;
}

function separated(nodes, by = ", ") {
  return nodes.flatMap((node, at) => (at ? [by, node] : [node]));
}

const MARKS = {
  met: "✓", exception: "✕", "exceptions noted": "✕", accepted: "△", "not determined": "?", "not concluded": "?",
  "no exceptions": "✓", attested: "✎", gap: "?",
};
const TONES = {
  exception: "bad", "exceptions noted": "bad", accepted: "open", "not determined": "open", "not concluded": "open",
  "no exceptions": "good", met: "good", attested: "told", gap: "open", critical: "bad", high: "bad",
};

function badge(word) {
  if (!word) return "";
  const mark = MARKS[word] ? el("span", { "aria-hidden": "true", class: "mark" }, MARKS[word]) : "";
  return el("span", { class: `badge ${TONES[word] ?? "none"}` }, mark, shown(word));
}

function say(text) {
  byId("said").textContent = shown(text);
}

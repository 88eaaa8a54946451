// What the page holds: blocks, opened when they are asked for.

const evidence = { summary: null, results: null, since: null, gaps: [], files: new Map(), tests: new Map(), accounts: new Map() };
const opened = new Map();

function bytesFromText(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

async function open(name) {
  const node = byId(name);
  if (!node) return null;
  const packed = new Blob([bytesFromText(node.textContent)]);
  node.remove(); // its text is not needed again
  const stream = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function block(name) {
  if (!opened.has(name)) opened.set(name, open(name));
  return opened.get(name);
}

const decoder = new TextDecoder();

async function json(name, otherwise) {
  const bytes = await block(name);
  opened.delete(name); // the value is kept, its text is not
  return bytes ? JSON.parse(decoder.decode(bytes)) : otherwise;
}


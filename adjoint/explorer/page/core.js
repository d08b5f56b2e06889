// The data, small helpers, and the state that all views follow.

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") node.innerHTML = value;
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function short(x, digits = 4) {
  if (typeof x === "string") return x;
  if (x === 0 || Number.isInteger(x) && Math.abs(x) < 1e6) return String(x);
  const size = Math.abs(x);
  if (size >= 1e5 || size < 1e-3) return x.toExponential(digits - 2).replace("e+", "e");
  return String(Number(x.toPrecision(digits)));
}

function bytes(n) {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB"];
  let k = -1;
  while (n >= 1000 && k < 2) { n /= 1000; k += 1; }
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${units[k]}`;
}

const typeText = (v) =>
  v.s ? `${v.t}[${v.s.join(", ")}]` : v.len !== undefined ? `${v.t} of ${v.len}` : v.t;
const size = (v) => (typeof v === "number" ? v : v === "nan" ? NaN : v === "-inf" ? -Infinity : Infinity);

// Steps: line, iterations around it (by group), values written.
const steps = data.steps.map(([line, place, values, added], index) => {
  const written = [];
  for (let k = 0; k < values.length; k += 2) {
    written.push({ name: values[k], value: data.values[values[k + 1]] });
  }
  const around = data.trips[place];
  return { index, line, around, key: around.map((p) => p.join(".")).join("/"), written, added };
});
const half = (line) => data.gradient[line - 1]?.half ?? "";

const state = { step: 0, pinned: null, hover: null, trips: {}, view: "program" };
const listeners = [];
const onChange = (f) => listeners.push(f);

function change(update) {
  Object.assign(state, update);
  if ("step" in update) {
    for (const [group, trip] of steps[state.step]?.around ?? []) state.trips[group] = trip;
  }
  for (const f of listeners) f(update);
}

// The iterations of each loop that were kept, and the steps by line and iterations.
const kept = data.loops.map(() => new Set());
const byLine = new Map();
for (const s of steps) {
  for (const [group, trip] of s.around) kept[group].add(trip);
  if (!byLine.has(s.line)) byLine.set(s.line, []);
  byLine.get(s.line).push(s);
}
const tripsOf = kept.map((found) => [...found].sort((a, b) => a - b));
for (const [group, trips] of tripsOf.entries()) state.trips[group] = trips[0] ?? 0;

// The latest step of a line in the iterations that are chosen; of a call that is repeated, the nearest.
function stepOf(line) {
  const found = (byLine.get(line) ?? []).filter((s) =>
    s.around.every(([group, trip]) => state.trips[group] === trip));
  let best = found.at(-1) ?? null;
  for (const s of found) if (s.index === state.step) best = s;
  return best;
}

// The intermediate form as a graph: operations from top to bottom, regions as boxes.

const NODE = 24, ROW = 30, SPACE = 16, PAD = 14, LETTER = 7.1;

const clipped = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// The values that an operation reads, those that its regions read included.
function reads(op) {
  const inner = (op.regions ?? []).flatMap((region) => region.ops.flatMap(reads));
  return [...op.operands, ...inner];
}

// Each operation gets a row below all that it reads; the end of a region is the last row.
function rowsOf(region) {
  const home = new Map();
  region.ops.forEach((op, k) => op.results.forEach((v) => home.set(v, k)));
  const before = region.ops.map((op) => [...new Set(reads(op).map((v) => home.get(v)).filter((k) => k !== undefined))]);
  const row = [];
  region.ops.forEach((op, k) => { row[k] = 1 + Math.max(-1, ...before[k].filter((j) => j < k).map((j) => row[j])); });
  const end = region.ops.length - 1;
  if (end >= 0) row[end] = Math.max(...row.slice(0, end), -1) + 1;
  // What reads nothing stands just above its first reader.
  region.ops.forEach((op, k) => {
    if (before[k].length || k === end) return;
    const readers = row.filter((_, j) => j !== k && before[j].includes(k));
    if (readers.length) row[k] = Math.max(0, Math.min(...readers) - 1);
  });
  const found = [];
  region.ops.forEach((op, k) => (found[row[k]] ??= []).push(k));
  return { rows: found.filter(Boolean), before };
}

function measured(op, names) {
  if (!op.regions) {
    const results = op.results.map((v) => names[v][0]).join(", ");
    const text = clipped(results ? `${results} = ${op.says}` : op.says, 36);
    return { op, text, w: text.length * LETTER + 16, h: NODE };
  }
  const inner = op.regions.map((region) => layout(region, names));
  const isIf = op.kind === "if", titles = isIf ? ["then", "else"] : inner.length > 1 ? ["while", "do"] : [""];
  let x = PAD, y = NODE + 6, height = 0;
  for (const [k, part] of inner.entries()) {
    part.title = titles[k];
    part.x = x; part.y = y + (part.title ? 16 : 0);
    height = Math.max(height, part.y + part.h);
    if (isIf || inner.length > 1) x += part.w + SPACE; else x += part.w;
  }
  const text = clipped(op.says, 60);
  const w = Math.max(x + (isIf || inner.length > 1 ? PAD - SPACE : PAD), text.length * LETTER + 24);
  return { op, text, inner, w, h: height + PAD };
}

function layout(region, names) {
  const places = new Map(), items = [];
  let x = 0, y = 0, w = 0;
  for (const v of region.params) {
    const width = names[v][0].length * LETTER + 14;
    items.push({ param: v, text: names[v][0], x, y, w: width, h: 20 });
    places.set(v, x + width / 2);
    x += width + 8; w = Math.max(w, x - 8);
  }
  if (region.params.length) y += 20 + ROW;
  const { rows: lines } = rowsOf(region);
  for (const line of lines) {
    const parts = line.map((k) => {
      const item = measured(region.ops[k], names);
      const from = reads(item.op).map((v) => places.get(v)).filter((p) => p !== undefined);
      item.want = from.length ? from.reduce((a, b) => a + b) / from.length : 0;
      return item;
    }).sort((a, b) => a.want - b.want);
    let cursor = 0, tall = 0;
    for (const item of parts) {
      item.x = Math.max(cursor, Math.min(item.want - item.w / 2, cursor + 120));
      item.y = y;
      cursor = item.x + item.w + SPACE;
      tall = Math.max(tall, item.h);
      w = Math.max(w, item.x + item.w);
      item.op.results.forEach((v, i) => places.set(v, item.x + item.w * (i + 1) / (item.op.results.length + 1)));
      items.push(item);
    }
    y += tall + ROW;
  }
  return { items, w, h: Math.max(0, y - ROW) };
}

function drawGraph(found) {
  const names = found.values, whole = layout(found.body, names);
  const sources = new Map(), edges = svg("g", { class: "edges" }), nodes = svg("g", {});
  const line = (from, to, className = "") => {
    const bend = Math.max(14, Math.abs(to.y - from.y) / 2);
    edges.append(svg("path", { class: `edge ${className}`, "data-v": from.v, "data-to": to.id,
      d: `M${from.x} ${from.y}C${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}` }));
  };
  let count = 0;
  const place = (part, x0, y0) => {
    let chips = null, end = null;
    for (const item of part.items) {
      const x = x0 + item.x, y = y0 + item.y, id = `n${count++}`, op = item.op;
      const g = svg("g", { class: `node ${item.param !== undefined ? "param" : op.kind} ${op?.backward ? "back" : ""}`, id });
      g.append(svg("title", {}));
      g.append(svg("rect", { x, y, width: item.w, height: item.h, rx: item.inner ? 10 : 6 }));
      const label = svg("text", { x: item.inner ? x + 12 : x + item.w / 2, y: y + (item.param !== undefined ? 14 : 16.5),
        "text-anchor": item.inner ? "start" : "middle" }, item.text);
      g.append(label);
      nodes.append(g);
      if (item.param !== undefined) {
        g.firstChild.textContent = `${names[item.param].join(": ")}`;
        sources.set(item.param, { x: x + item.w / 2, y: y + item.h, top: y, id });
        g.dataset.results = item.param;
        chips ??= { x, y: y + item.h / 2 };
        continue;
      }
      const results = op.results.map((v) => names[v].join(": ")).join("\n");
      g.firstChild.textContent = `${results}${results ? " = " : ""}${op.says}${op.line ? `\nline ${op.line}` : ""}`;
      for (const part_ of item.inner ?? []) {
        if (part_.title) nodes.append(svg("text", { class: "region-title", x: x + part_.x, y: y + part_.y - 5 }, part_.title));
        place(part_, x + part_.x, y + part_.y);
      }
      const entered = new Set();
      for (const [v, param] of op.enters ?? []) {
        const from = sources.get(v), to = sources.get(param);
        if (from && to) line({ ...from, v }, { x: to.x, y: to.top, id: to.id }, "enters");
        entered.add(v);
      }
      const plain = op.operands.filter((v) => !entered.has(v) && sources.has(v));
      plain.forEach((v, k) => line({ ...sources.get(v), v },
        { x: x + item.w * (k + 1) / (plain.length + 1), y, id }));
      op.results.forEach((v, k) => sources.set(v,
        { x: x + item.w * (k + 1) / (op.results.length + 1), y: y + item.h, id }));
      g.dataset.results = op.results.join(" ");
      end = { x, y: y + item.h / 2 };
    }
    if (part.loop && chips && end) {
      const left = x0 - 8;
      edges.append(svg("path", { class: "edge again", d:
        `M${end.x} ${end.y}H${left}V${chips.y}H${chips.x - 3}` }));
    }
  };
  const loops = (part) => part.items.forEach((item) => item.inner?.forEach((p) => {
    p.loop = item.op.kind !== "if" && p.title !== "while"; loops(p);
  }));
  loops(whole);
  place(whole, PAD, PAD);
  const width = whole.w + 2 * PAD, height = whole.h + 2 * PAD;
  const image = svg("svg", { class: "graph", width, height, viewBox: `0 0 ${width} ${height}`,
    role: "img", "aria-label": "The operations of this stage, and the values between them" }, nodes, edges);
  image.addEventListener("pointerover", (e) => lightGraph(image, e.target.closest(".node")));
  image.addEventListener("pointerleave", () => lightGraph(image, null));
  return image;
}

// The edges of a node, and the nodes at their ends.
function lightGraph(image, node) {
  image.querySelectorAll(".lit").forEach((e) => e.classList.remove("lit"));
  image.classList.toggle("quiet", Boolean(node));
  if (!node) return;
  node.classList.add("lit");
  const results = new Set((node.dataset.results ?? "").split(" ").filter(Boolean));
  const own = new Map([...image.querySelectorAll(".node")].flatMap((n) =>
    (n.dataset.results ?? "").split(" ").filter(Boolean).map((v) => [v, n])));
  for (const edge of image.querySelectorAll(".edge[data-to]")) {
    if (edge.dataset.to !== node.id && !results.has(edge.dataset.v)) continue;
    edge.classList.add("lit");
    document.getElementById(edge.dataset.to)?.classList.add("lit");
    own.get(edge.dataset.v)?.classList.add("lit");
  }
}

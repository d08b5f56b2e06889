// The two texts: lines, links between them, and the lanes of residuals.

const rows = { primal: new Map(), gradient: new Map() };
const LANE = 9;
const lanes = [];

function placeLanes() {
  const ends = [];
  for (const r of data.residuals) {
    if (r.kind === "argument" || !r.uses.length) continue;
    const last = Math.max(...r.uses);
    let lane = ends.findIndex((end) => end < r.save);
    if (lane < 0) lane = ends.length;
    ends[lane] = last;
    lanes.push({ residual: r, lane });
  }
  return Math.min(ends.length, 10);
}

function buildCode() {
  const primal = $("primal");
  data.primal.forEach((excerpt, k) => {
    primal.append(el("div", { class: "file" }, excerpt.file));
    excerpt.html.forEach((html, i) => {
      const id = `${k}:${excerpt.first + i}`;
      const row = el("div", { class: "line", "data-id": id },
        el("span", { class: "bar" }), el("span", { class: "no" }, String(excerpt.first + i)),
        el("span", { class: "src", html }), el("span", { class: "inline" }));
      rows.primal.set(id, row);
      primal.append(row);
    });
  });
  const width = placeLanes() * LANE;
  const gradient = $("gradient");
  data.gradient.forEach((line, i) => {
    const row = el("div", { class: `line ${line.half ? `half-${line.half}` : ""}`, "data-id": i + 1 },
      el("span", { class: "bar" }), el("span", { class: "lanes", style: `width:${width}px` }),
      el("span", { class: "no" }, String(i + 1)),
      el("span", { class: "src", html: line.html }), el("span", { class: "inline" }));
    rows.gradient.set(i + 1, row);
    gradient.append(row);
    if (line.folded) row.hidden = true;
    if (line.fold) fold(row, i + 1, line.fold);
  });
  for (const [id, row] of rows.primal) if (linksOf("primal", id).length) row.classList.add("linked");
  for (const [id, row] of rows.gradient) if (data.gradient[id - 1].main?.length) row.classList.add("linked");
  buildChips();
  for (const side of ["primal", "gradient"]) listen(side);
}

function fold(row, first, last) {
  const button = el("button", { type: "button", class: "fold", "aria-expanded": "false",
    "aria-label": "The rest of the docstring" }, "…");
  button.addEventListener("click", (e) => {
    e.stopPropagation();
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    for (let k = first + 1; k <= last; k += 1) rows.gradient.get(k).hidden = !open;
    drawLanes();
    showLinks();
  });
  row.append(button);
}

// The lines of the gradient that belong to a line of the program, and the other way round.
function linksOf(side, id) {
  if (side === "gradient") {
    const line = data.gradient[id - 1];
    return [...(line.main ?? []).map((to) => [to, "on"]), ...(line.also ?? []).map((to) => [to, "also"])];
  }
  const found = [];
  data.gradient.forEach((line, i) => {
    if (line.main?.includes(id)) found.push([i + 1, "on"]);
    else if (line.also?.includes(id)) found.push([i + 1, "also"]);
  });
  return found;
}

function listen(side) {
  const box = $(side);
  const id = (event) => {
    const row = event.target.closest(".line");
    return row && (side === "gradient" ? Number(row.dataset.id) : row.dataset.id);
  };
  box.addEventListener("mouseover", (e) => {
    const at = id(e);
    const name = e.target.closest("i.n")?.textContent;
    mark(name);
    if (at && linksOf(side, at).length) change({ hover: { side, id: at } });
  });
  box.addEventListener("mouseleave", () => { mark(null); change({ hover: null }); });
  box.addEventListener("click", (e) => { const at = id(e); if (at) pin(side, at); });
  box.addEventListener("scroll", () => drawLinks());
}

function mark(name) {
  for (const n of document.querySelectorAll("i.same")) n.classList.remove("same");
  if (!name) return;
  for (const n of document.querySelectorAll(".code i.n")) {
    if (n.textContent === name) n.classList.add("same");
  }
}

function pin(side, id) {
  const same = state.pinned && state.pinned.side === side && state.pinned.id === id;
  if (!linksOf(side, id).length) { change({ pinned: null, hover: null }); return; }
  const update = { pinned: same ? null : { side, id }, hover: null };
  const line = side === "gradient" ? data.gradient[id - 1].of : null;
  const step = line && !same ? stepOf(line) : null;
  if (step) update.step = step.index;
  change(update);
}

function showLinks() {
  const chosen = state.hover ?? state.pinned;
  for (const side of ["primal", "gradient"]) {
    for (const row of rows[side].values()) {
      row.classList.remove("on", "also", "on-forward", "on-backward", "on-again", "cursor");
      row.removeAttribute("aria-current");
    }
  }
  if (chosen) {
    const row = rows[chosen.side].get(chosen.id);
    row.classList.add("on", "cursor");
    row.setAttribute("aria-current", "true");
    const other = chosen.side === "primal" ? "gradient" : "primal";
    for (const [to, how] of linksOf(chosen.side, chosen.id)) {
      const kind = other === "gradient" ? half(to) : half(chosen.id);
      rows[other].get(to)?.classList.add(how === "on" ? `on-${kind}` : "also");
    }
  }
  drawLinks();
  strongLanes(chosen);
}

// Curves from line to line, over the gap between the two texts.
function drawLinks() {
  const box = $("links");
  box.replaceChildren();
  const frame = $("panes").getBoundingClientRect();
  if (!frame.width || getComputedStyle(box).display === "none") return;
  const chosen = state.hover ?? state.pinned;
  if (chosen) {
    for (const [to, how] of linksOf(chosen.side, chosen.id)) {
      const [from, line] = chosen.side === "primal" ? [chosen.id, to] : [to, chosen.id];
      const kind = half(line) === "forward" ? "forward" : "backward";
      curve(box, frame, from, line, `var(--${kind})`, how === "also" ? "2 4" : "");
    }
  }
  const fault = data.nonfinite;
  if (fault && fault.primal.lines.length) {
    curve(box, frame, fault.primal.lines[0], fault.way[0].line, "var(--red)", "", "fault-path");
  }
}

function curve(box, frame, primalId, line, colour, dash, name = "") {
  const a = rows.primal.get(primalId), b = rows.gradient.get(line);
  if (!a || !b) return;
  const left = $("primal").getBoundingClientRect(), right = $("gradient").getBoundingClientRect();
  const inside = (row, pane) => {
    const y = row.getBoundingClientRect().top + row.offsetHeight / 2;
    return Math.min(Math.max(y, pane.top + 4), pane.bottom - 4) - frame.top;
  };
  const x0 = left.right - frame.left, x1 = right.left - frame.left;
  const y0 = inside(a, left), y1 = inside(b, right), m = (x1 - x0) / 2;
  const d = `M${x0} ${y0} C${x0 + m} ${y0} ${x1 - m} ${y1} ${x1} ${y1}`;
  box.append(svg("path", { d, stroke: colour, "stroke-dasharray": dash, class: name }));
}

// Residuals: a lane from where each is saved to where it is used.

function buildChips() {
  const saves = new Map();
  for (const r of data.residuals) {
    if (r.kind === "argument") continue;
    if (!saves.has(r.save)) saves.set(r.save, []);
    saves.get(r.save).push(r);
  }
  for (const [line, found] of saves) {
    const all = found.reduce((sum, r) => sum + r.bytes, 0);
    const names = found.map((r) => r.name).join(", ");
    const detail = found.map((r) => `${r.text}: ${bytes(r.bytes)}`).join("\n");
    rows.gradient.get(line)?.append(
      el("span", { class: "chip", title: detail }, `saves ${names} · ${bytes(all)}`));
  }
}

function drawLanes() {
  $("gradient").querySelector(".lane-svg")?.remove();
  if (!lanes.length) return;
  const box = svg("svg", { class: "lane-svg", width: 1, height: 1, "aria-hidden": "true" });
  const middle = (line) => { const r = rows.gradient.get(line); return r.offsetTop + r.offsetHeight / 2; };
  const left = rows.gradient.get(1).querySelector(".lanes").offsetLeft;
  for (const { residual, lane } of lanes) {
    if (lane >= 10) continue;
    const x = left + lane * LANE + LANE / 2;
    const group = svg("g", { "data-name": residual.name });
    const y0 = middle(residual.save), last = middle(Math.max(...residual.uses));
    group.append(svg("path", { d: `M${x} ${y0} V${last}` }));
    for (const line of residual.uses) group.append(svg("circle", { cx: x, cy: middle(line), r: 2.6 }));
    group.append(svg("circle", { cx: x, cy: y0, r: 3, class: "save" }));
    residual.group = group;
    box.append(group);
  }
  $("gradient").append(box);
}

function strongLanes(chosen) {
  let any = false;
  for (const { residual } of lanes) {
    if (!residual.group) continue;
    const here = !!chosen && (chosen.side === "gradient"
      ? residual.save === chosen.id || residual.uses.includes(chosen.id)
      : residual.primal.includes(chosen.id));
    residual.group.classList.toggle("strong", here);
    any ||= here;
  }
  $("gradient").querySelector(".lane-svg")?.classList.toggle("quiet", any);
}

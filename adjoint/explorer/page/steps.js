// The run: sliders, values, bars and sparklines.

function buildTransport() {
  const slider = $("step");
  slider.max = Math.max(steps.length - 1, 0);
  slider.addEventListener("input", () => change({ step: Number(slider.value) }));
  const runs = [];
  for (const s of steps) {
    const kind = half(s.line) || "forward";
    if (runs.at(-1)?.kind === kind) runs.at(-1).n += 1;
    else runs.push({ kind, from: s.index, n: 1 });
  }
  const part = (n) => `${(100 * n) / Math.max(steps.length, 1)}%`;
  for (const r of runs) {
    $("phases").append(el("i", { class: r.kind, style: `left:${part(r.from)};width:${part(r.n)}` }));
  }
  const bad = faultStep();
  if (bad) $("phases").append(el("i", { class: "fault", style: `left:${part(bad.index)}` }));
  $("first").onclick = () => go(0);
  $("back").onclick = () => go(state.step - 1);
  $("next").onclick = () => go(state.step + 1);
  $("last").onclick = () => go(steps.length - 1);
  $("play").onclick = play;
  $("twin").onclick = toTwin;
  buildTrips();
}

const go = (k) => change({ step: Math.min(Math.max(k, 0), steps.length - 1) });

let timer = null;
function play() {
  if (timer) { clearInterval(timer); timer = null; }
  else {
    if (state.step === steps.length - 1) go(0);
    timer = setInterval(() => {
      if (state.step >= steps.length - 1) play();
      else go(state.step + 1);
    }, 420);
  }
  $("play").textContent = timer ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", timer ? "Pause" : "Play");
}

function buildTrips() {
  data.loops.forEach((loop, group) => {
    const trips = tripsOf[group];
    if (trips.length < 2) return;
    const at = loop.place[0] ? `line ${loop.place[0].split(":")[1]}` : `line ${loop.heads[0].line}`;
    const input = el("input", { type: "range", min: 0, max: trips.length - 1, value: 0,
      "aria-label": `Iteration of the loop in ${at}`, "data-group": group });
    input.addEventListener("input", () => toTrip(group, trips[Number(input.value)]));
    $("trips").append(el("label", {}, el("code", { title: loop.heads[0].head }, `${at}  ${loop.heads[0].head}`),
      el("span", { class: "track" }, input, el("span", { class: "rail" })), el("output")));
  });
}

// The same line in another iteration; a line outside of the loop stays, and its twins change.
function toTrip(group, trip) {
  const current = steps[state.step];
  const wanted = { ...state.trips, [group]: trip };
  const fits = (s) => s.around.every(([g, t]) => wanted[g] === t);
  const inLoop = (s) => s.around.some(([g]) => g === group);
  let found = null;
  if (current && inLoop(current)) found = byLine.get(current.line).find(fits);
  found ??= steps.find((s) => inLoop(s) && s.around.some(([g, t]) => g === group && t === trip) && fits(s));
  found ??= steps.find((s) => s.around.some(([g, t]) => g === group && t === trip));
  state.trips[group] = trip;
  change(found ? { step: found.index } : {});
}

// A step of the other half: of the same line of the program, in the same iterations.
function twinOf(s) {
  const line = data.gradient[s.line - 1];
  const forward = line.half === "forward";
  const same = (other) => (half(other.line) === "forward") !== forward;
  const common = (other) => (line.main ?? []).some((m) => data.gradient[other.line - 1].main?.includes(m));
  return steps.find((o) => same(o) && o.key === s.key && common(o))
    ?? steps.find((o) => same(o) && o.key === s.key && s.key) ?? null;
}

function toTwin() {
  const twin = steps[state.step] && twinOf(steps[state.step]);
  if (twin) change({ step: twin.index });
}

const faultStep = () => {
  const fault = data.nonfinite?.way[0];
  if (!fault) return null;
  return steps.find((s) => s.line === fault.line && s.written.some((w) => w.value.bad))
    ?? steps.find((s) => s.line === fault.line) ?? null;
};

function showStep() {
  const s = steps[state.step];
  if (!s) return;
  $("step").value = state.step;
  const where = { forward: "forward", backward: "backward", again: "computed again" }[half(s.line)] ?? "";
  $("where").textContent = `step ${state.step + 1} of ${steps.length} · ${where} · line ${s.line}`;
  $("step").setAttribute("aria-valuetext", $("where").textContent);
  $("twin").disabled = !twinOf(s);
  for (const input of $("trips").querySelectorAll("input")) {
    const group = Number(input.dataset.group);
    input.value = tripsOf[group].indexOf(state.trips[group]);
    input.closest("label").querySelector("output").textContent =
      `${state.trips[group] + 1} of ${data.loops[group].trips}`;
  }
  for (const row of document.querySelectorAll(".line.now")) row.classList.remove("now");
  const row = rows.gradient.get(s.line);
  row.classList.add("now");
  for (const id of data.gradient[s.line - 1].main ?? []) rows.primal.get(id)?.classList.add("now");
  keepInView($("gradient"), row);
  const first = rows.primal.get((data.gradient[s.line - 1].main ?? [])[0]);
  if (first) keepInView($("primal"), first);
  showValues(s);
  showInline();
  showBars();
  drawLinks();
}

function keepInView(box, row) {
  const top = row.offsetTop, bottom = top + row.offsetHeight;
  if (top < box.scrollTop + 30) box.scrollTop = top - 60;
  else if (bottom > box.scrollTop + box.clientHeight - 30) box.scrollTop = bottom - box.clientHeight + 60;
}

// Values

function showValues(s) {
  const box = $("values");
  const line = data.gradient[s.line - 1];
  const now = el("div", { class: "card" }, el("div", { class: "now-line code-like", html: line.html.trim() }));
  for (const w of s.written) now.append(valueCard(w.name, w.value, s));
  if (s.added !== undefined) now.append(el("p", { class: "facts" }, "adds ‖", el("b", {}, short(s.added)), "‖"));
  if (!s.written.length) now.append(el("p", { class: "facts" }, "No value is assigned here."));
  const latest = new Map();
  for (let k = 0; k <= state.step; k += 1) {
    for (const w of steps[k].written) {
      if (!/^\w+$/.test(w.name) || w.name === "condition") continue;
      latest.delete(w.name);
      latest.set(w.name, w.value);
    }
  }
  const table = el("table", { class: "all" }, el("tr", {}, el("th", {}, "name"), el("th", {}, "type"),
    el("th", {}, el("span", { class: "unseen" }, "picture")),
    el("th", { style: "text-align:right" }, "value or norm")));
  for (const [name, value] of [...latest].reverse().slice(0, 40)) {
    const isNew = s.written.some((w) => w.name === name);
    table.append(el("tr", { class: isNew ? "new" : "" }, el("td", { html: name.replace(/_/g, "_<wbr>") }),
      el("td", { class: "t" }, typeText(value)),
      el("td", {}, value.p ? picture(value.p, 28) : null),
      el("td", { class: `r ${value.bad ? "bad" : ""}` }, brief(value))));
  }
  box.replaceChildren(el("h2", {}, "This step"), now, el("div", { class: "card" }, el("h2", {}, "Variables"), table));
}

function brief(v) {
  if (v.bad) return v.bad === "nan" ? "nan" : "inf";
  if (v.v !== undefined && !Array.isArray(v.v)) return short(v.v);
  if (v.s && !v.s.length && v.v) return short(v.v[0]);
  if (v.n !== undefined) return `‖${short(v.n)}‖`;
  if (v.r) return v.r;
  return v.items ? v.items.map(brief).filter(Boolean).join(", ").slice(0, 24) : "";
}

function valueCard(name, v, s) {
  const card = el("div", { class: "value" },
    el("div", { class: "title" }, el("b", {}, name), el("span", { class: "type" }, typeText(v))));
  if (v.v !== undefined || v.r) card.append(numbers(v));
  if (v.p) card.append(picture(v.p, 130));
  const facts = el("p", { class: "facts" });
  if (v.n !== undefined && v.s?.length) facts.append("norm ", el("b", {}, short(v.n)));
  if (v.lo !== undefined && v.s?.length) {
    facts.append(" · from ", el("b", {}, short(v.lo)), " to ", el("b", {}, short(v.hi)));
  }
  if (v.bad) {
    const at = v.at?.length ? `, the first at [${v.at.join(", ")}]` : "";
    facts.append(el("span", { class: "bad" }, v.at?.length ? ` · ${v.nbad} not finite${at}` : v.bad));
  }
  if (facts.childNodes.length) card.append(facts);
  for (const item of v.items ?? []) card.append(valueCard(item.key ?? "·", item, null));
  const series = s && data.series[`${s.line}|${name}`];
  if (series) card.append(spark(series, 290, 30, orderOf(s)));
  return card;
}

function numbers(v) {
  if (!Array.isArray(v.v)) {
    return el("div", { class: `numbers ${v.bad ? "bad" : ""}` }, v.r ?? short(v.v, 6));
  }
  const width = v.s.length > 1 ? v.s.at(-1) : v.v.length;
  const table = el("table");
  for (let k = 0; k < v.v.length; k += width) {
    const cells = v.v.slice(k, k + width).map((x) => el("td", { class: typeof x === "string" ? "bad" : "" }, short(x)));
    table.append(el("tr", {}, ...cells));
  }
  return el("div", { class: "numbers" }, table);
}

function picture([width, height, text], most) {
  const raw = atob(text);
  const scale = Math.max(1, Math.min(Math.floor(most / width), 12, Math.floor(most / height) || 1));
  const canvas = el("canvas", { class: "picture", width, height, role: "img",
    "aria-label": `picture of ${height} by ${width}: blue is negative, orange positive`,
    style: `width:${width * scale}px;height:${height * scale}px` });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let k = 0; k < raw.length; k += 1) {
    const b = raw.charCodeAt(k), x = (b - 128) / 127;
    const to = b === 1 ? [200, 20, 60] : x < 0 ? [36, 99, 168] : [190, 84, 16];
    const w = b === 1 ? 1 : Math.min(Math.abs(x), 1);
    for (let c = 0; c < 3; c += 1) image.data[4 * k + c] = 244 + w * (to[c] - 244);
    image.data[4 * k + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Which of the executions of its line a step is, as a part of all.
function orderOf(s) {
  const all = byLine.get(s.line), group = s.around.at(-1)?.[0];
  if (group === undefined) return null;
  if (s.around.length === 1) {
    const n = data.loops[group].trips, trip = s.around[0][1];
    const head = data.loops[group].heads.find((h) => h.half === half(s.line)) ?? data.loops[group].heads[0];
    return n > 1 ? (head.back ? n - 1 - trip : trip) / (n - 1) : 0;
  }
  return all.length > 1 ? all.indexOf(s) / (all.length - 1) : 0;
}

// Norms over iterations; logarithmic where they span more than two decades.
function spark(series, width, height, at, name = "spark") {
  const all = series.v.map(size);
  const finite = all.filter((x) => Number.isFinite(x) && x > 0);
  const most = Math.max(...finite, 1e-300), least = Math.min(...finite, most);
  const log = most / least > 100;
  const floor = Math.max(least, most * 1e-14);
  const y = (x) => {
    if (!Number.isFinite(x)) return 0;
    const part = log ? (x <= floor ? 0 : Math.log(x / floor) / Math.log(most / floor)) : x / most;
    return (1 - part) * (height - 2) + 1;
  };
  const x = (k) => (all.length > 1 ? (k / (all.length - 1)) * (width - 4) + 2 : width / 2);
  const line = all.map((v, k) => `${k ? "L" : "M"}${x(k).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const box = svg("svg", { class: name, width, height, role: "img",
    "aria-label": `${series.n} values, from ${short(least)} to ${short(most)}${log ? ", logarithmic" : ""}` });
  box.append(svg("path", { class: "fill", d: `${line}L${x(all.length - 1)} ${height}L${x(0)} ${height}Z` }));
  box.append(svg("path", { d: line }));
  if (at !== null) {
    const k = Math.round(at * (all.length - 1));
    box.append(svg("circle", { cx: x(k), cy: y(all[k]), r: 2.6 }));
  }
  return box;
}

// Beside the lines: values of the iterations that are chosen, and bars of cotangents

function showInline() {
  const primal = new Map();
  for (const [line, row] of rows.gradient) {
    const box = row.querySelector(".inline");
    const s = data.gradient[line - 1].of === line ? stepOf(line) : null;
    const shown = s && s.written.filter((w) => brief(w.value)).slice(0, 3);
    box.replaceChildren();
    if (!shown?.length || line === steps[0].line) continue;
    box.append(...shown.flatMap((w, k) => [k ? "  " : "", shown.length > 1 ? `${w.name} ` : "",
      el("b", { class: w.value.bad ? "bad" : "" }, brief(w.value))]));
    const main = data.gradient[line - 1].main ?? [];
    if (half(line) === "forward" && main.length && shown.length === 1 && /^\w+$/.test(shown[0].name)) {
      primal.set(main.at(-1), shown[0]);
    }
  }
  for (const [id, row] of rows.primal) {
    const w = primal.get(id);
    row.querySelector(".inline").replaceChildren(...(w ? [`${w.name} `, el("b", {}, brief(w.value))] : []));
  }
}

// The norm of the cotangent that a line computes; of what it adds, where it adds to one.
function flow(line) {
  const s = stepOf(line);
  const w = s?.written.find((each) => each.name.includes("_bar"));
  if (!w || data.gradient[line - 1].result) return null;
  const norm = s.added ?? size(w.value.n ?? w.value.v ?? 0);
  return { norm: Math.abs(norm), series: data.series[`${line}|${w.name}`], step: s, adds: s.added !== undefined };
}

let scale = null;
function flowScale() {
  if (scale) return scale;
  const found = [];
  for (const s of steps) {
    for (const w of s.written) {
      if (!w.name.includes("_bar")) continue;
      const norm = Math.abs(s.added ?? size(w.value.n ?? w.value.v ?? 0));
      if (Number.isFinite(norm) && norm > 0) found.push(norm);
    }
  }
  let most = 1e-300, least = Infinity;
  for (const x of found) { most = Math.max(most, x); least = Math.min(least, x); }
  scale = { most, floor: Math.max(Math.min(least, most / 10) / 2, most * 1e-16) };
  return scale;
}

function bar(row, found) {
  const box = row.querySelector(".bar");
  box.replaceChildren();
  if (!found) return;
  const { most, floor } = flowScale();
  const bad = !Number.isFinite(found.norm);
  const part = bad ? 1 : found.norm <= floor ? 0 : Math.log(found.norm / floor) / Math.log(most / floor);
  const title = `cotangent ${found.adds ? "added, " : ""}‖${short(found.norm)}‖`;
  box.title = title;
  box.append(el("i", { style: `width:${found.norm === 0 ? 0 : Math.max(Math.round(part * 50), 2)}px;${bad ? "background:var(--red);opacity:.8" : ""}`,
    "data-norm": found.norm }));
  if (found.series) box.append(spark(found.series, 50, 13, orderOf(found.step), "spark"));
}

function showBars() {
  const ofPrimal = new Map();
  data.gradient.forEach((line, i) => {
    const found = line.half === "backward" && line.of === i + 1 ? flow(i + 1) : null;
    bar(rows.gradient.get(i + 1), found);
    const main = line.main?.[0];
    if (!found || !main) return;
    const before = ofPrimal.get(main);
    if (!before || before.adds && !found.adds) ofPrimal.set(main, found);
  });
  for (const [id, row] of rows.primal) bar(row, ofPrimal.get(id) ?? null);
}

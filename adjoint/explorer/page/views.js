// Rules, stages and differences: each is there if the data has it.

function buildWhy() {
  const box = $("view-why"), why = data.why;
  if (!why) return;
  const jump = (side, id, text) => {
    const button = el("button", { type: "button", class: "link" }, text);
    button.addEventListener("click", () => { show("program"); change({ pinned: { side, id }, hover: null }); });
    return button;
  };
  if (why.lines.length) {
    box.append(el("h2", {}, "The backward half as mathematics"));
    const table = el("table", { class: "sheet-table" }, head(["Line", "Formula", "Belongs to", "By the rule of"]));
    for (const line of why.lines) {
      const main = data.gradient[line.line - 1].main ?? [];
      table.append(el("tr", {}, cell(jump("gradient", line.line, String(line.line))),
        el("td", { html: line.math }),
        cell(main[0] ? jump("primal", main[0], primalText(main[0])) : null),
        el("td", {}, ...line.rules.flatMap((name, k) => [k ? ", " : "",
          el("a", { href: `#rule-${ruleId(name)}` }, code(name))]))));
    }
    box.append(el("div", { class: "sheet" }, table));
  }
  if (why.rules.length) {
    box.append(el("h2", { class: "more" }, "Rules"));
    for (const rule of why.rules) {
      const card = el("div", { class: "sheet rule", id: `rule-${ruleId(rule.name)}` },
        el("h3", {}, code(rule.name)));
      for (const math of rule.formulas) card.append(el("div", { class: "formula", html: math }));
      card.append(el("details", {}, el("summary", {}, `its source, ${rule.where}`),
        el("pre", { class: "code-like", tabindex: 0, html: rule.source.join("\n") })));
      box.append(card);
    }
  }
  box.append(el("h2", { class: "more" }, "What became of each line"));
  const table = el("table", { class: "sheet-table" }, head(["Line", "Program", "Its value", "Its derivative"]));
  for (const fate of why.fates) {
    table.append(el("tr", {}, cell(fate.line.split(":")[1]), cell(jump("primal", fate.line, primalText(fate.line))),
      cell(fateOf(fate)), cell(fate.backward.length ? `in ${lines(fate.backward)}` : "none is needed")));
  }
  box.append(el("div", { class: "sheet" }, table));
}

const ruleId = (name) => name.replace(/\W/g, (c) => `-${c.charCodeAt(0)}`);
const lines = (list) => `line${list.length > 1 ? "s" : ""} ${list.join(", ")}`;
function primalText(id) {
  const row = rows.primal.get(id);
  return row ? row.querySelector(".src").textContent.trim() : id;
}

function fateOf(fate) {
  const parts = [];
  if (fate.saved.length) parts.push(`saved for the backward half: ${fate.saved.join(", ")}`);
  if (fate.again.length) parts.push(`computed again in ${lines(fate.again)}`);
  if (!parts.length && fate.forward.length) parts.push("computed, and no longer needed after the forward half");
  return parts.join("; ") || "not computed: nothing in the gradient reads it";
}

function buildStages() {
  const box = $("view-stages");
  if (!data.stages?.length) return;
  const names = data.stages.map((s) => s.name);
  const list = el("div", { class: "stage-list", role: "group", "aria-label": "Stages of the compiler" });
  const says = el("p", { class: "says" });
  const text = el("div", { class: "sheet diff", tabindex: 0, role: "region", "aria-label": "The intermediate form" });
  const changes = el("input", { type: "checkbox", id: "changes", checked: "" });
  const option = el("label", { class: "option" }, changes, " lines that the stage changed");
  const forms = ["text", "graph"].map((form) => el("button", { type: "button", id: `as-${form}` }, form));
  let asGraph = false;
  let chosen = names.length - 1;
  const draw = () => {
    [...list.children].forEach((b, k) => b.setAttribute("aria-pressed", String(k === chosen)));
    const now = data.stages[chosen].text.split("\n");
    const before = chosen && changes.checked ? data.stages[chosen - 1].text.split("\n") : null;
    forms.forEach((b, k) => b.setAttribute("aria-pressed", String(k === Number(asGraph))));
    says.textContent = data.stages[chosen].says;
    option.hidden = asGraph;
    if (asGraph) {
      const found = data.stages[chosen].graph;
      text.replaceChildren(found ? drawGraph(found) : el("p", { class: "says" }, "Too many operations for a picture: read the text."));
      return;
    }
    const rows = before ? difference(before, now) : now.map((line) => ["", line]);
    text.replaceChildren(el("pre", {}, ...rows.map(([sign, line]) =>
      el("span", { class: sign === "+" ? "plus" : sign === "-" ? "minus" : "" }, `${sign || " "} ${line}`))));
  };
  names.forEach((name, k) => {
    const button = el("button", { type: "button" }, `${k + 1}  ${name}`);
    button.addEventListener("click", () => { chosen = k; draw(); });
    list.append(button);
  });
  changes.addEventListener("change", draw);
  forms.forEach((button, k) => button.addEventListener("click", () => { asGraph = k === 1; draw(); }));
  const bar = el("div", { class: "stage-list forms", role: "group", "aria-label": "Form" }, ...forms, option);
  box.append(list, bar, says, text);
  draw();
}

// Lines that stay, go and come: the longest common subsequence, for texts of a usual length.
function difference(a, b) {
  let from = 0, endA = a.length, endB = b.length;
  while (from < endA && from < endB && a[from] === b[from]) from += 1;
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) { endA -= 1; endB -= 1; }
  const x = a.slice(from, endA), y = b.slice(from, endB), n = x.length, m = y.length;
  const middle = [];
  if (n * m > 4e6) middle.push(...x.map((l) => ["-", l]), ...y.map((l) => ["+", l]));
  else {
    const table = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
    for (let i = n - 1; i >= 0; i -= 1) {
      for (let j = m - 1; j >= 0; j -= 1) {
        table[i][j] = x[i] === y[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
      }
    }
    let i = 0, j = 0;
    while (i < n || j < m) {
      if (i < n && j < m && x[i] === y[j]) { middle.push(["", x[i]]); i += 1; j += 1; }
      else if (i < n && (j === m || table[i + 1][j] >= table[i][j + 1])) { middle.push(["-", x[i]]); i += 1; }
      else { middle.push(["+", y[j]]); j += 1; }
    }
  }
  const same = (part) => part.map((line) => ["", line]);
  return [...same(a.slice(0, from)), ...middle, ...same(a.slice(endA))];
}

function buildCheck() {
  const box = $("view-check"), check = data.check;
  if (!check) return;
  box.append(el("div", { class: "total" }, el("div", {}, el("b", {}, check.parts.length ? short(check.worst, 3) : "–"),
    "the largest relative difference")));
  box.append(el("div", { class: "prose" }, el("p", {},
    "Each element of the gradient beside the extrapolated central difference of the program, at this point."
    + (check.complete ? "" : " Only a sample of the elements was compared."))));
  for (const part of check.parts) {
    box.append(el("h2", { class: "more" }, code(part.name), ` · ${part.rows.length} of ${part.count}`));
    const table = el("table", { class: "sheet-table" }, head(["Element", "Gradient", "Difference", "Relative difference"], [1, 2, 3]));
    for (const [name, got, want, wrong] of part.rows) {
      table.append(el("tr", {}, cell(code(`${part.name}${name}`)), cell(short(got, 6), "r"), cell(short(want, 6), "r"),
        cell(short(wrong, 3), `r ${size(wrong) < 1e-5 ? "" : "bad"}`)));
    }
    box.append(el("div", { class: "sheet" }, table));
  }
}

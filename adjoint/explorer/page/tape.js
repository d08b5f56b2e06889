// What the forward half leaves for the backward half.

function buildTape() {
  const box = $("view-tape");
  const kept = data.residuals.filter((r) => r.kind !== "argument");
  const given = data.residuals.filter((r) => r.kind === "argument");
  const sum = (list, name) => list.reduce((total, r) => total + r[name], 0);
  const total = el("div", { class: "total" },
    el("div", {}, el("b", {}, bytes(sum(kept, "bytes"))), "saved by the forward half"),
    el("div", {}, el("b", {}, bytes(sum(kept, "shared"))), "on tapes, in arrays that are held already"),
    el("div", {}, el("b", {}, String(kept.length)), kept.length === 1 ? "residual" : "residuals"));
  box.append(total);
  if (kept.length) {
    const table = el("table", { class: "sheet-table" }, head(["Name", "What is saved", "Kind", "Line", "Used in", "Records", "Bytes"], [5, 6]));
    for (const r of kept) {
      const row = el("tr", {}, cell(code(r.name)), cell(code(r.text)),
        cell(r.kind === "tape" ? "each iteration" : "once"), cell(String(r.save)), cell(r.uses.join(", ")),
        cell(String(r.count), "r"), cell(bytes(r.bytes) + (r.shared ? ` + ${bytes(r.shared)} shared` : ""), "r"));
      row.addEventListener("click", () => { show("program"); change({ pinned: { side: "gradient", id: r.save } }); });
      table.append(row);
    }
    box.append(el("div", { class: "sheet" }, table));
  } else {
    box.append(el("p", {}, "The backward half needs nothing but the arguments."));
  }
  if (given.length) {
    const list = given.flatMap((r, k) => [k ? ", " : "", code(r.name)]);
    box.append(el("div", { class: "prose" }, el("h2", { class: "more" }, "Read again"),
      el("p", {}, "The caller keeps the arguments, so that the backward half reads them for nothing: ", ...list, ".")));
  }
}

const code = (text) => el("code", {}, text);
const cell = (content, name = "") => el("td", { class: name }, content);
function head(names, right = []) {
  return el("tr", {}, ...names.map((n, k) => el("th", { class: right.includes(k) ? "r" : "", scope: "col" }, n)));
}

// Tabs, keys, notices; then everything is built once.

const VIEWS = [["program", "Program"], ["tape", "Tape"], ["why", "Why"], ["stages", "Stages"], ["check", "Check"]]
  .filter(([name]) => name === "program" || name === "tape" || (data[name] && data[name].length !== 0));

function show(view) {
  for (const [name] of VIEWS) {
    $(`view-${name}`).hidden = name !== view;
    $(`tab-${name}`).setAttribute("aria-selected", String(name === view));
    $(`tab-${name}`).tabIndex = name === view ? 0 : -1;
  }
  document.querySelector(".transport").hidden = view !== "program";
  state.view = view;
  if (view === "program") { drawLanes(); drawLinks(); }
}

for (const [name, title] of VIEWS) {
  const tab = el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `view-${name}` }, title);
  tab.addEventListener("click", () => show(name));
  tab.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const k = (VIEWS.findIndex(([n]) => n === name) + step + VIEWS.length) % VIEWS.length;
    show(VIEWS[k][0]);
    $(`tab-${VIEWS[k][0]}`).focus();
    e.stopPropagation();
  });
  $("tabs").append(tab);
}

function notices() {
  const box = $("notice");
  if (data.error) box.append(el("p", { class: "bad" }, "The run ended with ", code(data.error)));
  const fault = data.nonfinite;
  if (fault) {
    const at = fault.primal.lines[0]?.split(":")[1];
    const half = fault.primal.backward ? "the derivative of" : "the value of";
    const kind = fault.way[0].kind, jump = el("button", { type: "button", id: "to-fault" }, "show it");
    jump.addEventListener("click", () => { show("program"); const s = faultStep(); if (s) change({ step: s.index }); });
    const lead = fault.reached
      ? `The result has ${fault.kind === "nan" ? "nan" : "infinity"}. The first ${kind} arose in `
      : `The result is finite, but a ${kind} arose in `;
    box.append(el("p", { class: fault.reached ? "bad" : "note" }, lead + `${half} `, code(fault.primal.text || "the arguments"),
      at ? ` on line ${at}.` : ".", jump));
    fault.way.forEach((event, k) => {
      const row = rows.gradient.get(event.line);
      row.classList.add("way");
      if (k === 0) row.classList.add("fault");
      if (!row.querySelector(".mark")) {
        row.append(el("span", { class: "mark" }, k === 0 ? `${event.text} is ${event.kind}` : event.kind));
      }
    });
    for (const id of fault.primal.lines) rows.primal.get(id)?.classList.add("fault");
  }
  const thinned = data.loops.filter((loop) => loop.stride > 1);
  if (thinned.length) {
    const which = thinned.map((loop) => `1 of ${loop.stride} iterations of the loop in line ${loop.place[0]?.split(":")[1] ?? loop.heads[0].line}`);
    box.append(el("p", { class: "note", id: "sampled" },
      `The run had ${data.count.toLocaleString("en")} steps; ${steps.length.toLocaleString("en")} are on this page: ${which.join(", ")}. ` +
      "Sparklines and the search for nan saw all of them."));
  }
}

function describe() {
  const [first] = data.doc.split("\n");
  const html = first.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/`([^`]+)`/g, "<code>$1</code>");
  $("doc").innerHTML = `${html} ${data.count.toLocaleString("en")} steps of one run.`;
}

document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || state.view !== "program") return;
  if (e.target.matches?.("input[type=range]") && e.target.id !== "step") return;
  const keys = {
    ArrowLeft: () => go(state.step - 1), ArrowRight: () => go(state.step + 1),
    Home: () => go(0), End: () => go(steps.length - 1), t: toTwin,
    ArrowUp: () => move(-1), ArrowDown: () => move(1),
    Escape: () => change({ pinned: null, hover: null }),
  };
  if (e.key === " " && !e.target.matches?.("button")) { e.preventDefault(); play(); return; }
  if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
});

// The next line up or down that has a link, in the text that was used last.
function move(by) {
  const side = state.pinned?.side ?? "gradient";
  const ids = [...rows[side].keys()].filter((id) => rows[side].get(id).classList.contains("linked"));
  const now = state.pinned?.id ?? steps[state.step]?.line;
  let k = ids.indexOf(now);
  k = k < 0 ? 0 : Math.min(Math.max(k + by, 0), ids.length - 1);
  if (!ids.length) return;
  const update = { pinned: { side, id: ids[k] }, hover: null };
  const step = side === "gradient" ? stepOf(data.gradient[ids[k] - 1].of) : null;
  if (step) update.step = step.index;
  change(update);
  keepInView($(side), rows[side].get(ids[k]));
}

$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
// A page that shows this one in a frame may say which theme it has.
addEventListener("message", (e) => {
  if (["light", "dark"].includes(e.data?.theme)) document.documentElement.dataset.theme = e.data.theme;
});
addEventListener("resize", () => { drawLanes(); drawLinks(); });

describe();
buildCode();
buildTape();
buildWhy();
buildStages();
buildCheck();
notices();
buildTransport();
onChange((update) => {
  if ("step" in update || !Object.keys(update).length) showStep();
  if ("pinned" in update || "hover" in update) showLinks();
});
show("program");
change({ step: faultStep()?.index ?? 0, pinned: null });

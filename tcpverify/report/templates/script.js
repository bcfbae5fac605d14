"use strict";
// Filters, and ladders to step through. Without it everything is readable: tables, pictures, details.

function filtered(form) {
  const claims = [...document.querySelectorAll(".claim")];
  const texts = claims.map((c) => (c.closest(".check, .group")?.querySelector("h3, summary").textContent + " " +
    [...c.querySelectorAll("h4, .formula, .cites, .instance, .small, a, code")].map((e) => e.textContent).join(" ")).toLowerCase());
  const told = form.querySelector("output");
  function apply() {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = form.elements.verdict.value, spec = form.elements.spec?.value ?? "";
    const asked = words.length > 0 || verdict !== "" || spec !== "";
    let shown = 0;
    claims.forEach((claim, i) => {
      const fits = words.every((w) => texts[i].includes(w)) &&
        (!verdict || claim.dataset.verdicts.split(";").includes(verdict)) &&
        (!spec || claim.dataset.spec === spec);
      claim.hidden = !fits;
      shown += fits;
    });
    document.querySelectorAll(".check, .group").forEach((part) => {
      part.hidden = asked && !part.querySelector(".claim:not([hidden])");
      if (part.tagName === "DETAILS") part.open = asked;
    });
    told.textContent = shown + " of " + claims.length + " claims";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

function part(name) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  made.setAttribute("class", name);
  made.setAttribute("x", "0");
  made.setAttribute("width", "100%");
  return made;
}

function entries(cell) {
  return [...cell.children].map((e) => {
    const [name, ...value] = e.textContent.trim().split(" = ");
    return [name, value.join(" = ")];
  });
}

function panel(title, values, changed) {
  const box = document.createElement("div"), head = document.createElement("h5"), list = document.createElement("dl");
  head.textContent = title;
  for (const [name, value] of values) {
    if (value === "nothing") continue;
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    const told = changed.has(name) ? document.createElement("mark") : document.createElement("span");
    told.textContent = value;
    dd.append(told);
    list.append(dt, dd);
  }
  box.append(head, list.childElementCount ? list : "nothing");
  return box;
}

function controls() {
  const bar = document.createElement("div"), where = document.createElement("p");
  bar.className = "controls";
  for (const [go, text] of [["first", "Start"], ["back", "Back"], ["next", "Next"], ["last", "End"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.go = go;
    button.textContent = text;
    bar.append(button);
  }
  where.className = "where";
  where.setAttribute("aria-live", "polite");
  bar.append(where);
  return bar;
}

function walkable(ladder) {
  const walk = ladder.querySelector(".walk"), now = document.createElement("div");
  now.className = "now";
  walk.prepend(controls(), now);
  const figure = walk.querySelector("figure"), svg = figure.querySelector("svg");
  const marks = walk.dataset.marks.split(";").map((m) => m.split(" ").map(Number));
  const table = ladder.querySelector(".steps table"), rows = [...table.tBodies[0].rows];
  const columns = [...table.tHead.rows[0].cells].slice(2).map((c) => c.textContent);
  figure.setAttribute("aria-label", "Ladder, to step through with the arrow keys");
  const here = part("here"), veil = part("veil");
  svg.querySelector("rect").after(here);
  svg.append(veil);
  const height = svg.viewBox.baseVal.height, last = marks.length - 1;
  const back = walk.querySelector("[data-go=back]"), next = walk.querySelector("[data-go=next]");
  let at = last;
  function show() {
    const [number, top, bottom] = marks[at];
    here.setAttribute("y", top);
    here.setAttribute("height", bottom - top);
    veil.setAttribute("y", bottom);
    veil.setAttribute("height", at === last ? 0 : height - bottom);
    back.disabled = at === 0;
    next.disabled = at === last;
    walk.querySelector(".where").textContent = number === 0 ? "Start, before step 1 of " + marks[last][0] :
      "Step " + number + " of " + marks[last][0] + ": " + rows[at].cells[1].textContent;
    now.replaceChildren(...columns.map((title, i) => {
      const values = new Map();
      for (const row of rows.slice(0, at + 1)) for (const [n, v] of entries(row.cells[i + 2])) values.set(n, v);
      return panel(title, values, new Set(at ? entries(rows[at].cells[i + 2]).map((e) => e[0]) : []));
    }));
    const scale = svg.getBoundingClientRect().height / height;
    const low = bottom * scale + 40 - figure.clientHeight, high = top * scale - 40;
    figure.scrollTop = Math.max(low, Math.min(figure.scrollTop, high));
  }
  const go = { first: () => 0, back: () => Math.max(0, at - 1), next: () => Math.min(last, at + 1), last: () => last };
  const keys = { Home: "first", ArrowLeft: "back", ArrowRight: "next", End: "last" };
  function move(how) {
    at = go[how]();
    show();
  }
  walk.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]");
    if (button) move(button.dataset.go);
  });
  walk.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !(event.key in keys)) return;
    event.preventDefault();
    move(keys[event.key]);
  });
  at = 0;
  show();
}

document.querySelectorAll(".filters").forEach(filtered);
document.querySelectorAll("details.ladder").forEach((ladder) => {
  ladder.addEventListener("toggle", (event) => {
    if (event.target === ladder && ladder.open && !ladder.dataset.ready) {
      ladder.dataset.ready = "yes";
      walkable(ladder);
    }
  });
});
document.querySelectorAll(".all").forEach((all) => {
  all.hidden = false;
  all.addEventListener("click", (event) => {
    const how = event.target.dataset.all;
    if (how) document.querySelectorAll(".claim:not([hidden]) details.ladder").forEach((d) => { d.open = how === "open"; });
  });
});
function arrive() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
  if (target) target.scrollIntoView();
}
window.addEventListener("hashchange", arrive);
arrive();

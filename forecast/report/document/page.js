// Sorting of tables; a map and a chart that answer to a choice. Nothing is fetched.
"use strict";

function sortTable(head) {
  const table = head.closest("table"), body = table.tBodies[0];
  const column = [...head.parentNode.children].indexOf(head);
  const up = head.getAttribute("aria-sort") === "descending" ||
    (!head.hasAttribute("aria-sort") && head.classList.contains("word"));
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const words = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const value = (row) => row.cells[column].dataset.v;
  const rows = [...body.rows].filter((row) => !row.classList.contains("total"));
  rows.sort((a, b) => {
    const x = value(a), y = value(b), sign = up ? 1 : -1;
    if (head.classList.contains("number")) {
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return sign * (Number(x) - Number(y));
    }
    return sign * words.compare(a.cells[column].textContent, b.cells[column].textContent);
  });
  body.append(...rows);
}
for (const head of document.querySelectorAll("th"))
  head.querySelector("button").addEventListener("click", () => sortTable(head));

const data = JSON.parse(document.getElementById("data").textContent);
const blank = document.documentElement.lang === "en" ? "," : "\u00a0";

function say(value, digits, signed) {
  if (value === null || value === undefined) return data.words.unknown;
  const parts = Math.abs(value).toFixed(digits).split(".");
  parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, blank);
  const text = parts.join(document.documentElement.lang === "en" ? "." : ",");
  const zero = Number(Math.abs(value).toFixed(digits)) === 0;
  return (value < 0 && !zero ? "\u2212" : signed && !zero ? "+" : "") + text;
}

function draw(name, attributes, parent, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

// What the map shades: the last number, of the population its change since the base, per cent.
function shaded(measure, region) {
  const values = measure.values[region], last = values[values.length - 1];
  if (!measure.growth) return last;
  const base = values[measure.years.indexOf(data.base)];
  return last === null || base === null ? null : 100 * (last / base - 1);
}
const digitsOf = (measure) => (measure.growth ? 1 : measure.digits);
const unitOf = (measure) => (measure.growth ? "%" : measure.unit);

const blues = ["#dcebf7", "#b3d3ec", "#7eb4dc", "#4690c6", "#0b477b"];
const oranges = ["#fde3c8", "#f9bd82", "#ee9140", "#cc6a12", "#6b3202"];

// Bounds of five classes by size, whatever the sign: one shade is one size on both sides.
function bounds(measure) {
  const sizes = data.regions.map((region) => region.id).filter((id) => id !== data.nation)
    .map((id) => shaded(measure, id)).filter((value) => value !== null && value !== undefined)
    .map(Math.abs).sort((a, b) => a - b);
  return [1, 2, 3, 4].map((k) => sizes[Math.floor((k * sizes.length) / 5)] || 0);
}

function colouring(cuts) {
  return (value) => (value === null || value === undefined ? "#eeeeee"
    : (value < 0 ? oranges : blues)[cuts.filter((cut) => Math.abs(value) >= cut).length]);
}

function drawKey(picture, measure, cuts, box) {
  const wide = box.width / 10, y = box.y + box.height + 18;
  [...oranges.slice().reverse(), ...blues].forEach((colour, k) => {
    draw("rect", { x: box.x + k * wide, y: y, width: wide, height: 16, fill: colour }, picture);
    const cut = k < 4 ? -cuts[3 - k] : k === 4 ? 0 : cuts[k - 5];
    if (k < 9) draw("text", { x: box.x + (k + 1) * wide, y: y + 42, "text-anchor": "middle",
      class: "key" }, picture, say(cut, digitsOf(measure), true));
  });
  return y + 50;
}

function drawMap(measure, chosen, choose) {
  const room = document.getElementById("map");
  room.replaceChildren();
  if (!Object.keys(data.shapes).length) return;
  const cuts = bounds(measure), colour = colouring(cuts);
  const picture = draw("svg", { viewBox: "-5 -5 1010 640", role: "group" }, room);
  for (const region of data.regions) {
    const shape = data.shapes[region.id];
    if (!shape) continue;
    const value = shaded(measure, region.id);
    const text = `${region.name}: ${say(value, digitsOf(measure), true)} ${unitOf(measure)}`;
    const path = draw("path", { d: shape, fill: colour(value), tabindex: 0, role: "button",
      "aria-label": text, class: region.id === chosen ? "chosen" : "" }, picture);
    draw("title", {}, path, text);
    path.addEventListener("click", () => choose(region.id));
    path.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(region.id); }
    });
  }
  const box = picture.getBBox(), foot = drawKey(picture, measure, cuts, box);
  picture.setAttribute("viewBox",
    `${box.x - 30} ${box.y - 5} ${box.width + 60} ${foot - box.y + 5}`);
  const top = picture.querySelector(".chosen");
  if (top) picture.append(top);
}

function ticks(low, high) {
  const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((k) => k >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + 1e-9 * step; at += step) found.push(at);
  return [found, Math.max(0, -Math.floor(Math.log10(step)) + (step / power === 2.5 ? 1 : 0))];
}

function drawChart(measure, region) {
  const room = document.getElementById("chart"), read = document.getElementById("read");
  room.replaceChildren();
  const wide = 520, high = 360, edge = { left: 88, right: 24, top: 44, bottom: 32 };
  const values = measure.values[region.id];
  const low = measure.low ? measure.low[region.id] : [], up = measure.high ? measure.high[region.id] : [];
  const known = [...values, ...low, ...up].filter((v) => v !== null && v !== undefined);
  const picture = draw("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img",
    "aria-label": `${region.name}: ${measure.name}` }, room);
  draw("text", { x: 4, y: 16, "font-weight": 600 }, picture, region.name);
  draw("text", { x: 4, y: 33, class: "grey" }, picture, `${measure.name}, ${measure.unit}`);
  if (!known.length) { read.textContent = data.words.unknown; return; }
  let least = Math.min(...known), most = Math.max(...known);
  const pad = (most - least || Math.abs(most) || 1) * 0.08;
  least -= pad; most += pad;
  const first = measure.years[0], last = measure.years[measure.years.length - 1];
  const x = (year) => edge.left + ((year - first) / (last - first || 1)) * (wide - edge.left - edge.right);
  const y = (v) => high - edge.bottom - ((v - least) / (most - least)) * (high - edge.top - edge.bottom);
  const start = Math.max(first, data.base);
  draw("rect", { x: x(start), y: edge.top, width: x(last) - x(start),
    height: high - edge.top - edge.bottom, fill: "#efefef" }, picture);
  const [marks, digits] = ticks(least, most);
  for (const mark of marks) {
    draw("line", { x1: edge.left, x2: wide - edge.right, y1: y(mark), y2: y(mark), stroke: "#d9d9d9" }, picture);
    draw("text", { x: edge.left - 6, y: y(mark) + 4, "text-anchor": "end" }, picture, say(mark, digits));
  }
  const every = Math.ceil(measure.years.length / 7);
  measure.years.forEach((year, k) => {
    if ((measure.years.length - 1 - k) % every === 0)
      draw("text", { x: x(year), y: high - 10, "text-anchor": "middle" }, picture, String(year));
  });
  const band = measure.years.map((year, k) => [year, low[k], up[k]])
    .filter((one) => one[1] !== null && one[1] !== undefined);
  if (band.length)
    draw("polygon", { fill: "#9ecae1", opacity: 0.7, points: [...band.map((b) => `${x(b[0])},${y(b[1])}`),
      ...band.reverse().map((b) => `${x(b[0])},${y(b[2])}`)].join(" ") }, picture);
  const points = measure.years.map((year, k) => [year, values[k], k]).filter((p) => p[1] !== null);
  draw("polyline", { fill: "none", stroke: "#0072b2", "stroke-width": 2.5,
    points: points.map((p) => `${x(p[0])},${y(p[1])}`).join(" ") }, picture);
  const dot = draw("circle", { r: 5, fill: "#d55e00" }, picture);
  const show = (p) => {
    dot.setAttribute("cx", x(p[0])); dot.setAttribute("cy", y(p[1]));
    const sure = low[p[2]] === null || low[p[2]] === undefined ? ""
      : ` (${say(low[p[2]], measure.digits)} \u2013 ${say(up[p[2]], measure.digits)})`;
    read.textContent = `${region.name}, ${p[0]}: ${say(p[1], measure.digits)} ${measure.unit}${sure} `;
    if (document.getElementById(`region-${region.id}`)) {
      const link = document.createElement("a");
      link.href = `#region-${region.id}`; link.textContent = data.words.passport;
      read.append(link);
    }
  };
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect(), at = ((event.clientX - box.left) / box.width) * wide;
    show(points.reduce((best, p) => (Math.abs(x(p[0]) - at) < Math.abs(x(best[0]) - at) ? p : best)));
  });
  show(points[points.length - 1]);
}

function explore() {
  const measures = document.getElementById("measure"), regions = document.getElementById("region");
  for (const [k, measure] of data.measures.entries()) measures.append(new Option(measure.name, k));
  for (const region of data.regions) regions.append(new Option(region.name, region.id));
  const redraw = () => {
    const measure = data.measures[measures.value];
    const region = data.regions.find((one) => one.id === regions.value);
    drawMap(measure, region.id, (id) => { regions.value = id; redraw(); });
    drawChart(measure, region);
  };
  measures.addEventListener("change", redraw);
  regions.addEventListener("change", redraw);
  document.getElementById("explorer").hidden = false;
  redraw();
}
explore();

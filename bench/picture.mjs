// Draws how Stowage compares with the baseline, for the README: bars on a logarithmic axis.
import { BASELINE } from "./adapters/index.mjs";
import { peer } from "./adapters/peers.mjs";
import { times } from "./report.mjs";
import { median, ratios } from "./statistics.mjs";
import { GROUPS } from "./workloads/index.mjs";

/** @typedef {import("./measure.mjs").Sample} Sample */
/** @typedef {{ name: string, label: string, title: string, ratio: number }} Bar */

const { default: domino } = await peer("@mixmark-io/domino");
const Plot = await peer("@observablehq/plot");

const OWN = "stowage";

/** A group of workloads a panel; those that are about one library or about size have none. */
const PANELS = ["Memory", "Files", "Queue over files", "Latency", "Start-up and size"];

const WIDTH = 860;
const BAR = 17;
const PANEL = 46;
const MARGINS = { marginTop: 26, marginBottom: 20, marginLeft: 345, marginRight: 50 };

/** Readable on white and on black, also by those who tell red from green badly. */
const STYLE = `
  .figure { color: #1f2328 }
  .better rect { fill: #1a7f64 } .worse rect { fill: #c2571a }
  .grid line { stroke: #d0d7de } .scale text { fill: #59636e; font-size: 10px }
  @media (prefers-color-scheme: dark) {
    .figure { color: #e6edf3 }
    .better rect { fill: #3fb68b } .worse rect { fill: #e8894a }
    .grid line { stroke: #3d444d } .scale text { fill: #9198a1 }
  }`;

/**
 * @param {Sample[]} samples
 * @returns {string} SVG, without anything that a browser must fetch.
 */
export function pictureOf(samples) {
  const panels = PANELS.map((title) => ({ title, bars: barsOf(title, samples) })).filter(
    ({ bars }) => bars.length > 0,
  );
  const ends = endsOf(panels.flatMap(({ bars }) => bars));
  let y = HEAD;
  const parts = panels.map(({ title, bars }) => {
    const height = PANEL + bars.length * BAR;
    const part = panelOf(title, bars, ends, y, height);
    y += height;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="figure" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="How many times faster Stowage is than ${BASELINE}">
<style>${STYLE}
</style>
<text x="8" y="24" font-size="16" font-weight="600" fill="currentColor">Stowage: how many times faster, or smaller, than ${BASELINE}</text>
${parts.join("\n")}
</svg>
`;
}
const HEAD = 34;

/**
 * @param {string} title
 * @param {Sample[]} samples
 * @returns {Bar[]}
 */
function barsOf(title, samples) {
  const { workloads = [] } = GROUPS.find((group) => group.title === title) ?? {};
  return workloads.flatMap(({ name }) => {
    const all = samples.filter(({ workload }) => workload === name);
    const baseline = all.filter(({ adapter }) => adapter === BASELINE);
    const own = all.filter(({ adapter }) => adapter === OWN);
    const taken = ratios(own, baseline, "value");
    if (taken.length === 0) return [];
    const ratio = median(taken);
    return [{ name, title, ratio, label: times(ratio) }];
  });
}

/** The axis shows both sides of 1 and leaves room for the labels of the longest bars. */
function endsOf(/** @type {Bar[]} */ bars) {
  const all = bars.map(({ ratio }) => ratio);
  return [Math.min(0.5, ...all) * 0.5, Math.max(2, ...all) * 1.1];
}

/**
 * @param {string} title
 * @param {Bar[]} bars
 * @param {number[]} domain
 * @param {number} y
 * @param {number} height
 */
function panelOf(title, bars, domain, y, height) {
  const { document } = domino.createWindow("");
  const panel = Plot.plot({
    document,
    width: WIDTH,
    height,
    ...MARGINS,
    style: { fontFamily: "inherit", fontSize: "12px", color: "inherit" },
    x: { type: "log", domain, label: null },
    y: { domain: bars.map(({ name }) => name), label: null, padding: 0.25 },
    marks: marksOf(bars, domain),
  });
  const heading = `<text x="8" y="16" font-size="13" font-weight="600" fill="currentColor">${title}</text>`;
  return `<g transform="translate(0 ${y})">${heading}${panel.outerHTML}</g>`;
}

/**
 * @param {Bar[]} bars
 * @param {number[]} domain
 */
function marksOf(bars, [low = 0, high = 0]) {
  const ticks = TICKS.filter((tick) => tick >= low && tick <= high);
  const better = bars.filter(({ ratio }) => ratio >= 1);
  const worse = bars.filter(({ ratio }) => ratio < 1);
  const text = { y: "name", x: "ratio", text: "label", fill: "currentColor", fontSize: 11 };
  return [
    Plot.gridX({ ticks, className: "grid", strokeOpacity: 1 }),
    // As text: a format would be asked for some of the ticks only.
    Plot.axisX({ ticks, text: ticks.map((tick) => `${tick}×`), tickSize: 0, className: "scale" }),
    Plot.axisY({ tickSize: 0, tickFormat: shortName }),
    Plot.rect(better, { y: "name", x1: 1, x2: "ratio", className: "better" }),
    Plot.rect(worse, { y: "name", x1: 1, x2: "ratio", className: "worse" }),
    Plot.ruleX([1], { stroke: "currentColor" }),
    Plot.text(better, { ...text, dx: 4, textAnchor: "start" }),
    Plot.text(worse, { ...text, dx: -4, textAnchor: "end" }),
  ];
}
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

/** The stack is named by the panel. @param {string} name */
const shortName = (name) => name.replace(/^(memory|fs|queue\(fs\)) (?!taken)/, "");

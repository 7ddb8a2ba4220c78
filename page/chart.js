// SPDX-License-Identifier: BSD-3-Clause
// One link through time: both directions, lines for the 95th percentile, commitments and capacity, gaps shaded.
/* global Dygraph */
import { by } from "./dom.js";
import * as format from "./format.js";

const SHADED = { m: "--gap", l: "--weak", p: "--weak" };
// The library's own legend writes style attributes, which the page's policy refuses; chart-says has its place.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

let graph = null;
let shown = null; // {rows, states, lines, words}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Runs of bins that are not ok, as [from, to, letter] in milliseconds. */
function runs(start, step, states) {
	const found = [];

	[...states].forEach((letter, i) => {
		const from = (start + i * step) * 1000, to = from + step * 1000, last = found[found.length - 1];

		if (letter === "o")
			return;
		if (last?.[1] === from && last[2] === letter)
			last[1] = to;
		else
			found.push([from, to, letter]);
	});
	return found;
}

function shade(canvas, area, g) {
	for (const [from, to, letter] of shown.runs) {
		const x = g.toDomXCoord(from), width = Math.max(g.toDomXCoord(to) - x, 1);

		canvas.fillStyle = colour(SHADED[letter]);
		canvas.fillRect(x, area.y, width, area.h);
	}
}

function rule(canvas, area, g, { value, word, name, dash }) {
	const y = g.toDomYCoord(value);

	if (y < area.y - 1 || y > area.y + area.h)
		return;
	canvas.strokeStyle = canvas.fillStyle = colour(name);
	canvas.setLineDash(dash);
	canvas.lineWidth = 1.5;
	canvas.beginPath();
	canvas.moveTo(area.x, y);
	canvas.lineTo(area.x + area.w, y);
	canvas.stroke();
	canvas.setLineDash([]);
	canvas.font = "12px system-ui, sans-serif";
	canvas.fillText(word, area.x + 6, y - 4 < area.y + 10 ? y + 14 : y - 4);
}

function under(canvas, area, g) {
	shade(canvas, area, g);
	for (const line of shown.lines)
		rule(canvas, area, g, line);
}

/** Two directions as rows; the x axis is UTC. */
function rowsOf(times, series) {
	const number = (value) => value === null || value === undefined ? null : Number(value);

	return times.map((time, i) => [new Date(time * 1000), number(series.ingress[i]), number(series.egress[i])]);
}

function top(rows, lines, full) {
	let most = 1;

	for (const [, a, b] of rows)
		most = Math.max(most, a ?? 0, b ?? 0);
	for (const line of lines)
		if (full || !line.far || line.value < 1.6 * most)
			most = Math.max(most, line.value);
	return most * 1.08;
}

function hover(event, x, points) {
	const said = points.map((p) => (p.name === "in" ? "in " : "out ") + format.rate(p.yval)).join(", ");

	by("chart-says").textContent = new Date(x).toISOString().slice(0, 19).replace("T", " ") + " UTC: " + said;
}

function options(full) {
	return {
		labels: ["time", "in", "out"],
		labelsUTC: true,
		colors: [colour("--in"), colour("--out")],
		series: { in: { strokeWidth: 1.8 }, out: { strokeWidth: 1.8, strokePattern: [7, 2] } },
		valueRange: [0, top(shown.rows, shown.lines, full)],
		axes: {
			y: { axisLabelFormatter: (y) => format.rate(y), axisLabelWidth: 82, pixelsPerLabel: 36, gridLineColor: colour("--line") },
			x: { drawGrid: false, gridLineColor: colour("--line") },
		},
		axisLineColor: colour("--line"),
		connectSeparatedPoints: false,
		drawPoints: shown.rows.length < 3,
		pointSize: 3,
		highlightCircleSize: 4,
		underlayCallback: under,
		highlightCallback: hover,
		unhighlightCallback: () => { by("chart-says").textContent = shown.words; },
	};
}

export function drawChart({ times, series, start, step, states, lines, words, full }) {
	const element = by("chart");

	shown = { rows: rowsOf(times, series), runs: states ? runs(start, step, states) : [], lines, words };
	by("chart-says").textContent = words;
	element.dataset.points = times.length;
	if (!times.length) {
		graph?.destroy();
		graph = null;
	} else if (graph) {
		graph.updateOptions({ ...options(full), file: shown.rows, dateWindow: null });
	} else {
		graph = new Dygraph(element, shown.rows, options(full));
	}
}

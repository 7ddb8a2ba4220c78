// SPDX-License-Identifier: BSD-3-Clause
// Asks the server, keeps what it said, and draws. Every figure is the server's.
import * as api from "./api.js";
import { by, put } from "./dom.js";
import { drawBoard } from "./board.js";
import { drawDetail } from "./detail.js";
import { drawMap } from "./map.js";
import { drawMatrix, drawQuality } from "./tables.js";
import * as format from "./format.js";

const OFTEN = 10_000, SELDOM = 60_000; // ms between two looks at the five-minute figures, and at the tables

const state = { overview: null, detail: null, chosen: null, lost: null, span: "hours", full: false, ahead: 0, heard: null,
	looked: 0, tables: 0, stream: null };

// --- state of the connection ---

function say(kind, text) {
	const pill = by("state");

	if (pill.textContent !== text)
		pill.textContent = text;
	pill.className = "pill " + kind;
}

/** Behind by more than some intervals: nobody meters, or we are not told. */
function tick() {
	const now = Date.now() + state.ahead;

	by("clock").textContent = new Date(now).toISOString().slice(11, 19);
	if (!state.overview || state.stream?.readyState !== EventSource.OPEN)
		return;
	const meters = state.overview.meters;
	const behind = Math.max(0, ...meters.map((m) => (now - Date.parse(m.end)) / 1000 - m.interval));

	if (meters.some((m) => m.failing))
		say("lost", "a meter cannot be read");
	else if (behind > 15 + 3 * Math.max(...meters.map((m) => m.interval)))
		say("stale", "no interval for " + format.duration(Math.round(behind)));
	else
		say("live", "live");
}

// --- drawing ---

const operator = () => state.overview.partner === null;

function drawFrame() {
	const o = state.overview;

	by("page").hidden = false;
	by("enter").hidden = true;
	put(by("whose"), operator() ? "All links" : "Partner " + o.partner);
	put(by("month"), o.ready ? `${format.month(o.month)}, up to ${format.minute(o.end)} UTC` : "");
	by("progress").hidden = o.ready;
	put(by("progress"), `Reading the journal: ${o.read_percent} %`);
	for (const element of document.querySelectorAll(".operator"))
		element.hidden = !operator();
	for (const element of document.querySelectorAll(".with-capacity"))
		element.hidden = !o.links.some((link) => link.capacity);
}

function draw() {
	drawFrame();
	drawBoard(state);
	drawMap(state);
	if (state.detail)
		drawDetail(state);
}

// --- asking ---

async function guarded(work) {
	try {
		await work();
	} catch (error) {
		if (error instanceof api.Unauthorized)
			signIn();
		else
			say("lost", "no answer: " + error.message);
	}
}

async function lookDetail() {
	if (!state.chosen && state.overview.links.length)
		state.chosen = state.overview.links[0].name;
	if (state.chosen && state.overview.ready)
		state.detail = await api.get("link", { name: state.chosen });
}

async function lookTables() {
	state.tables = Date.now();
	const [matrix, quality] = await Promise.all([api.get("matrix"), api.get("quality")]);

	drawMatrix(matrix);
	drawQuality(quality);
}

const look = () => guarded(async () => {
	state.looked = Date.now();
	state.overview = await api.get("overview");
	state.ahead = Date.parse(state.overview.time) - Date.now();
	await lookDetail();
	draw();
	if (state.overview.ready && Date.now() - state.tables > SELDOM)
		await lookTables();
	if (!state.overview.ready)
		setTimeout(look, 1000);
});

const choose = (name) => guarded(async () => {
	state.chosen = name;
	await lookDetail();
	draw();
});

// --- the stream ---

function take(news) {
	state.ahead = Date.parse(news.time) - Date.now();
	if (!state.overview)
		return;
	state.overview.meters = news.meters;
	for (const fresh of news.links) {
		const link = state.overview.links.find((l) => l.name === fresh.name);

		if (link)
			link.now = fresh.now;
	}
	drawBoard(state);
	drawMap(state);
	tick();
	if (news.ready && Date.now() - state.looked > OFTEN)
		look();
}

function listen() {
	state.stream?.close();
	state.stream = api.listen(take, () => say("lost", "connection lost, trying again"));
}

// --- people ---

function signIn() {
	state.stream?.close();
	by("page").hidden = true;
	by("enter").hidden = false;
	say("", "signed out");
	by("token").focus();
}

function start() {
	by("enter").hidden = true;
	guarded(async () => {
		await look();
		if (state.overview)
			listen();
	});
}

by("login").addEventListener("submit", async (event) => {
	event.preventDefault();
	try {
		await api.login(by("token").value);
		by("token").value = "";
		put(by("refused"), "");
		by("leave").hidden = false;
		start();
	} catch {
		put(by("refused"), "This token is not known.");
	}
});

by("leave").addEventListener("click", async () => {
	await api.logout();
	location.reload();
});

document.addEventListener("click", (event) => {
	const open = event.target.closest("[data-open]"), spanned = event.target.closest("[data-span]");

	if (open)
		choose(open.dataset.open);
	if (spanned) {
		state.span = spanned.dataset.span;
		draw();
	}
});

by("scale").addEventListener("click", () => {
	state.full = !state.full;
	draw();
});

document.addEventListener("keydown", (event) => {
	const route = event.target.closest?.("#map [data-open]");

	if (route && (event.key === "Enter" || event.key === " ")) {
		event.preventDefault();
		choose(route.dataset.open);
	}
});

document.addEventListener("theme", () => state.overview && draw());
setInterval(tick, 1000);
tick();
start();

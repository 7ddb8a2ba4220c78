// SPDX-License-Identifier: BSD-3-Clause
// Elements without templates: text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (name === "on")
			for (const [event, listener] of Object.entries(value))
				element.addEventListener(event, listener);
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	}
	for (const child of children.flat())
		if (child !== null && child !== undefined)
			element.append(child);
	return element;
}

export const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
export const by = (id) => document.getElementById(id);

/** Replaces what is in `element`, and leaves it alone if nothing would change: focus and selection stay. */
export function put(element, ...children) {
	const fresh = element.cloneNode(false);

	fresh.append(...children.flat().filter((child) => child !== null && child !== undefined));
	if (fresh.innerHTML !== element.innerHTML)
		element.replaceChildren(...fresh.childNodes);
}

/** A table from a head and rows of cells; a cell is text, a node, or {text, attributes}. */
export function table(target, caption, head, rows) {
	const cell = (tag, what, more) => {
		const said = what?.attributes !== undefined && !(what instanceof Node) ? what : { text: what, attributes: {} };

		return el(tag, { ...more, ...said.attributes }, said.text);
	};

	put(target,
		el("caption", {}, caption),
		el("thead", {}, el("tr", {}, head.map((h) => cell("th", h, { scope: "col" })))),
		el("tbody", {}, rows.map((row) => el("tr", {},
			row.map((c, i) => i ? cell("td", c, {}) : cell("th", c, { scope: "row" }))))));
}

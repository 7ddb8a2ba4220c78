// SPDX-License-Identifier: BSD-3-Clause
// Light or dark before the first paint: as the system says, unless the reader has said otherwise.
"use strict";
(function () {
	var themes = ["system", "light", "dark"];
	var kept = null;

	try {
		kept = localStorage.getItem("theme");
	} catch (refused) {
		kept = null;
	}
	var theme = themes.indexOf(kept) > 0 ? kept : "system";

	function apply() {
		var button = document.getElementById("theme");

		if (theme === "system")
			delete document.documentElement.dataset.theme;
		else
			document.documentElement.dataset.theme = theme;
		if (button)
			button.textContent = "Theme: " + theme;
		document.dispatchEvent(new CustomEvent("theme"));
	}

	function next() {
		theme = themes[(themes.indexOf(theme) + 1) % themes.length];
		try {
			localStorage.setItem("theme", theme);
		} catch (refused) {
			// Then the choice lasts as long as the page.
		}
		apply();
	}

	apply();
	document.addEventListener("DOMContentLoaded", function () {
		document.getElementById("theme").addEventListener("click", next);
		apply();
	});
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
})();

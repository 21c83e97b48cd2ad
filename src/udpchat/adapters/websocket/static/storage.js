// What the browser keeps: the session for this tab, name and claim for all. A browser may refuse; then the page forgets.

const PREFIX = "udpchat.";

const area = (name) => ({
	get(key) {
		try {
			return JSON.parse(window[name].getItem(PREFIX + key));
		} catch {
			return null;
		}
	},
	set(key, value) {
		try {
			window[name].setItem(PREFIX + key, JSON.stringify(value));
		} catch {
			// Full or forbidden.
		}
	},
});

export const ofTab = area("sessionStorage");
export const ofBrowser = area("localStorage");

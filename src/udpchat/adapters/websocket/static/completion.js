// What can stand at the caret: commands from the server's table, and the names of those who are here.

const SHOWN = 6; // suggestions at once; more would cover the room

let table = []; // of {usage, does, example, words}

export async function loadCommands() {
	try {
		table = await (await fetch("commands.json")).json();
	} catch {
		// Completion is a comfort.
	}
}

// While a word is typed, the commands that begin with it; behind it, that command as `whole`.
export function commandsFor(text) {
	const [, typed, blank] = /^(\/[^\s/]*)(\s?)/.exec(text) ?? [];
	if (!typed || text.startsWith("//")) return [];
	const word = typed.toLowerCase();
	if (blank) return table.filter(({ words }) => words.includes(word)).map((row) => ({ ...row, whole: true }));
	return table.filter(({ words }) => words.some((each) => each.startsWith(word))).slice(0, SHOWN);
}

// The names that complete the word before the caret, and where it starts; null if there are none.
export function namesFor(text, caret, names) {
	const word = /[^\s@]+$/.exec(text.slice(0, caret))?.[0].toLowerCase();
	const found = word ? names.filter((each) => each.toLowerCase().startsWith(word)) : [];
	return found.length ? { start: caret - word.length, names: found, index: 0, end: caret } : null;
}

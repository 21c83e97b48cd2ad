// Elements, and text as text: nothing that people say is ever HTML. Links become links.

const LINK = /\bhttps?:\/\/[^\s<>"]+/gi;
const TRAILING = /[.,;:!?'")\]}*_]+$/; // ends the sentence, not the address
const GOLDEN = 137.5; // degrees; colors of neighbouring numbers are far apart

export const $ = (id) => document.getElementById(id);

export function make(tag, name = "", text = "", ...children) {
	const element = document.createElement(tag);
	if (name) element.className = name;
	element.append(text, ...children);
	return element;
}

// Append text to an element, with its links.
export function write(element, text) {
	let end = 0;
	for (const { 0: found, index } of text.matchAll(LINK)) {
		const address = withoutEnd(found);
		if (!URL.canParse(address)) continue;
		const link = make("a", "", address);
		Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer" });
		element.append(text.slice(end, index), link);
		end = index + address.length;
	}
	element.append(text.slice(end));
	return element;
}

function withoutEnd(found) {
	const bare = found.replace(TRAILING, "");
	const closes = found[bare.length] === ")" && bare.includes("(") && !bare.includes(")");
	return closes ? `${bare})` : bare;
}

// Whether a text says a name, as a word of its own.
export function mentions(text, nick) {
	const word = nick.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
	return new RegExp(`(?<![\\p{L}\\p{N}\\p{M}-])${word}(?![\\p{L}\\p{N}\\p{M}-])`, "iu").test(text);
}

// A name in its own direction, and in a color that is the same in every browser.
export function name(nick) {
	let sum = 0;
	for (const character of nick.toLowerCase()) sum = (sum * 31 + character.codePointAt(0)) % 9973;
	const element = make("bdi", "nick", nick);
	element.style.setProperty("--hue", (sum * GOLDEN) % 360);
	element.title = nick; // a long one is cut
	return element;
}

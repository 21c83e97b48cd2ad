// The two panels: rooms and private conversations, and the members of the room.

import { $, make, name } from "./text.js";

const MANY = 99; // unread lines; more are not counted for the eye

const panels = [
	[$("side"), $("open-side")],
	[$("members"), $("open-members")],
];

// Show rooms and private conversations; `turnTo` goes to one.
export function showConversations(all, current, turnTo) {
	const item = (each) => {
		const { name: title, isRoom, unread, called, here } = each;
		const button = make("button", here ? "" : "gone", make("span", "sign", isRoom ? "#" : "@"), make("bdi", "", title));
		if (each === current) button.ariaCurrent = "page";
		if (unread) {
			const count = make("span", called ? "count called" : "count", unread > MANY ? `${MANY}+` : unread);
			button.append(make("span", "unseen", called ? "with your name, unread: " : "unread: "), count);
		}
		return [button, () => turnTo(each)];
	};
	list($("rooms"), all.filter(({ isRoom }) => isRoom).map(item));
	list($("privates"), all.filter(({ isRoom }) => !isRoom).map(item));
	$("private-heading").hidden = all.every(({ isRoom }) => isRoom);
	$("open-side").classList.toggle("dot", all.some((each) => each !== current && each.unread));
}

// Show who is in a room, oneself first; `writeTo` begins a private conversation.
export function showMembers(members, me, writeTo) {
	const here = [...members].sort(([a], [b]) => (b === me) - (a === me) || a.localeCompare(b));
	const item = ([nick, away]) => {
		const note = nick === me ? "you" : away === null ? "" : `away${away && away !== true ? `: ${away}` : ""}`;
		const button = make("button", away === null ? "" : "away", name(nick), make("span", "muted", note));
		button.disabled = nick === me;
		button.title = nick === me ? "" : `Write to ${nick} alone`;
		return [button, () => writeTo(nick)];
	};
	list($("member-list"), here.map(item));
	$("count").textContent = here.length;
	$("open-members").ariaLabel = `Members: ${here.length}`;
}

// Replace the items of a list, and keep the focus where it was.
function list(element, items) {
	const focused = [...element.children].findIndex((each) => each.contains(document.activeElement));
	element.replaceChildren(
		...items.map(([button, act]) => {
			button.onclick = () => {
				closePanels();
				act();
			};
			return make("li", "", button);
		}),
	);
	if (focused >= 0) element.children[Math.min(focused, items.length - 1)]?.firstChild.focus();
}

function closePanels() {
	for (const [panel, opener] of panels) {
		if (panel.classList.contains("open") && panel.contains(document.activeElement)) opener.focus();
		panel.classList.remove("open");
		opener.ariaExpanded = "false";
	}
	$("shade").hidden = true;
}

// Let the buttons of a narrow page open the panels. `opened` is called when one opens.
export function watchPanels(opened) {
	for (const [panel, opener] of panels) {
		opener.onclick = () => {
			closePanels();
			panel.classList.add("open");
			opener.ariaExpanded = "true";
			$("shade").hidden = false;
			(panel.querySelector("[aria-current]") ?? panel.querySelector("button:enabled"))?.focus();
			opened();
		};
	}
	$("shade").onclick = closePanels;
	addEventListener("keydown", ({ key }) => key === "Escape" && !document.querySelector("[open]") && closePanels());
}

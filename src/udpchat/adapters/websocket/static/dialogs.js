// Three small dialogs: to another room, one's own name, and the address for others.

import { ofBrowser } from "./storage.js";
import { $, make } from "./text.js";

export const netcat = () => (location.port ? `nc -u ${location.hostname.replace(/[[\]]/g, "")} ${location.port}` : "");

// Let the buttons open the dialogs, which act on the chat.
export function watchDialogs(chat) {
	for (const button of document.querySelectorAll("[data-close]")) button.onclick = () => button.closest("dialog").close("");
	for (const [opener, fill] of Object.entries({ go: () => rooms(chat), self: () => self(chat), bring })) {
		$(opener).onclick = () => {
			fill();
			$(`${opener}-dialog`).returnValue = "";
			$(`${opener}-dialog`).showModal();
		};
	}
	$("go-dialog").onclose = ({ target }) => {
		const room = $("go-name").value.trim();
		if (target.returnValue && room) chat.send(`/join ${room}`);
	};
	$("self-dialog").onclose = ({ target }) => {
		const nick = $("self-nick").value.trim();
		const acts = { name: nick === chat.me ? "" : `/nick ${nick}`, claim: ofBrowser.get("claim") ? "/release" : "/claim", quit: "/quit" };
		if (acts[target.returnValue]) chat.send(acts[target.returnValue]);
	};
}

function rooms(chat) {
	$("go-name").value = "";
	$("go-rooms").replaceChildren();
	chat.askRooms((found) => $("go-rooms").append(...found.map(item)));
}

function item({ name: room, members, topic }) {
	const button = make("button", "", make("bdi", "", room), make("span", "muted", ` ${members}${topic ? ` · ${topic}` : ""}`));
	button.type = "button";
	button.title = `${members} here`;
	button.onclick = () => {
		$("go-name").value = room;
		$("go-dialog").close("go");
	};
	return make("li", "", button);
}

function self(chat) {
	const claim = ofBrowser.get("claim");
	$("self-nick").value = chat.me;
	$("claim").textContent = claim ? "Give it up" : "Keep this name";
	$("self-claim").textContent = claim
		? `${claim.nick} is yours: nobody else gets this name.`
		: "Keep your name, and nobody else gets it. This browser remembers the token that proves it.";
}

function bring() {
	$("qr").src = "qr.svg";
	$("bring-web").textContent = location.href;
	$("bring-netcat").textContent = netcat();
}

// The first visit: a name, a key if the server has one, and what the page says while it is not in the room.

import { netcat } from "./dialogs.js";
import { $ } from "./text.js";

// Ask for a name, or the key of the server; `use` gets it. `why` says why one is asked again.
export function ask(what, value, use, why = "") {
	$("entry").hidden = false;
	$("chat").hidden = true;
	for (const each of ["name", "key"]) {
		$(`${each}-field`).hidden = each !== what;
		$(each).required = each === what;
	}
	$("entry-note").textContent = why;
	$("entry-open").hidden = window.isSecureContext;
	$("entry-netcat").textContent = netcat();
	$(what).value = value;
	if (document.activeElement !== $(what)) $(what).select(); // one may be typing: a ping is answered so, too
	$("entry-form").onsubmit = (event) => {
		event.preventDefault();
		$("entry-note").textContent = "";
		use($(what).value.trim());
		$(what).select();
	};
}

export function showChat() {
	$("entry").hidden = true;
	$("chat").hidden = false;
}

// Say how the connection is; "" if all is well.
export function showStatus(text) {
	for (const id of ["status", "entry-note"]) $(id).textContent = text;
}

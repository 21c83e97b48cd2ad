// Puts the parts together: the first visit, the connection, and what the page says about both.

import { Chat } from "./chat.js";
import { loadCommands } from "./completion.js";
import { Connection } from "./connection.js";
import { watchDialogs } from "./dialogs.js";
import { ask, showChat, showStatus } from "./entry.js";
import { Session } from "./session.js";
import { ofBrowser, ofTab } from "./storage.js";
import { $ } from "./text.js";
import { hold, isTaken } from "./tabs.js";

const WAITS = "Your lines wait here.";
const STATES = {
	connecting: "Connecting…",
	in: "",
	offline: `This device is offline. ${WAITS}`,
	unreachable: `The server cannot be reached. ${WAITS} Trying again…`,
	refused: `The server is there, but does not let this page in now. ${WAITS} Trying again…`,
	silent: `The server is there, but its room does not answer. ${WAITS}`,
};
const WRONG = "That was not the key.";
const ENDS = {
	kicked: "You were removed from the chat.",
	banned: "You are banned from this server.",
	idle: "You sent nothing for so long that the server let you go.",
	quit: "You have left the chat.",
};

const session = new Session({ welcome, event, outcome, keyAsked, silent: () => showStatus(STATES.silent) });
const chat = new Chat(session);
const connection = new Connection(new URL("ws", location.href).href.replace(/^http/, "ws"), {
	opened: () => session.opened(),
	received: (object) => session.received(object),
	lost,
	ended: () => leave(last),
	connecting: () => showStatus(STATES.connecting),
});
let present = false;
let wish = ""; // the name that one has chosen
let last = ""; // what the server said last to this client alone

watchDialogs(chat);
void loadCommands();
void begin();

async function begin() {
	if (session.secret && (await isTaken(session.secret))) session.forget(); // this tab is a copy of another one
	const name = ofTab.get("name") ?? ofBrowser.get("name") ?? "";
	if (session.secret) enter(name);
	else ask("name", name, enter);
}

function enter(name) {
	wish = name.replace(/\s+/g, "-");
	last = "";
	ofBrowser.set("name", wish);
	session.begin(connection, wish);
	connection.start();
}

function welcome(given, resumed) {
	const claim = ofBrowser.get("claim");
	hold(session.secret, resumed && claim?.token);
	showStatus(STATES.in);
	showChat();
	chat.welcome(given);
	if (!present) chat.focus();
	present = true;
	if (!resumed && claim) void own(claim.token);
}

// Be the owner of the name that was claimed in this browser, unless another tab is.
async function own(token) {
	if (await isTaken(token)) return;
	hold(session.secret, token);
	session.line(`/resume ${token}`);
}

function event(given) {
	if (given.line && !given.room && given.event !== "left") last = sentence(given.line);
	if (given.event !== "closing") chat.event(given);
	else if (ENDS[given.why]) leave(ENDS[given.why]);
}

function outcome(given, sent) {
	if (/^\/resume /.test(sent.line) && given.event === "error") ofBrowser.set("claim", null);
	chat.outcome(given, sent);
	if (/^\/(quit|exit|bye)\b/i.test(sent.line)) leave(ENDS.quit);
}

function leave(why) {
	present = false;
	connection.stop();
	session.forget();
	hold();
	chat.clear();
	ask("name", ofBrowser.get("name") ?? "", enter, why);
}

// A ping is answered so, too: that says nothing of the key.
function keyAsked({ wrong }) {
	const why = wrong || $("entry-note").textContent === WRONG ? WRONG : "";
	ask("key", $("key").value, (key) => session.enterKey(key), why);
}

// The first line of what the server said, as a sentence.
function sentence(line) {
	const [plain] = line.replace(/^error - /, "").split("\n");
	return `${plain[0].toUpperCase()}${plain.slice(1)}.`;
}

async function lost() {
	session.lost();
	showStatus(STATES.connecting);
	showStatus(STATES[await reason()]);
}

async function reason() {
	if (!navigator.onLine) return "offline";
	try {
		return (await fetch("icon.svg", { method: "HEAD", cache: "no-store" })).ok ? "refused" : "unreachable";
	} catch {
		return "unreachable";
	}
}

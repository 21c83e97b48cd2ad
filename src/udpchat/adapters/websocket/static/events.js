// What each kind of event means for the page. One that is not here is shown by its `line`, and changes nothing.

import { timeOf } from "./time.js";

const ACTIONS = { acted: (text) => text, rolled: (text) => `rolled ${text}` };
const SPOKEN = new Set(["said", "shrugged", "script-said", "privately-said", ...Object.keys(ACTIONS)]);
const QUIET = new Set(["joined", "left", "came", "gone", "went-away", "came-back"]);
const MOVES = new Set(["room-entered", "room-closed", "went-on-as", "kicked", "resumed-elsewhere", "entered", "token"]);

// Whether somebody says something: that can be unread.
export const isSpoken = ({ event }) => SPOKEN.has(event);

// Whether the page should ask where it is now, with whom, and under what name.
export const asksAgain = ({ event, you }) => MOVES.has(event) || you === true;

// An event of a room, or a message of its history, as an entry of a log.
export function entryOf(event) {
	const { event: kind, nick, text, line = "" } = event;
	const at = timeOf(event);
	if (!SPOKEN.has(kind)) return { kind: "notice", at, text: line, quiet: QUIET.has(kind) };
	if (ACTIONS[kind]) return { kind: "action", at, nick, text: ACTIONS[kind](text) };
	return { kind: "said", at, nick: kind === "script-said" ? `${nick} (script)` : nick, text };
}

// Change who is in a room: `members` has names, and why they are away, null if they are not. Return whether it did.
export function change(members, event) {
	const { event: kind, nick, why = "" } = event;
	const before = { "nickname-changed": event.old, "went-on-as": event.before }[kind];
	if (before) {
		members.set(event.new ?? nick, members.get(before) ?? null);
		members.delete(before);
	} else if (["left", "gone", "kicked", "banned"].includes(kind)) members.delete(nick);
	else if (kind === "went-away") members.set(nick, why);
	else if (kind === "came-back" || (!members.has(nick) && (QUIET.has(kind) || SPOKEN.has(kind)))) members.set(nick, null);
	else return false;
	return true;
}

// The sentences of an answer, or of what concerns this client alone.
export const linesOf = ({ line = "" }) => line.split("\n").filter(Boolean);

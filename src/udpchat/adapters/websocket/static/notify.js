// How one notices what happens elsewhere: the title, a sound, a notification where the browser allows one.

import { ofBrowser } from "./storage.js";
import { $ } from "./text.js";

const PITCH = 660; // hertz
const LOUDNESS = 0.08; // of 1
const SOUND = 0.2; // seconds

let on = ofBrowser.get("bell") ?? false;
let audio = null;

const canShow = () => window.isSecureContext && "Notification" in window;
const mayShow = () => canShow() && Notification.permission === "granted";

export function setTitle(place, unread) {
	document.title = `${unread ? `(${unread}) ` : ""}${place} · udpchat`;
}

// Somebody says one's name, or writes to one alone. `open` shows it.
export function call(nick, text, open) {
	if (!on || (!document.hidden && document.hasFocus())) return;
	if (!mayShow()) return ring();
	const shown = new Notification(nick, { body: text, icon: "icon.svg", tag: "udpchat" });
	shown.onclick = () => {
		window.focus();
		shown.close();
		open();
	};
}

function ring() {
	audio ??= new AudioContext();
	const tone = audio.createOscillator();
	const volume = audio.createGain();
	tone.frequency.value = PITCH;
	volume.gain.value = LOUDNESS;
	tone.connect(volume).connect(audio.destination);
	tone.start();
	tone.stop(audio.currentTime + SOUND);
}

async function toggle() {
	on = !on;
	ofBrowser.set("bell", on);
	show();
	if (on && canShow() && Notification.permission === "default") await Notification.requestPermission();
	if (on && !mayShow()) ring(); // one hears what it will be like
	show();
}

function show() {
	const how = mayShow() ? "a notification" : "a sound";
	$("bell").ariaPressed = String(on);
	$("bell").title = on ? `You get ${how} when somebody says your name or writes to you alone` : "Call me";
}

export function watchBell() {
	$("bell").onclick = toggle;
	show();
}

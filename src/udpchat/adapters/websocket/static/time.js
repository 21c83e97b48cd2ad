// Local time and days, in the language of the browser.

const format = (options) => new Intl.DateTimeFormat(undefined, options);
const CLOCK = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const FULL = format({ dateStyle: "full", timeStyle: "medium" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const LONG_AGO = format({ dateStyle: "full" });

export const clock = (at) => CLOCK.format(at);
export const full = (at) => FULL.format(at);

// A day in words; those of different days differ.
export function day(at) {
	const now = new Date();
	if (at.toDateString() === now.toDateString()) return "Today";
	return (at.getFullYear() === now.getFullYear() ? DAY : LONG_AGO).format(at);
}

// The time of an event, or now.
export function timeOf({ at }) {
	const time = new Date(at ?? Date.now());
	return Number.isNaN(time.getTime()) ? new Date() : time;
}

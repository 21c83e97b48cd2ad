"""Accessibility, as a script can check it: names, roles, labels, contrast, sizes (WCAG 2.2, level AA).

What it cannot judge is whether the names are good ones; people did.
"""

from __future__ import annotations

from typing import Any

from tests.page.page import Page

# 1.4.3: 4.5 for text, 3 for large text. The colors of what lies behind are put together from the outside in.
CONTRAST = r"""
const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }), colors = new Map();
const parse = (text) => {  // any color that CSS can write, as red, green, blue and alpha
  if (!colors.has(text)) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    colors.set(text, [r, g, b, a / 255]);
  }
  return colors.get(text);
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
const behind = (element) => {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    const color = parse(getComputedStyle(each).backgroundColor);
    layers.push(color);
    if (color[3] === 1) break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
const opacity = (element) => element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;
const wrong = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, element = node.parentElement;
  const seen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  if (!node.data.trim() || element.closest(".unseen, script, noscript") || !seen) continue;
  const style = getComputedStyle(element), size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const back = behind(element), [r, g, b, a] = parse(style.color);
  const front = over([r, g, b, a * opacity(element)], back);
  const [dark, bright] = [light(front), light(back)].sort((x, y) => x - y);
  const ratio = (bright + 0.05) / (dark + 0.05);
  const what = `${element.tagName}.${element.className} ${node.data.slice(0, 40)}`;
  if (ratio < (large ? 3 : 4.5)) wrong.push(`${ratio.toFixed(2)}: ${what}`);
}
return wrong;
"""

RULES = r"""
const wrong = [];
const say = (what, element) => wrong.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
const shown = [...document.querySelectorAll("*")].filter((each) => each.checkVisibility());
const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
if (new Set(ids).size !== ids.length) wrong.push("an id is there twice");
if (!document.documentElement.lang) wrong.push("the language is not said");
if (!document.title) wrong.push("there is no title");
const levels = shown.filter((each) => /^H[1-6]$/.test(each.tagName)).map((each) => Number(each.tagName[1]));
if (!levels.includes(1)) wrong.push("there is no main heading");
if (shown.filter((each) => each.tagName === "MAIN").length !== 1) wrong.push("there is not one main part");
for (const each of shown) {
  for (const name of ["aria-controls", "aria-labelledby", "aria-activedescendant"])
    for (const id of (each.getAttribute(name) || "").split(" ").filter(Boolean))
      if (!document.getElementById(id)) say(`${name} leads nowhere`, each);
  if (each.tagName === "IMG" && !each.alt) say("an image without words", each);
  if (each.matches("[aria-hidden=true] button, [aria-hidden=true] input")) say("hidden, but it takes the focus", each);
  if (each.tabIndex > 0) say("an order of its own", each);
  if (each.matches("li") && !each.closest("ul, ol")) say("an item without a list", each);
  if (each.matches("button, input, textarea, [role=option]") && !each.closest(".state, .answer")) {
    const box = each.getBoundingClientRect();
    if (box.width < 24 || box.height < 24) say("too small to be hit (2.5.8)", each);
  }
}
return wrong;
"""


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page as it is now."""
    found: list[str] = [*page.js(CONTRAST), *page.js(RULES)]
    return found + [f"no name: {role} {node}" for role, name, node in controls(page) if not name]


def controls(page: Page) -> list[tuple[str, str, Any]]:
    """Return the role and the name of each control, as the browser gives them to a screen reader."""
    page.js("return 0")  # to this window
    tree = page.browser.spoken()
    wanted = {
        "button",
        "link",
        "textbox",
        "combobox",
        "listbox",
        "option",
        "dialog",
        "log",
        "navigation",
        "img",
        "image",
    }
    return [
        (role, node.get("name", {}).get("value", ""), node.get("properties"))
        for node in tree
        if not node.get("ignored") and (role := node.get("role", {}).get("value", "")) in wanted
    ]

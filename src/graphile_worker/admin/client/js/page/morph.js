// @ts-check
// Puts the HTML of the views into the regions of the page.
import { Idiomorph } from "idiomorph";
import { keepFocusSoon } from "./focus.js";

const MORPH = {
  morphStyle: "innerHTML",
  restoreFocus: true,
  callbacks: { beforeNodeMorphed: keepInput, beforeAttributeUpdated: keepOpen },
};
let drawing = false;

/** Whether a region changes at this moment. */
export const isDrawing = () => drawing;

/**
 * The element with this id.
 * @param {string} id
 */
export const byId = (id) => document.getElementById(id);

/**
 * Changes the region so that it has this HTML; elements that stay the same keep their focus and scroll position.
 * @param {string} region
 * @param {string} html
 */
export function morph(region, html) {
  const element = byId(region);
  if (element) draw(() => Idiomorph.morph(element, html, { ...MORPH, ignoreActiveValue: isTyping() }));
}

/**
 * Replaces the content of the region; the element with the focus keeps it by its id.
 * @param {string} region
 * @param {string} html
 */
export function replace(region, html) {
  const element = byId(region);
  const focused = element?.contains(document.activeElement) ? document.activeElement?.id : "";
  if (element) {
    draw(() => {
      element.innerHTML = html;
    });
  }
  if (focused && document.activeElement?.id !== focused) byId(focused)?.focus({ preventScroll: true });
}

/** @param {() => void} change */
function draw(change) {
  drawing = true;
  try {
    change();
  } finally {
    drawing = false;
  }
  keepFocusSoon();
}

/**
 * Copies the value of a [data-keep] control, so that a redraw does not reset it.
 * @param {Node} old
 * @param {Node} fresh
 */
function keepInput(old, fresh) {
  if (!(old instanceof Element) || !old.hasAttribute("data-keep") || !(fresh instanceof Element)) return;
  if (old instanceof HTMLSelectElement) {
    const selected = new Set([...old.selectedOptions].map((option) => option.value));
    for (const option of fresh.querySelectorAll("option")) option.selected = selected.has(option.value);
  } else if (old instanceof HTMLInputElement && fresh instanceof HTMLInputElement) {
    if (old.matches("[type=checkbox], [type=radio]")) fresh.checked = old.checked;
    else {
      fresh.value = old.value;
      fresh.setAttribute("value", old.value);
    }
  } else if (old instanceof HTMLTextAreaElement && fresh instanceof HTMLTextAreaElement) {
    fresh.value = old.value;
    fresh.textContent = old.value;
  }
}

/**
 * A redraw does not change `open`: without it a modal dialog would leave the page inert, and only the person opens and
 * closes a <details>.
 * @param {string} name
 * @param {Node} node
 */
function keepOpen(name, node) {
  return !(name === "open" && node instanceof Element && node.matches("dialog, details"));
}

/**
 * Idiomorph ignores the content of the focused element when told to. That is right for a text field; a link, button or
 * checkbox needs its new content.
 */
const isTyping = () => document.activeElement?.matches("input:not([type=checkbox]), textarea, select") ?? false;

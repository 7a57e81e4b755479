/** What a page must not have, whoever looks at it: text that is cut off or lies on other text, and a page wider than its window. */
import type { Page } from "playwright-core";

export const WIDTHS = [400, 768, 1280] as const;
export const SCHEMES = ["light", "dark"] as const;

/** What is wrong with the page as it is shown now, a line each. */
export const illegible = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`${root.scrollWidth} wide in ${root.clientWidth}`);
    const shown: { text: string; box: DOMRect; parent: Element }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const { parentElement: parent, textContent } = node;
      const text = textContent?.trim() ?? "";
      if (parent === null || text === "" || parent.closest("script, style, title, desc")) continue;
      if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width < 1 || box.height < 1 || isScrolledAway(parent, box)) continue;
        shown.push({ text, box, parent });
        const cut = clipOf(parent, box);
        if (cut !== undefined) found.push(`${text.slice(0, 60)}: cut off by ${cut}`);
      }
    }
    for (const [i, one] of shown.entries())
      for (const other of shown.slice(i + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        // Boxes of lines are higher than their letters.
        const most = 0.3 * Math.min(one.box.height, other.box.height);
        if (across > 2 && down > most && one.text !== other.text)
          found.push(`${one.text.slice(0, 40)} lies on ${other.text.slice(0, 40)}`);
      }
    return [...new Set(found)];

    function isScrolledAway(from: Element, box: DOMRect): boolean {
      for (let at: Element | null = from; at !== null; at = at.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(at);
        if (at === root || at === document.body || !/auto|scroll/.test(`${overflowX} ${overflowY}`)) continue;
        const own = at.getBoundingClientRect();
        if (box.top > own.bottom - 4 || box.bottom < own.top + 4) return true;
        if (box.left > own.right - 4 || box.right < own.left + 4) return true;
      }
      return false;
    }

    /** The element that hides a part of the box for good: one that scrolls does not. */
    function clipOf(from: Element, box: DOMRect): string | undefined {
      for (let at: Element | null = from; at !== null; at = at.parentElement) {
        const { overflowX } = getComputedStyle(at);
        if (/auto|scroll/.test(overflowX)) return undefined;
        const own = at.getBoundingClientRect();
        const hides = /hidden|clip/.test(overflowX) || at instanceof SVGSVGElement;
        if (hides && (box.right > own.right + 1 || box.left < own.left - 1)) return at.tagName.toLowerCase();
      }
      return box.right > root.clientWidth + 1 || box.left < -1 ? "the window" : undefined;
    }
  });

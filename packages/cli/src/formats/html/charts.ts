/** Small charts as inline SVG. All are drawn in a 100 × height box and stretched by the style sheet. */
import { html, type Html } from "./html.ts";

const HEIGHT = 36;
const GAP = 0.8;

/** Bars of equal width; `label` is shown on hover. Heights are relative to the largest. */
export const barChart = (bars: readonly { count: number; label: string }[]): Html | null => {
  const largest = Math.max(...bars.map(({ count }) => count), 0);
  if (bars.length === 0 || largest === 0) return null;
  const width = 100 / bars.length;
  const drawn = bars.map(({ count, label }, index) => {
    const height = count === 0 ? 0 : Math.max((count / largest) * (HEIGHT - 1), 0.7);
    return html`<rect
      x="${(index * width).toFixed(2)}"
      y="${(HEIGHT - height).toFixed(2)}"
      width="${Math.max(width - GAP, 0.3).toFixed(2)}"
      height="${height.toFixed(2)}"
      ><title>${label}</title></rect
    >`;
  });
  return html`<svg class="bars" viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" role="img">${drawn}</svg>`;
};

/** A share 0..1 as a filled track. */
export const meter = (share: number, tone: "good" | "warn" | "plain" = "plain"): Html =>
  html`<span class="meter ${tone}"><i style="width:${(Math.min(Math.max(share, 0), 1) * 100).toFixed(2)}%"></i></span>`;

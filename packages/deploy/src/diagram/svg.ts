/** A picture as SVG: on a ground of its own, light or dark as the reader's system is, in the reader's own sans-serif font. */
import { layout, type Placed, type Rectangle, type Text } from "./layout.ts";
import { described, type Picture, type Tone } from "./picture.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** What is filled and lined how: the ground, groups from the outermost, boxes by tone, and words, lines and quiet words on all of them. */
type Palette = {
  ground: string;
  groups: readonly [fill: string, fill: string, fill: string];
  wall: string;
  boxes: Readonly<Record<Tone, { fill: string; line: string }>>;
  words: string;
  quiet: string;
  lines: string;
};

export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    ground: "#ffffff",
    groups: ["#f6f8fa", "#eef2f6", "#ffffff"],
    wall: "#858f99",
    boxes: {
      ours: { fill: "#ddf4ff", line: "#0969da" },
      around: { fill: "#ffffff", line: "#858f99" },
      data: { fill: "#fff8c5", line: "#9a6700" },
      people: { fill: "#ffffff", line: "#57606a" },
    },
    words: "#1f2328",
    quiet: "#57606a",
    lines: "#424a53",
  },
  dark: {
    ground: "#0d1117",
    groups: ["#161b22", "#1c2129", "#0d1117"],
    wall: "#6e7681",
    boxes: {
      ours: { fill: "#0c2d6b", line: "#58a6ff" },
      around: { fill: "#0d1117", line: "#8b949e" },
      data: { fill: "#3b2300", line: "#d29922" },
      people: { fill: "#0d1117", line: "#b1bac4" },
    },
    words: "#e6edf3",
    quiet: "#b1bac4",
    lines: "#b1bac4",
  },
};

const styleOf = ({ ground, groups, wall, boxes, words, quiet, lines }: Palette): string =>
  [
    `.ground{fill:${ground}}`,
    ...groups.map((fill, depth) => `.group${depth}{fill:${fill};stroke:${wall}}`),
    ...Object.entries(boxes).map(([tone, { fill, line }]) => `.${tone}{fill:${fill};stroke:${line}}`),
    `text{fill:${words}}.quiet{fill:${quiet}}.line{stroke:${lines}}.head{fill:${lines}}`,
  ].join("");

const rectangle = ({ x, y, width, height }: Rectangle, names: string, round: number): string =>
  `<rect class="${names}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}"/>`;

const textOf = ({ words, at, anchor, size, isStrong }: Text, names = ""): string =>
  `<text${names === "" ? "" : ` class="${names}"`} x="${at.x}" y="${at.y}" font-size="${size}"${anchor === "middle" ? ' text-anchor="middle"' : ""}${isStrong ? ' font-weight="600"' : ""}>${escaped(words)}</text>`;

const HEAD_LENGTH = 8;
const HEAD_HALF = 4;

const arrowOf = ({ start, end, isDashed, label }: Placed["arrows"][number]): string => {
  const isLevel = start.y === end.y;
  const [backX, backY] = isLevel ? [end.x - HEAD_LENGTH, end.y] : [end.x, end.y + HEAD_LENGTH];
  const head = isLevel
    ? `${end.x},${end.y} ${backX},${backY - HEAD_HALF} ${backX},${backY + HEAD_HALF}`
    : `${end.x},${end.y} ${backX - HEAD_HALF},${backY} ${backX + HEAD_HALF},${backY}`;
  return [
    `<line class="line" x1="${start.x}" y1="${start.y}" x2="${backX}" y2="${backY}" stroke-width="1.5"${isDashed ? ' stroke-dasharray="5 4"' : ""}/>`,
    `<polygon class="head" points="${head}"/>`,
    textOf(label),
  ].join("\n");
};

export const svgOf = (picture: Picture): string => {
  const placed = layout(picture);
  const { width, height } = placed;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif">
<title id="title">${escaped(picture.title)}</title>
<desc id="desc">${escaped(described(picture))}</desc>
<style>.box{stroke-width:1.5}${styleOf(PALETTES.light)}
@media (prefers-color-scheme: dark){${styleOf(PALETTES.dark)}}</style>
${rectangle({ x: 0, y: 0, width, height }, "ground", 8)}
${placed.groups.map((group) => `${rectangle(group, `group${group.depth}`, 8)}\n${textOf(group.title, "quiet")}`).join("\n")}
${placed.boxes.map((box) => [rectangle(box, `box ${box.tone}`, 6), ...box.lines.map((line) => textOf(line))].join("\n")).join("\n")}
${placed.arrows.map(arrowOf).join("\n")}
${textOf(placed.footnote, "quiet")}
</svg>
`;
};

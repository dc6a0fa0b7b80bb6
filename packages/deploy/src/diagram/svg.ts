/** A picture as SVG: on a ground of its own, light or dark as the reader's system is, in the reader's own sans-serif font. */
import { layout, type Placed, type Rectangle, type Text } from "./layout.ts";
import { described, type Picture } from "./picture.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Ink on ground is at least 4.5 to 1 in both (WCAG 2.2, 1.4.3). */
const LIGHT = `.ground{fill:#ffffff}.group{fill:#f6f8fa;stroke:#8c959f}.group1{fill:#eef2f6}.group2{fill:#ffffff}
.box{stroke-width:1.5}.ours{fill:#ddf4ff;stroke:#0969da}.around{fill:#ffffff;stroke:#8c959f}.data{fill:#fff8c5;stroke:#9a6700}.people{fill:#ffffff;stroke:#57606a}
text{fill:#1f2328}.line{stroke:#424a53}.head{fill:#424a53}.quiet{fill:#57606a}`;
const DARK = `.ground{fill:#0d1117}.group{fill:#161b22;stroke:#6e7681}.group1{fill:#1c2129}.group2{fill:#0d1117}
.ours{fill:#0c2d6b;stroke:#58a6ff}.around{fill:#0d1117;stroke:#8b949e}.data{fill:#3b2300;stroke:#d29922}.people{fill:#0d1117;stroke:#b1bac4}
text{fill:#e6edf3}.line{stroke:#b1bac4}.head{fill:#b1bac4}.quiet{fill:#b1bac4}`;

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
<style>${LIGHT}
@media (prefers-color-scheme: dark){${DARK}}</style>
${rectangle({ x: 0, y: 0, width, height }, "ground", 8)}
${placed.groups.map((group) => `${rectangle(group, `group group${group.depth}`, 8)}\n${textOf(group.title, "quiet")}`).join("\n")}
${placed.boxes.map((box) => [rectangle(box, `box ${box.tone}`, 6), ...box.lines.map((line) => textOf(line))].join("\n")).join("\n")}
${placed.arrows.map(arrowOf).join("\n")}
${textOf(placed.footnote, "quiet")}
</svg>
`;
};

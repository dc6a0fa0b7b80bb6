/** Nothing in a picture lies on anything else, words fit where they stand, and those who do not see it are told the same. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { layout, textRectangle, textWidth, type Placed, type Rectangle } from "./layout.ts";
import { PICTURES } from "./models.ts";
import { described } from "./picture.ts";
import { PALETTES, svgOf } from "./svg.ts";

const overlap = (a: Rectangle, b: Rectangle): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const within = (inner: Rectangle, outer: Rectangle): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** The four walls of a group, each as a thin rectangle. */
const wallsOf = ({ x, y, width, height }: Rectangle): Rectangle[] => [
  { x, y, width, height: 1 },
  { x, y: y + height, width, height: 1 },
  { x, y, width: 1, height },
  { x: x + width, y, width: 1, height },
];

const lineOf = ({ start, end }: Placed["arrows"][number]): Rectangle => ({
  x: Math.min(start.x, end.x),
  y: Math.min(start.y, end.y),
  width: Math.abs(end.x - start.x),
  height: Math.abs(end.y - start.y),
});

for (const [name, picture] of Object.entries(PICTURES))
  suite(name, () => {
    const { width, height, boxes, groups, arrows, footnote } = layout(picture);
    const labels = [...arrows.map(({ label }) => label), ...groups.map(({ title }) => title), footnote];

    test("boxes are apart, and words fit into them", () => {
      boxes.forEach((a, index) => boxes.slice(index + 1).forEach((b) => assert.ok(!overlap(a, b), `${a.id} on ${b.id}`)));
      for (const box of boxes)
        for (const line of box.lines) assert.ok(textWidth(line) <= box.width - 4, `${line.words}: ${textWidth(line)} of ${box.width}`);
    });

    test("labels lie on no box, no wall and no other label", () => {
      labels.forEach((label, index) => {
        const own = textRectangle(label);
        for (const box of boxes) assert.ok(!overlap(own, box), `${label.words} on ${box.id}`);
        for (const group of groups)
          for (const wall of wallsOf(group)) assert.ok(!overlap(own, wall), `${label.words} on a wall of ${group.id}`);
        for (const other of labels.slice(index + 1)) assert.ok(!overlap(own, textRectangle(other)), `${label.words} on ${other.words}`);
      });
    });

    test("arrows run straight, and over no box but the two they join", () => {
      for (const arrow of arrows) {
        const line = lineOf(arrow);
        assert.ok(line.width === 0 || line.height === 0);
        assert.ok(arrow.start.x < arrow.end.x || arrow.start.y > arrow.end.y, `${arrow.from} to ${arrow.to} has no length`);
        for (const box of boxes)
          assert.ok(
            box.id === arrow.from || box.id === arrow.to || !overlap({ ...line, width: line.width + 1, height: line.height + 1 }, box),
            `${arrow.from} to ${arrow.to} over ${box.id}`,
          );
      }
    });

    test("groups hold their boxes whole, and everything is on the page", () => {
      for (const { id, columns, rows } of picture.groups) {
        const wall = groups.find((one) => one.id === id) ?? assert.fail(id);
        for (const box of picture.boxes) {
          const place = boxes.find((one) => one.id === box.id) ?? assert.fail(box.id);
          const isIn = box.column >= columns[0] && box.column <= columns[1] && box.rows[0] >= rows[0] && box.rows[1] <= rows[1];
          assert.equal(isIn ? within(place, wall) : overlap(place, wall), isIn, `${box.id} and ${id}`);
        }
      }
      for (const one of [...boxes, ...groups, ...labels.map(textRectangle)]) assert.ok(within(one, { x: 0, y: 0, width, height }));
    });

    test("it says in words what it shows, and fetches nothing", () => {
      const svg = svgOf(picture);
      const words = described(picture);
      assert.ok(svg.includes(`<title id="title">${picture.title}</title>`));
      assert.ok(svg.includes('role="img" aria-labelledby="title desc"'));
      for (const { title } of [...picture.boxes, ...picture.groups]) assert.ok(words.includes(title), title);
      assert.doesNotMatch(svg, /href|url\(|@import|<script|<image|@font-face/);
    });
  });

/** Relative luminance and contrast of WCAG 2.2. */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (a: string, b: string): number => {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};

for (const [name, { ground, groups, boxes, wall, words, quiet, lines }] of Object.entries(PALETTES))
  test(`${name}: words stand out by 4.5 to 1 wherever they are, lines by 3 to 1 (WCAG 1.4.3, 1.4.11)`, () => {
    const under = [ground, ...groups];
    for (const fill of [...under, ...Object.values(boxes).map((box) => box.fill)])
      assert.ok(contrast(words, fill) >= 4.5, `words on ${fill}`);
    for (const fill of under) {
      assert.ok(contrast(quiet, fill) >= 4.5, `quiet words on ${fill}`);
      assert.ok(contrast(lines, fill) >= 3, `lines on ${fill}`);
      for (const [tone, { line }] of Object.entries(boxes))
        if (tone !== "around") assert.ok(contrast(line, fill) >= 3, `${tone} on ${fill}`);
    }
    assert.ok(contrast(wall, ground) >= 3, "walls");
  });

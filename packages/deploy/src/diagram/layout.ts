/** Where everything of a picture is: a grid of fixed columns and rows, so that two pictures can be compared. Pure; pixels of the picture itself. */
import type { Arrow, Box, Group, Picture, Tone } from "./picture.ts";

export type Rectangle = { x: number; y: number; width: number; height: number };
type Point = { x: number; y: number };

export type Text = { words: string; at: Point; anchor: "start" | "middle"; size: number; isStrong: boolean };
export type Placed = {
  width: number;
  height: number;
  groups: readonly (Rectangle & { id: string; depth: number; title: Text })[];
  boxes: readonly (Rectangle & { id: string; tone: Tone; lines: readonly Text[] })[];
  arrows: readonly { from: string; to: string; start: Point; end: Point; isDashed: boolean; label: Text }[];
  footnote: Text;
};

const MARGIN = 16;
/** Left edge and width of each column; what is between them has room for labels and for the walls of groups. */
const COLUMNS: readonly { x: number; width: number }[] = [
  { x: MARGIN, width: 88 },
  { x: 198, width: 96 },
  { x: 372, width: 228 },
  { x: 692, width: 92 },
  { x: 886, width: 144 },
];
const WIDTH = 1086;

const ROW = 84;
const BOX = 56;
const LEVEL = 26;
const LEVELS = 3;
const TOP = MARGIN + LEVELS * LEVEL + 6;
/** From a box to the wall of the innermost group, and from there to each further one. */
const PAD = 16;
const WALL = 12;
const DEPTH_MAX = 2;
/** Of a box beside a lane. */
const BESIDE_LANE = 150;
/** From a lane's arrow to the left edge of its column. */
const LANE = 11;

const TITLE = 14;
const NOTE = 11.5;
const LABEL = 12;
/** Mean width of a letter of a sans-serif font at size 1, a little above what it is. */
const LETTER = 0.54;

export const textWidth = ({ words, size, isStrong }: Text): number => words.length * size * LETTER * (isStrong ? 1.06 : 1);

export const textRectangle = (text: Text): Rectangle => {
  const width = textWidth(text);
  return { x: text.anchor === "middle" ? text.at.x - width / 2 : text.at.x, y: text.at.y - text.size, width, height: text.size * 1.25 };
};

const columnOf = (index: number): { x: number; width: number } => COLUMNS[index] ?? { x: 0, width: 0 };
const rowTop = (row: number): number => TOP + row * ROW;
const rowMiddle = (row: number): number => rowTop(row) + BOX / 2;

const rectangleOf = ({ column, rows, isBesideLane = false }: Box): Rectangle => {
  const { x, width } = columnOf(column);
  const own = isBesideLane ? BESIDE_LANE : width;
  return { x: x + width - own, y: rowTop(rows[0]), width: own, height: (rows[1] - rows[0]) * ROW + BOX };
};

const middleOf = ({ x, y, width, height }: Rectangle): Point => ({ x: x + width / 2, y: y + height / 2 });

const linesOf = ({ title, note }: Box, rectangle: Rectangle): Text[] => {
  const { x, y } = middleOf(rectangle);
  const line = (words: string, size: number, down: number, isStrong: boolean): Text => ({
    words,
    at: { x, y: y + down },
    anchor: "middle",
    size,
    isStrong,
  });
  return note === undefined ? [line(title, TITLE, 5, true)] : [line(title, TITLE, -3, true), line(note, NOTE, 14, false)];
};

const wallOf = ({ columns, rows, depth, levels }: Group): Rectangle => {
  const out = PAD + (DEPTH_MAX - depth) * WALL;
  const [left, right] = [columnOf(columns[0]), columnOf(columns[1])];
  const top = rowTop(rows[0]) - levels * LEVEL - 4;
  const bottom = rowTop(rows[1]) + BOX + out;
  return { x: left.x - out, y: top, width: right.x + right.width - left.x + 2 * out, height: bottom - top };
};

const titleIn = ({ title }: Group, { x, y }: Rectangle): Text => ({
  words: title,
  at: { x: x + 10, y: y + 18 },
  anchor: "start",
  size: LABEL,
  isStrong: true,
});

/** From the edge of one rectangle to the edge of another: along a row to the right, or up a lane. */
const endsOf = (along: Arrow["along"], from: Rectangle, to: Rectangle): { start: Point; end: Point } => {
  if ("row" in along) {
    const y = rowMiddle(along.row);
    return { start: { x: from.x + from.width, y }, end: { x: to.x, y } };
  }
  const x = along.lane === "free" ? from.x + LANE : from.x + from.width / 2;
  return { start: { x, y: from.y }, end: { x, y: to.y + to.height } };
};

/** The widest piece of a row between two places that no wall cuts. */
const widestPiece = (y: number, from: number, to: number, walls: readonly Rectangle[]): { from: number; to: number } => {
  const cuts = walls
    .filter((wall) => wall.y < y && y < wall.y + wall.height)
    .flatMap((wall) => [wall.x, wall.x + wall.width])
    .filter((x) => from < x && x < to)
    .toSorted((a, b) => a - b);
  const pieces = [from, ...cuts].map((start, at) => ({ from: start, to: cuts[at] ?? to }));
  return pieces.reduce((best, piece) => (piece.to - piece.from > best.to - best.from ? piece : best));
};

/** A label stands above its arrow where no wall cuts it, or beside it in a lane. */
const labelOf = ({ label, along }: Arrow, start: Point, end: Point, walls: readonly Rectangle[]): Text => {
  const text = { words: label, size: LABEL, isStrong: false } as const;
  if (!("row" in along)) return { ...text, anchor: "start", at: { x: start.x + 7, y: (start.y + end.y) / 2 + 4 } };
  const piece = widestPiece(start.y, start.x, end.x, walls);
  return { ...text, anchor: "middle", at: { x: (piece.from + piece.to) / 2, y: start.y - 7 } };
};

export const layout = ({ boxes, groups, arrows, footnote }: Picture): Placed => {
  const placedBoxes = boxes.map((box) => ({ id: box.id, tone: box.tone, ...rectangleOf(box), lines: linesOf(box, rectangleOf(box)) }));
  const placedGroups = groups
    .toSorted((a, b) => a.depth - b.depth)
    .map((group) => ({ id: group.id, depth: group.depth, ...wallOf(group), title: titleIn(group, wallOf(group)) }));
  const placeOf = (id: string): Rectangle => {
    const place = [...placedBoxes, ...placedGroups].find((one) => one.id === id);
    if (place === undefined) throw new Error(`the picture has no ${id}`);
    return place;
  };
  const bottom = Math.max(...placedGroups.map(({ y, height }) => y + height));
  return {
    width: WIDTH,
    height: bottom + 36,
    groups: placedGroups,
    boxes: placedBoxes,
    arrows: arrows.map((arrow) => {
      const { start, end } = endsOf(arrow.along, placeOf(arrow.from), placeOf(arrow.to));
      return {
        from: arrow.from,
        to: arrow.to,
        start,
        end,
        isDashed: arrow.isDashed ?? false,
        label: labelOf(arrow, start, end, placedGroups),
      };
    }),
    footnote: { words: footnote, at: { x: MARGIN, y: bottom + 22 }, anchor: "start", size: LABEL, isStrong: false },
  };
};

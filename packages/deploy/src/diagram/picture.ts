/**
 * A picture as data: boxes in columns and rows, groups around them, arrows along a row or a lane. Where an arrow stands for connections of
 * the chart it says which, so that a test can hold the picture beside the network policies.
 */

/** Inclusive, from 0. */
export type Span = readonly [from: number, to: number];

/** Who is at an end of a connection, as the policies see it: a component of the chart, or somebody outside of the release. */
export type Party =
  | "control-plane"
  | "dataplane"
  | "migration"
  | "backup"
  | "check"
  | "ingress"
  | "monitoring"
  | "store"
  | "datastore"
  | "identity-provider"
  | "dns";

/** ours: pods of the release; around: what is there already; data: where data is; people. */
export type Tone = "ours" | "around" | "data" | "people";

export type Box = {
  id: string;
  title: string;
  note?: string;
  column: number;
  rows: Span;
  tone: Tone;
  /** At the right of its column, so that a lane is free beside it; otherwise it fills the column. */
  isBesideLane?: boolean;
  parties: readonly Party[];
};

export type Group = {
  id: string;
  title: string;
  columns: Span;
  rows: Span;
  /** 0 is the outermost. */
  depth: number;
  /** Levels of titles between its top and the first box. */
  levels: number;
};

export type Arrow = {
  from: string;
  to: string;
  label: string;
  /** The row it runs along, or the lane of a column, upwards. */
  along: { row: number } | { lane: "free" | "box" };
  /** Only where it is listed, or by people. */
  isDashed?: boolean;
  /** Connections it stands for; none where it is not one between pods and what is around them. */
  connections: readonly { from: Party; to: Party; port: number }[];
};

export type Picture = {
  title: string;
  boxes: readonly Box[];
  groups: readonly Group[];
  arrows: readonly Arrow[];
  footnote: string;
  /** What the footnote tells of instead of an arrow. */
  footnoted: readonly { from: Party | "every pod"; to: Party; port: number | "any" }[];
};

/** The picture in words, for those who do not see it. */
export const described = ({ boxes, groups, arrows, footnote }: Picture): string => {
  const titleOf = (id: string): string => [...boxes, ...groups].find((one) => one.id === id)?.title ?? id;
  const inside = groups.map(({ title, columns, rows }) => {
    const members = boxes.filter(
      ({ column, rows: own }) => column >= columns[0] && column <= columns[1] && own[0] >= rows[0] && own[1] <= rows[1],
    );
    return `${title} holds ${members.map((box) => box.title).join(", ")}.`;
  });
  const ways = arrows.map(({ from, to, label }) => `${titleOf(from)} to ${titleOf(to)}: ${label}.`);
  return [...inside, ...ways, footnote].join(" ");
};

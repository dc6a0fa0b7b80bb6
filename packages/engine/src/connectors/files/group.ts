/**
 * Which files are one container, and what it is called. Files of one folder and one format whose names are equal but for
 * numbers and dates (or lie in `key=value` folders below one root) belong together if they have the same fields.
 */
import { basename } from "node:path";
import type { SourceFile } from "./locate.ts";

export type Group<F> = { name: string; members: F[] };

type Member = { file: SourceFile; fieldNames: readonly string[] };

/** The parts of a name that vary from file to file: UUIDs, numbers, dates, and "part" numbers of a writer. */
const VARYING = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]+(?:[-_.T][0-9]+)*Z?/gi;
const WRITER_PART = /^part-[0-9]/;

const patternOf = (stem: string): string => (WRITER_PART.test(stem) ? "part-*" : stem.replace(VARYING, "*"));

const familyKey = ({ file }: Member): string =>
  JSON.stringify([
    file.hiveRoot ?? file.folder,
    file.hive.map(([key]) => key),
    file.format,
    file.hiveRoot === null ? [file.ending, patternOf(file.stem)] : [],
  ]);

/** JSON leaves keys out where they have no value: half of the smaller set in common is one shape. */
const JSON_SHARED_MIN = 0.5;

const sameShape = (a: Member, b: Member): boolean => {
  const names = new Set(a.fieldNames);
  const shared = b.fieldNames.filter((name) => names.has(name)).length;
  if (a.file.format === "json") return shared >= JSON_SHARED_MIN * Math.min(a.fieldNames.length, b.fieldNames.length);
  return shared === a.fieldNames.length && shared === b.fieldNames.length;
};

const byShape = <F extends Member>(family: readonly F[]): F[][] => {
  const shapes: F[][] = [];
  for (const member of family) {
    const shape = shapes.find((members) => sameShape(members[0]!, member));
    if (shape === undefined) shapes.push([member]);
    else shape.push(member);
  }
  return shapes;
};

/** The stems' common name: what varies becomes `*`, numbers that are equal in all stay. */
const commonStem = (stems: readonly string[]): string => {
  const first = stems[0] ?? "";
  const numbers = stems.map((stem) => stem.match(VARYING) ?? []);
  let i = -1;
  const name = first.replace(VARYING, (number) => {
    i++;
    return numbers.every((others) => others[i] === number) ? number : "*";
  });
  return name;
};

const nameOf = (members: readonly Member[]): string => {
  const { file } = members[0]!;
  if (file.hiveRoot !== null) return basename(file.hiveRoot) || file.stem;
  if (WRITER_PART.test(file.stem)) return basename(file.folder) || file.stem;
  return members.length === 1 ? file.stem : commonStem(members.map((member) => member.file.stem));
};

const withEnding = ({ file }: Member, name: string): string => `${name}.${file.ending}`;
const withFolder = ({ file }: Member, name: string): string => `${basename(file.folder)}/${withEnding({ file, fieldNames: [] }, name)}`;

/** Names of groups made unique: by the ending, then by the folder, then by a number. */
const distinctNames = (groups: readonly (readonly Member[])[]): string[] => {
  const plain = groups.map(nameOf);
  let names = plain;
  const clashes = (name: string): boolean => names.filter((other) => other.toLowerCase() === name.toLowerCase()).length > 1;
  for (const longer of [withEnding, withFolder]) {
    const before = names;
    names = before.map((name, i) => (clashes(name) ? longer(groups[i]![0]!, plain[i]!) : name));
  }
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name.toLowerCase()) ?? 0) + 1;
    seen.set(name.toLowerCase(), count);
    return count === 1 ? name : `${name} (${count})`;
  });
};

/** Groups files into named containers, in the order of their first files. */
export const grouped = <F extends Member>(members: readonly F[]): Group<F>[] => {
  const families = new Map<string, F[]>();
  for (const member of members) {
    const key = familyKey(member);
    const family = families.get(key);
    if (family === undefined) families.set(key, [member]);
    else family.push(member);
  }
  const groups = [...families.values()].flatMap(byShape);
  const names = distinctNames(groups);
  return groups.map((group, i) => ({ name: names[i]!, members: group }));
};

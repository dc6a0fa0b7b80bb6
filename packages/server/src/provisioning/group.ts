/** A group as a directory describes it, and how its changes are understood. */
import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { DirectoryGroupInput, type DirectoryPatch } from "@touchstone/core/routes/provisioning";

export type GroupChange = {
  displayName?: string;
  externalId?: string | null;
  /** All provisioned members, where they are replaced. */
  only?: string[];
  add: string[];
  remove: string[];
};

type Operation = z.output<typeof DirectoryPatch>["Operations"][number];

const { displayName: Name, externalId: ExternalId, members: Members } = DirectoryGroupInput.shape;

const parsed = <T>(schema: z.ZodType<T>, path: string, value: unknown): T => {
  const result = schema.safeParse(value);
  if (!result.success) throw userError("REQUEST_INVALID", path, result.error.issues[0]?.message ?? "it is not as described");
  return result.data;
};

/** Members as a list, or as one. */
const membersOf = (value: unknown): string[] =>
  (parsed(Members, "members", Array.isArray(value) ? value : [value]) ?? []).map((member) => member.value);

/** `members[value eq "7"]`. */
const ONE_MEMBER = /^members\[\s*value\s+eq\s+"([^"]*)"\s*\]$/i;

/** Where several changes of members come in one request, each sees what those before it left. */
const withMembers = (change: GroupChange, op: Operation["op"], members: string[]): GroupChange => {
  if (op === "replace") return { ...change, only: members, add: [], remove: [] };
  const others = (list: readonly string[]) => list.filter((member) => !members.includes(member));
  if (op === "add") return { ...change, add: [...others(change.add), ...members], remove: others(change.remove) };
  return {
    ...change,
    ...(change.only === undefined ? {} : { only: others(change.only) }),
    add: others(change.add),
    remove: [...change.remove, ...members],
  };
};

const step = (change: GroupChange, { op, path, value }: Operation): GroupChange => {
  const one = ONE_MEMBER.exec(path ?? "")?.[1];
  if (one !== undefined) return withMembers(change, op, [one]);
  switch (path?.toLowerCase() ?? null) {
    case "members":
      return op === "remove" && value === undefined
        ? { ...change, only: [], add: [], remove: [] }
        : withMembers(change, op, membersOf(value));
    case "displayname":
      return { ...change, displayName: parsed(Name, "displayName", value) };
    case "externalid":
      return { ...change, externalId: op === "remove" ? null : (parsed(ExternalId, "externalId", value) ?? null) };
    case null:
      return value !== null && typeof value === "object"
        ? Object.entries(value).reduce((before, [name, inner]: [string, unknown]) => step(before, { op, path: name, value: inner }), change)
        : change;
    default:
      return change;
  }
};

/** What some changes come to. Throws REQUEST_INVALID. */
export const groupChange = (operations: readonly Operation[]): GroupChange => operations.reduce(step, { add: [], remove: [] });

/** The members after a change, of those that the directory knows. */
export const membersAfter = (before: readonly string[], { only, add, remove }: GroupChange): string[] => [
  ...new Set([...(only ?? before).filter((member) => !remove.includes(member)), ...add]),
];

/** A user as a directory describes them, and how its changes are understood. Attributes we have no use for are passed over. */
import type { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { DirectoryUserInput, type DirectoryPatch } from "@touchstone/core/routes/provisioning";
import { Email } from "@touchstone/core/routes/setup";

export type DirectoryPerson = {
  userName: string;
  externalId: string | null;
  email: string;
  active: boolean;
  attributes: { displayName: string | null; formatted: string | null; givenName: string | null; familyName: string | null };
};

type Input = z.output<typeof DirectoryUserInput>;
type Operation = z.output<typeof DirectoryPatch>["Operations"][number];

const NAME_CHARACTERS_MAX = 200;

/** The name that people see. */
export const nameOf = ({ userName, attributes: { displayName, formatted, givenName, familyName } }: DirectoryPerson): string => {
  const parts = [givenName, familyName].filter((part) => part).join(" ");
  return (displayName || formatted || parts || userName).slice(0, NAME_CHARACTERS_MAX);
};

/** The address: the primary one, or the first, or the name to sign in with where that is one. Throws REQUEST_INVALID. */
const emailOf = ({ emails, userName }: Input): string => {
  const given = (emails ?? []).filter(({ value }) => value);
  const chosen = (given.find(({ primary }) => primary === true) ?? given.find(({ type }) => type?.toLowerCase() === "work") ?? given[0])
    ?.value;
  const email = Email.safeParse(chosen ?? userName);
  if (!email.success) throw userError("REQUEST_INVALID", "emails", "there is no e-mail address in it, and userName is none");
  return email.data;
};

const orNull = (text: string | null | undefined): string | null => (text ? text : null);

/** Throws REQUEST_INVALID. */
export const readPerson = (input: Input): DirectoryPerson => ({
  userName: input.userName,
  externalId: orNull(input.externalId),
  email: emailOf(input),
  active: input.active ?? true,
  attributes: {
    displayName: orNull(input.displayName),
    formatted: orNull(input.name?.formatted),
    givenName: orNull(input.name?.givenName),
    familyName: orNull(input.name?.familyName),
  },
});

const inputOf = ({ userName, externalId, email, active, attributes: { displayName, ...name } }: DirectoryPerson): Input => ({
  userName,
  externalId,
  displayName,
  name,
  emails: [{ value: email, type: "work", primary: true }],
  active,
});

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const URN = /^urn:ietf:params:scim:schemas:core:2\.0:user:/i;

/** One attribute set, or unset by `undefined`; null where it is none of ours. */
const attributeChange = (path: string, value: unknown, before: Input): object | null => {
  const name = path.replace(URN, "").toLowerCase();
  switch (name) {
    case "active":
      // Taken away is not the same as false: a directory that stops saying keeps nobody out.
      return value === undefined ? null : { active: value };
    case "username":
      return { userName: value };
    case "externalid":
      return { externalId: value };
    case "displayname":
      return { displayName: value };
    case "name":
      return { name: isMapping(value) ? { ...before.name, ...value } : value };
    case "name.formatted":
      return { name: { ...before.name, formatted: value } };
    case "name.givenname":
      return { name: { ...before.name, givenName: value } };
    case "name.familyname":
      return { name: { ...before.name, familyName: value } };
    case "emails":
      return { emails: value };
    default:
      return /^emails(\[.*\])?(\.value)?$/.test(name) && typeof value === "string" ? { emails: [{ value, primary: true }] } : null;
  }
};

/** `{ path, value }` one by one: without a path the value names its attributes itself. */
const stepsOf = ({ op, path, value }: Operation): { path: string; value: unknown }[] => {
  if (path) return [{ path, value: op === "remove" ? undefined : value }];
  return isMapping(value) && op !== "remove" ? Object.entries(value).map(([name, inner]) => ({ path: name, value: inner })) : [];
};

/** A user after some changes. Throws REQUEST_INVALID. */
export const patchedPerson = (before: DirectoryPerson, operations: readonly Operation[]): DirectoryPerson => {
  let input = inputOf(before);
  for (const { path, value } of operations.flatMap(stepsOf)) {
    const change = attributeChange(path, value, input);
    if (change === null) continue;
    const parsed = DirectoryUserInput.safeParse({ ...input, ...change });
    if (!parsed.success) throw userError("REQUEST_INVALID", path, parsed.error.issues[0]?.message ?? "it is not as described");
    input = parsed.data;
  }
  return readPerson(input);
};

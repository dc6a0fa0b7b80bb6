/** What the actions of a transfer have in common: the files that are given, and the words of options. */
import { userError } from "@touchstone/core/errors";
import type { PrivateKey, PublicKey } from "@touchstone/deploy/supply/key";
import { readPrivateKey, readPublicKeys } from "@touchstone/deploy/supply/key-files";
import type { Signed } from "@touchstone/deploy/supply/signature";
import { writeWhole } from "../../../whole-file.ts";
import { list, text, type Terminal, type Values } from "../../command.ts";
import { readGivenText } from "../given-file.ts";

export type Action = (file: string, values: Values, terminal: Terminal) => Promise<0 | 1>;

/** An option that this action cannot do without. Throws OPTION_INVALID. */
export const needed = (values: Values, name: string, flag: string, what: string): string => {
  const given = text(values, name);
  if (given === undefined) throw userError("OPTION_INVALID", flag, `this action needs it: ${what}`);
  return given;
};

/** Throws OPTION_INVALID where none is named, DOCUMENT_UNREADABLE. */
export const readText = async (file: string): Promise<string> => {
  if (file === "") throw userError("OPTION_INVALID", "FILE", "the action is followed by the name of a file");
  return readGivenText(file);
};

export const signingKey = (values: Values): Promise<PrivateKey> =>
  readPrivateKey(needed(values, "key", "--key", "the file of the key you sign with; touchstone deploy keys new makes one"));

/** Keys of others, and one's own where it is given. */
export const trustedKeys = async (values: Values): Promise<PublicKey[]> => {
  const files = list(values, "trust");
  if (files.length === 0)
    throw userError("OPTION_INVALID", "--trust", "this action needs it: the public key of the other side, compared by another way");
  const own = text(values, "key");
  const mine = own === undefined ? [] : [await readPrivateKey(own)];
  return [...(await readPublicKeys(files)), ...mine.map(({ id, key }) => ({ id, key }))];
};

const SUBJECT = /^(User|Group|ServiceAccount|Account|service|directory|provider) \S/;

/** Who the operator is. Throws OPTION_INVALID where nobody is named. */
export const operatorOf = (values: Values) => {
  const subjects = list(values, "operator");
  const wrong = subjects.find((subject) => !SUBJECT.test(subject));
  if (wrong !== undefined)
    throw userError(
      "OPTION_INVALID",
      "--operator",
      `${wrong} is none of User NAME, Group NAME, ServiceAccount NAMESPACE/NAME, service NAME, directory NAME, provider NAME`,
    );
  const domain = text(values, "operatorDomain") ?? null;
  if (subjects.length === 0 && domain === null)
    throw userError("OPTION_INVALID", "--operator", "say who the operator is, or --operator-domain: otherwise nobody's access would end");
  return { subjects, domain };
};

const OWNER_ONLY = 0o600;

export const writeSigned = (file: string, signed: Signed): void => writeWhole(file, [`${JSON.stringify(signed, null, 2)}\n`]);
export const writeSecret = (file: string, contents: string): void => writeWhole(file, [contents], OWNER_ONLY);

/** Where the action writes what it makes. */
export const outputOf = (values: Values, usual: string): string => text(values, "output") ?? usual;

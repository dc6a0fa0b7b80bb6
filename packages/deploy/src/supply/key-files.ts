/** Keys as files: the private one readable by its owner alone, and none ever overwritten. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { userError } from "@touchstone/core/errors";
import { newKeyPair, privateKeyIn, publicKeysIn, type PrivateKey, type PublicKey } from "./key.ts";

const ONLY_OWNER = 0o600;
const EVERYBODY_READS = 0o644;

const codeOf = (thrown: unknown): string => String(Reflect.get(Object(thrown), "code") ?? "unknown");

const writeNew = async (file: string, text: string, mode: number): Promise<void> => {
  await writeFile(file, text, { flag: "wx", mode }).catch((thrown: unknown) => {
    const code = codeOf(thrown);
    throw userError("KEY_UNWRITABLE", file, code === "EEXIST" ? "a file of that name is there" : `the system reports ${code}`);
  });
};

const textOf = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((thrown: unknown) => {
    throw userError("KEY_INVALID", file, `it cannot be read (${codeOf(thrown)})`);
  });

export type KeyFiles = { id: string; privateFile: string; publicFile: string };

/** Makes a pair as NAME.pem and NAME.pub.pem. Throws KEY_UNWRITABLE, and then leaves neither. */
export const writeKeyPair = async (name: string): Promise<KeyFiles> => {
  const { privatePem, publicPem, id } = newKeyPair();
  const files = { privateFile: `${name}.pem`, publicFile: `${name}.pub.pem` };
  await writeNew(files.privateFile, privatePem, ONLY_OWNER);
  await writeNew(files.publicFile, publicPem, EVERYBODY_READS).catch(async (thrown: unknown) => {
    await rm(files.privateFile, { force: true });
    throw thrown;
  });
  return { id, ...files };
};

export const readPrivateKey = async (file: string): Promise<PrivateKey> => privateKeyIn(await textOf(file), file);

/** The public keys of all these files, each of which may hold several. */
export const readPublicKeys = async (files: readonly string[]): Promise<PublicKey[]> =>
  (await Promise.all(files.map(async (file) => publicKeysIn(await textOf(file), file)))).flat();

/** Ids of the keys in a file, private or public. */
export const keyIdsIn = async (file: string): Promise<string[]> => {
  const text = await textOf(file);
  return /PRIVATE KEY-----/.test(text) ? [privateKeyIn(text, file).id] : publicKeysIn(text, file).map(({ id }) => id);
};

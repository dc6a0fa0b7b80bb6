import { userError } from "@touchstone/core/errors";
import { keyIdsIn, writeKeyPair } from "@touchstone/deploy/supply/key-files";
import { flag, type Command, type Output } from "../command.ts";

type Action = (file: string, stdout: Output, asJson: boolean) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  new: async (name, stdout, asJson) => {
    const { id, privateFile, publicFile } = await writeKeyPair(name);
    if (asJson) stdout.write(`${JSON.stringify({ id, private_file: privateFile, public_file: publicFile })}\n`);
    else stdout.write(`${id}\n${privateFile}  signs: for you alone\n${publicFile}  verifies: for everybody\n`);
  },
  show: async (file, stdout, asJson) => {
    const ids = await keyIdsIn(file);
    stdout.write(asJson ? `${JSON.stringify({ ids })}\n` : ids.map((id) => `${id}\n`).join(""));
  },
};

/** Keys of people and publishers; those that seal stored secrets are of `touchstone keys`. */
export const keys: Command = {
  usage: "keys <action> <file>",
  summary: "for publishers and both sides of a transfer: keys that sign (new NAME, show FILE)",
  docs:
    "`new NAME` makes a pair (Ed25519): NAME.pem, which signs and which only you can read, and NAME.pub.pem, which verifies and which everybody may have. " +
    "`show FILE` prints the ids of the keys in a file, so that two people can compare them by telephone. A private key is never printed. Keys that seal stored secrets are others: touchstone keys.",
  options: [{ flags: "--json", docs: "the answer as JSON" }],
  examples: ["touchstone deploy keys new release-2026", "touchstone deploy keys show release-2026.pub.pem"],
  run: async ([name = "", file = ""], values, { stdout }) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    await action(file, stdout, flag(values, "json"));
    return 0;
  },
};

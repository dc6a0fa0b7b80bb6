/** A key of OpenPGP as a publisher of charts has one, made by gpg in a folder of its own: it is thrown away with the folder. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type TrialKey = {
  name: string;
  /** Secret keys, as gpg exports them. */
  keyring: string;
  /** Its public half in ASCII armor, as `release.signers` takes it. */
  armored: string;
  /** A file with its passphrase. */
  passphraseFile: string;
};

/** Why there can be none here; null where there can. */
export const signingKeysAbsent = (): string | null => {
  try {
    execFileSync("gpg", ["--version"], { stdio: "ignore" });
    return null;
  } catch {
    return "gpg is not installed (apt-get install gnupg)";
  }
};

/** Of RSA, for helm 3 reads no other kind that gpg still makes. */
const PARAMETERS = (name: string): string =>
  `Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nName-Real: ${name}\nName-Email: releases@example.org\nExpire-Date: 0\n%commit\n`;
const PASSPHRASE = "for a trial only";

export const makeSigningKey = (folder: string, name: string): TrialKey => {
  const home = join(folder, "gpg");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const passphraseFile = join(folder, "passphrase");
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
  const always = ["--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase-file", passphraseFile];
  const gpg = (args: readonly string[], input = ""): Buffer => execFileSync("gpg", [...always, ...args], { input, stdio: "pipe" });
  try {
    gpg(["--generate-key"], PARAMETERS(name));
    const keyring = join(folder, "secring.gpg");
    writeFileSync(keyring, gpg(["--export-secret-keys"]), { mode: 0o600 });
    return { name, keyring, armored: gpg(["--armor", "--export"]).toString(), passphraseFile };
  } finally {
    // gpg leaves an agent behind, which would go on.
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"], { stdio: "ignore" });
  }
};

/** Certificates from files: the control plane's own, where it ends TLS itself, and authorities that it trusts besides the known ones. */
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, rootCertificates, type TLSSocketOptions } from "node:tls";
import { userError } from "@touchstone/core/errors";
import type { Config } from "../config.ts";

export type Certificate = { cert: string; key: string };

type Paths = Pick<Config, "tls_cert" | "tls_key">;

const textOf = async (setting: string, path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw userError("SETTING_INVALID", setting, `the file ${path} cannot be read`);
  }
};

/** Null where TLS is ended by a proxy in front, or not at all. Throws SETTING_INVALID. */
export const readCertificate = async ({ tls_cert, tls_key }: Paths): Promise<Certificate | null> => {
  if (tls_cert === null && tls_key === null) return null;
  if (tls_cert === null || tls_key === null)
    throw userError(
      "SETTING_INVALID",
      tls_cert === null ? "TOUCHSTONE_TLS_CERT" : "TOUCHSTONE_TLS_KEY",
      "a certificate and its key go together",
    );
  const certificate = { cert: await textOf("TOUCHSTONE_TLS_CERT", tls_cert), key: await textOf("TOUCHSTONE_TLS_KEY", tls_key) };
  try {
    createSecureContext(certificate);
  } catch {
    // What the library says may quote the file.
    throw userError("SETTING_INVALID", "TOUCHSTONE_TLS_CERT", "it is not a certificate in PEM to which the key belongs");
  }
  return certificate;
};

/** Certificates are renewed while the process runs; a minute later the new one is used. */
const LOOK_MS = 60_000;

type Renewable = { setSecureContext: (options: Certificate) => void };

/** Gives the server the files' certificate whenever they have changed. One that is not usable is left for the one before it. */
export const followCertificate = (
  server: Renewable,
  paths: Paths,
  onChange: (error: unknown) => void,
  everyMs: number = LOOK_MS,
): { stop: () => void } => {
  const changedAt = async (): Promise<string> =>
    (await Promise.all([paths.tls_cert, paths.tls_key].map(async (path) => (await stat(path ?? "")).mtimeMs))).join();
  let seen: string | null = null;
  const look = async (): Promise<void> => {
    const now = await changedAt();
    if (seen !== null && seen !== now) {
      const certificate = await readCertificate(paths);
      if (certificate !== null) server.setSecureContext(certificate);
      onChange(null);
    }
    seen = now;
  };
  void look().catch(onChange);
  const timer = setInterval(() => void look().catch(onChange), everyMs).unref();
  return { stop: () => clearInterval(timer) };
};

/** The known authorities and those of a file; undefined where there is none to add. Throws SETTING_INVALID. */
export const readAuthorities = async (path: string | null): Promise<string[] | undefined> => {
  if (path === null) return undefined;
  const pem = await textOf("TOUCHSTONE_OUTBOUND_CA", path);
  try {
    createSecureContext({ ca: pem } satisfies TLSSocketOptions);
  } catch {
    throw userError("SETTING_INVALID", "TOUCHSTONE_OUTBOUND_CA", `${path} holds no certificates in PEM`);
  }
  return [...rootCertificates, pem];
};

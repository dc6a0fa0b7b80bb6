/** Certificates from files: the control plane's own, where it ends TLS itself, and authorities that it trusts besides the known ones. */
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, rootCertificates, type TLSSocketOptions } from "node:tls";
import { TLS_OLDEST } from "@touchstone/core/client/tls-oldest";
import { userError } from "@touchstone/core/errors";
import type { Config } from "../config.ts";

export type Certificate = { cert: string; key: string };

/** With when its files were written, looked at before they were read: a change while they are is not lost. */
export type CertificateRead = Certificate & { written: string };

/** Where a listener's certificate and key are, and the settings that say so. */
export type CertificateFiles = { cert: string | null; key: string | null; settings: { cert: string; key: string } };

/** Of the listener for people and programs; nothing is named where a proxy in front ends TLS. */
export const ownFiles = ({ tls_cert, tls_key }: Pick<Config, "tls_cert" | "tls_key">): CertificateFiles => ({
  cert: tls_cert,
  key: tls_key,
  settings: { cert: "TOUCHSTONE_TLS_CERT", key: "TOUCHSTONE_TLS_KEY" },
});

/** Of the second listener, for dataplanes and others in the same network. */
export const internalFiles = (config: Pick<Config, "internal_tls_cert" | "internal_tls_key">): CertificateFiles => ({
  cert: config.internal_tls_cert,
  key: config.internal_tls_key,
  settings: { cert: "TOUCHSTONE_INTERNAL_TLS_CERT", key: "TOUCHSTONE_INTERNAL_TLS_KEY" },
});

const textOf = async (setting: string, path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw userError("SETTING_INVALID", setting, `the file ${path} cannot be read`);
  }
};

const writtenAt = async (paths: readonly string[]): Promise<string> => {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  return found.map((one) => one?.mtimeMs ?? "absent").join();
};

/** Null where none is named. Throws SETTING_INVALID. */
export const readCertificate = async ({ cert, key, settings }: CertificateFiles): Promise<CertificateRead | null> => {
  if (cert === null && key === null) return null;
  if (cert === null || key === null)
    throw userError("SETTING_INVALID", cert === null ? settings.cert : settings.key, "a certificate and its key go together");
  const written = await writtenAt([cert, key]);
  const certificate = { cert: await textOf(settings.cert, cert), key: await textOf(settings.key, key) };
  try {
    createSecureContext(certificate);
  } catch {
    // What the library says may quote the file.
    throw userError("SETTING_INVALID", settings.cert, "it is not a certificate in PEM to which the key belongs");
  }
  return { ...certificate, written };
};

/** Certificates are renewed while the process runs; some seconds later the new one is used. To look costs nothing. */
const LOOK_MS = 5_000;

export type Renewable = { setSecureContext: (options: Certificate & { minVersion: typeof TLS_OLDEST }) => void };

/**
 * Gives the server the files' certificate whenever they have changed since the one it has: connections that are there go on, the next has
 * the new one. One that is not usable, or of which a half is not written yet, is left for the one before it, told once, and looked at again.
 */
export const followCertificate = (
  server: Renewable,
  { files, used }: { files: CertificateFiles; used: CertificateRead },
  onChange: (error: unknown) => void,
  everyMs: number = LOOK_MS,
): { stop: () => void } => {
  const paths = [files.cert ?? "", files.key ?? ""];
  let [seen, told] = [used.written, used.written];
  const look = async (): Promise<void> => {
    const now = await writtenAt(paths);
    if (now === seen) return;
    try {
      const read = await readCertificate(files);
      if (read === null) return;
      server.setSecureContext({ cert: read.cert, key: read.key, minVersion: TLS_OLDEST });
      seen = read.written;
      onChange(null);
    } catch (thrown) {
      if (told !== now) onChange(thrown);
      told = now;
    }
  };
  // One look at a time: the next may be due before a slow disk has answered.
  let looking: Promise<void> | null = null;
  const lookOnce = (): void => {
    looking ??= look().finally(() => (looking = null));
  };
  lookOnce();
  const timer = setInterval(lookOnce, everyMs).unref();
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

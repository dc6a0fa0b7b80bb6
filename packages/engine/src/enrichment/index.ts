/** Enrichment targets, and the choice between them. */
import { statSync } from "node:fs";
import { userError } from "@touchstone/core/errors";
import type { ConnectOptions } from "../connectors/connector.ts";
import { connectDefaults } from "../connectors/defaults.ts";
import { openDuckdbTarget } from "./duckdb.ts";
import { openFolderTarget } from "./folder.ts";
import { checkPrefix, defaultPrefix } from "./names.ts";
import { openPostgresTarget } from "./postgres.ts";
import type { EnrichmentTarget } from "./target.ts";

export type { EnrichmentTarget } from "./target.ts";
export type { EnrichmentOperation, EnrichmentWrite, RemediationStrategy } from "./write.ts";
export type { Batch, Replacement } from "./replacement.ts";
export { describeWrite } from "./rows.ts";

export type OpenTargetOptions = Partial<ConnectOptions> & {
  /** Name of the source: the prefix of the tables is made of it unless one is given. */
  source: string;
  prefix?: string | undefined;
  /** How long to wait for another writer before TARGET_BUSY. */
  waitMs?: number | undefined;
};

/** A write takes seconds; a writer that is killed is noticed at once. */
const WAIT_MS = 30_000;

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * Opens an enrichment target: a `postgres://…?schema=x` URL, a `*.duckdb` file, or a folder. Fails now rather than after
 * the scan: TARGET_KIND_UNKNOWN, TARGET_READ_ONLY, TARGET_TABLE_FOREIGN, TARGET_BUSY, CONNECTION_FAILED, OPTION_INVALID.
 */
export const openTarget = async (target: string, options: OpenTargetOptions): Promise<EnrichmentTarget> => {
  const prefix = options.prefix === undefined ? defaultPrefix(options.source) : checkPrefix(options.prefix);
  const settings = { ...connectDefaults(options), prefix, waitMs: options.waitMs ?? WAIT_MS };
  if (/^postgres(ql)?:\/\//i.test(target)) return openPostgresTarget(target, settings);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(target)) throw userError("TARGET_KIND_UNKNOWN", withoutSecrets(target));
  if (/\.duckdb$/i.test(target)) return openDuckdbTarget(target, settings);
  if (isFile(target)) throw userError("TARGET_KIND_UNKNOWN", target);
  return openFolderTarget(target, settings);
};

const withoutSecrets = (url: string): string => url.replace(/^([^:]+:\/\/)[^/?#]*@/, "$1").replace(/[?#].*$/s, "");

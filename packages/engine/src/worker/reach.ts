/** From how a datastore is described to the datastore opened: for reading, and as a target for evidence. */
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Reach, WorkEnrichment } from "@touchstone/core/model/dataplane";
import type { ConnectOptions, Datastore } from "../connectors/connector.ts";
import { connectDefaults } from "../connectors/defaults.ts";
import { connect } from "../connectors/index.ts";
import { SSL_MODES, type PostgresConfig } from "../connectors/postgres/config.ts";
import { openTarget, type EnrichmentTarget } from "../enrichment/index.ts";
import { defaultPrefix } from "../enrichment/names.ts";
import { withSecrets } from "./secrets.ts";

const PORT = 5432;

const Settings = z.object({
  host: z.string().nullish(),
  port: z.coerce.number().nullish(),
  username: z.string().nullish(),
  uri: z.string().nullish(),
  parameters: z
    .object({
      sslmode: z.enum(SSL_MODES).nullish(),
      sslrootcert: z.string().nullish(),
      region: z.string().nullish(),
      endpoint: z.string().nullish(),
      time_zone: z.string().nullish(),
    })
    .nullish(),
});
type Settings = z.infer<typeof Settings>;

const settingsOf = ({ name, settings }: Reach): Settings => {
  const read = Settings.safeParse(settings);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw userError("OPTION_INVALID", `${issue?.path.join(".")} of ${name}`, issue?.message ?? "it is not as it should be");
};

const required = (value: string | null | undefined, what: string, { name }: Reach): string => {
  if (value != null && value !== "") return value;
  throw userError("OPTION_INVALID", `${what} of ${name}`, "it is missing");
};

const postgresConfig = (reach: Reach): PostgresConfig => {
  const { host, port, username, parameters } = settingsOf(reach);
  return {
    host: required(host, "host", reach),
    port: port ?? PORT,
    user: required(username, "username", reach),
    password: reach.secrets["password"] ?? null,
    database: required(reach.database, "database", reach),
    schema: reach.schema ?? "public",
    sslMode: parameters?.sslmode ?? "prefer",
    sslRootCertificate: parameters?.sslrootcert ?? null,
  };
};

/** The database that every cluster has from its beginning (initdb), and the schema that everybody may look into. */
const ANY_POSTGRES = { database: "postgres", schema: "pg_catalog" };

/** What a connection is tried with before a datastore says which database is meant. */
export const reachOfConnection = (reach: Reach): Reach =>
  reach.type === "postgresql" && (reach.database === null || reach.database === "") ? { ...reach, ...ANY_POSTGRES } : reach;

/** The path or URL of a datastore of files, or of a database in a file. */
const placeOf = (reach: Reach): string => {
  const { uri } = settingsOf(reach);
  const parts = [uri, reach.root_path].filter((part): part is string => part != null && part !== "");
  const [first, ...others] = parts.length === 0 ? [required(reach.database, "uri", reach)] : parts;
  if (others.length === 0) return first!;
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(first!)
    ? `${first!.replace(/\/+$/, "")}/${others.join("/").replace(/^\/+/, "")}`
    : join(first!, ...others);
};

/** Credentials of an object store under the names by which its extension is configured. */
const environmentOf = (reach: Reach): ConnectOptions["environment"] => {
  const { access_key, secret_key } = reach.secrets;
  const { parameters } = settingsOf(reach);
  if (access_key === undefined && parameters?.endpoint == null) return undefined;
  switch (reach.type) {
    case "s3":
      return {
        AWS_ACCESS_KEY_ID: access_key,
        AWS_SECRET_ACCESS_KEY: secret_key,
        AWS_REGION: parameters?.region ?? undefined,
        AWS_ENDPOINT_URL_S3: parameters?.endpoint ?? undefined,
      };
    case "gcs":
      return { GCS_ACCESS_KEY_ID: access_key, GCS_SECRET_ACCESS_KEY: secret_key };
    default:
      return { AZURE_STORAGE_ACCOUNT: access_key, AZURE_STORAGE_CONNECTION_STRING: secret_key };
  }
};

/** Opens a datastore for reading. Throws what its connector throws, and SECRET_UNRESOLVED. */
export const openDatastore = async (given: Reach, options: Partial<ConnectOptions>): Promise<Datastore> => {
  const reach = await withSecrets(given);
  const timeZone = settingsOf(reach).parameters?.time_zone;
  const settings = { ...options, ...(timeZone == null ? {} : { timeZone }) };
  switch (reach.type) {
    case "postgresql": {
      const { postgresConnector } = await import("../connectors/postgres/index.ts");
      return postgresConnector.connect(postgresConfig(reach), connectDefaults(settings));
    }
    case "duckdb":
      return connect([`duckdb:${placeOf(reach)}`], settings);
    case "files":
      return connect([placeOf(reach)], settings);
    case "s3":
    case "gcs":
    case "abfs":
      return connect([placeOf(reach)], { ...settings, environment: environmentOf(reach) });
    default:
      throw userError("NOT_SUPPORTED", `a connection of the type ${reach.type}`, "this dataplane", "it has no connector for it");
  }
};

const postgresUrl = (reach: Reach): string => {
  const { host, port, user, password, database, schema, sslMode } = postgresConfig(reach);
  const credentials = password === null ? encodeURIComponent(user) : `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const query = new URLSearchParams({ schema, sslmode: sslMode });
  return `postgres://${credentials}@${host.includes(":") ? `[${host}]` : host}:${port}/${encodeURIComponent(database)}?${query.toString()}`;
};

/** What an enrichment datastore is as a target, and which source it is read as. */
const targetOf = (reach: Reach): string => (reach.type === "postgresql" ? postgresUrl(reach) : placeOf(reach));

/** The prefix of the tables about a datastore. */
export const prefixOf = ({ prefix }: WorkEnrichment, source: string): string => prefix ?? defaultPrefix(source);

/** Opens the enrichment datastore for writing. */
export const openEnrichment = async (
  enrichment: WorkEnrichment,
  source: string,
  options: Partial<ConnectOptions>,
): Promise<EnrichmentTarget> =>
  openTarget(targetOf(await withSecrets(enrichment.datastore)), { ...options, source, prefix: prefixOf(enrichment, source) });

/** Opens one table of the enrichment datastore for reading; a folder holds it as a folder of files. */
export const openEnrichmentTable = async (
  enrichment: WorkEnrichment,
  table: string,
  options: Partial<ConnectOptions>,
): Promise<Datastore> => {
  const { datastore } = enrichment;
  if (datastore.type === "postgresql" || datastore.type === "duckdb") return openDatastore(datastore, options);
  return connect([join(placeOf(await withSecrets(datastore)), table)], options);
};

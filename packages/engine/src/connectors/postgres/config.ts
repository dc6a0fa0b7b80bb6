/** `postgres://user:password@host:port/database?schema=x&sslmode=y` as a configuration. */
import { userInfo } from "node:os";
import { readFileSync } from "node:fs";
import { userError } from "@touchstone/core/errors";

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

export type PostgresConfig = {
  host: string;
  port: number;
  user: string;
  /** Null: the driver looks into ~/.pgpass. */
  password: string | null;
  database: string;
  schema: string;
  sslMode: SslMode;
  /** Certificate of the authority that signed the server's, PEM. */
  sslRootCertificate: string | null;
};

const PORT_DEFAULT = 5432;
const PARAMETERS = ["schema", "sslmode", "sslrootcert"];

const isSslMode = (mode: string): mode is SslMode => SSL_MODES.some((known) => known === mode);

const readSslMode = (mode: string): SslMode => {
  if (!isSslMode(mode)) throw userError("OPTION_INVALID", "sslmode", `it is one of ${SSL_MODES.join(", ")}`);
  return mode;
};

const readCertificate = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw userError("OPTION_INVALID", "sslrootcert", "the file cannot be read");
  }
};

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw userError(
      "OPTION_INVALID",
      "SOURCE",
      "a % in the postgres URL is not followed by two hexadecimal digits; a plain one is written %25",
    );
  }
};

/** Null when the source is no Postgres URL. What the URL leaves out comes from PGUSER, PGPASSWORD, PGPORT, or is libpq's default. */
export const parsePostgres = (source: string): PostgresConfig | null => {
  if (!/^postgres(ql)?:\/\//.test(source)) return null;
  const url = URL.parse(source);
  if (url === null)
    throw userError("OPTION_INVALID", "SOURCE", "the postgres URL is not of the form postgres://user@host:port/database?schema=name");
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.includes(name)) throw userError("OPTION_INVALID", name, `a postgres URL takes ${PARAMETERS.join(", ")}`);
  }
  const user = decoded(url.username) || process.env["PGUSER"] || userInfo().username;
  const certificate = url.searchParams.get("sslrootcert");
  return {
    host: decoded(url.hostname).replace(/^\[|\]$/g, "") || process.env["PGHOST"] || "localhost",
    port: Number(url.port || process.env["PGPORT"] || PORT_DEFAULT),
    user,
    password: decoded(url.password) || process.env["PGPASSWORD"] || null,
    database: decoded(url.pathname.slice(1)) || user,
    schema: url.searchParams.get("schema") || "public",
    sslMode: readSslMode(url.searchParams.get("sslmode") ?? "prefer"),
    sslRootCertificate: certificate === null ? null : readCertificate(certificate),
  };
};

/** How reports name the datastore: without user and password. */
export const postgresName = ({ host, port, database, schema }: PostgresConfig): string =>
  `postgres://${host}:${port}/${database}/${schema}`;

import { z } from "zod";
import { ID, many, pageOf, Paging, role, route } from "./contract.ts";
import { Reference } from "./naming.ts";

/** Kinds of stores there are connectors for. */
export const ConnectionType = z.enum(["postgresql", "duckdb", "files", "s3", "gcs", "abfs"]);
export type ConnectionType = z.infer<typeof ConnectionType>;

/** Where a store keeps its data: in a database, or in files below a path. */
export const StoreType = z.enum(["jdbc", "dfs"]);

/** What is secret among the settings: it is stored sealed and never answered. */
export const SECRETS = ["password", "passphrase", "access_key", "secret_key", "credentials_payload"] as const;

export type Secret = (typeof SECRETS)[number];

/** Stands for a secret that is set; sent back, it means that the secret stays. */
export const SET = "********";

const text = z.string().max(10_000);
/** A secret, or where the dataplane finds it: `${ENV_NAME}`, `file:/path`, or the secrets manager of the connection. */
const secret = text.nullish();

const settings = {
  host: text.nullish(),
  port: z.coerce.number().int().min(1).max(65_535).nullish(),
  username: text.nullish(),
  password: secret,
  passphrase: secret,
  /** For files: a folder, or the address of a bucket. */
  uri: text.nullish(),
  access_key: secret,
  secret_key: secret,
  /** Whatever else the kind takes (sslmode, region, endpoint). */
  parameters: z.record(z.string(), z.unknown()).nullish(),
  secrets_manager: z.record(z.string(), z.unknown()).nullish(),
  jdbc_fetch_size: z.number().int().positive().nullish(),
  max_parallelization: z.number().int().min(0).max(100).nullish(),
};

export const ConnectionInput = z
  .object({ name: z.string().trim().min(1).max(200), type: ConnectionType, ...settings })
  .meta({ id: "ConnectionInput" });

/** A changed connection: what is not named stays as it is. */
export const ConnectionChanges = z
  .object({ name: z.string().trim().min(1).max(200), type: ConnectionType, ...settings })
  .partial()
  .meta({ id: "ConnectionChanges" });

/** A secret as it is answered: absent, or that it is set. */
const sealed = z.literal(SET).optional();

export const Connection = z
  .object({
    id: z.number().int(),
    name: z.string(),
    type: z.string(),
    connection_type: StoreType,
    host: z.string().nullable(),
    port: z.number().int().nullable(),
    username: z.string().nullable(),
    uri: z.string().nullable(),
    parameters: z.record(z.string(), z.unknown()),
    secrets_manager: z.record(z.string(), z.unknown()).nullable(),
    jdbc_fetch_size: z.number().int().nullable(),
    max_parallelization: z.number().int().nullable(),
    password: sealed,
    passphrase: sealed,
    access_key: sealed,
    secret_key: sealed,
    credentials_payload: sealed,
    /** Datastores that use it, of those that the caller may see. */
    datastores: z.array(Reference),
    created: z.string(),
  })
  .meta({ id: "Connection" });

export const ConnectionTest = z.object({ connected: z.boolean(), message: z.string().nullable() }).meta({ id: "ConnectionTest" });

const Filters = Paging.extend({ name: z.string().optional(), type: many(z.string()).optional() });

export const connections = {
  list: route({
    method: "GET",
    path: "/connections",
    summary: "The connections, in order of their names",
    needs: role("Manager"),
    query: Filters,
    output: pageOf(Connection),
  }),
  create: route({
    method: "POST",
    path: "/connections",
    summary: "A new connection; its secrets are sealed and never answered",
    needs: role("Manager"),
    body: ConnectionInput,
    output: Connection,
    status: 201,
    audit: "connection.create",
    errors: ["OBJECT_EXISTS"],
  }),
  get: route({
    method: "GET",
    path: "/connections/{id}",
    summary: "One connection",
    needs: role("Manager"),
    params: ID,
    output: Connection,
  }),
  update: route({
    method: "PUT",
    path: "/connections/{id}",
    summary: "Changes a connection; secrets that are not named stay",
    needs: role("Manager"),
    params: ID,
    body: ConnectionChanges,
    output: Connection,
    audit: "connection.update",
    errors: ["OBJECT_EXISTS"],
  }),
  delete: route({
    method: "DELETE",
    path: "/connections/{id}",
    summary: "Deletes a connection that no datastore uses",
    needs: role("Manager"),
    params: ID,
    audit: "connection.delete",
    errors: ["OBJECT_IN_USE"],
  }),
  test: route({
    method: "POST",
    path: "/connections/{id}/test",
    summary: "Tries a connection, with what is sent in place of what is kept",
    needs: role("Manager"),
    params: ID,
    body: ConnectionChanges.optional(),
    output: ConnectionTest,
    errors: ["DATAPLANE_ABSENT", "DATAPLANE_SILENT"],
  }),
};

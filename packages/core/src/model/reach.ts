/**
 * What was tried from a machine, and how far it got: the words in which a pod inside a cluster answers whoever started it. One line of
 * JSON each, so that a log is read line by line.
 */
import { z } from "zod";

/**
 * `tcp=HOST:PORT` is connected to; `denied=HOST:PORT` ought to be out of reach, and so does `denied=api-server`, that of the cluster
 * (`open=…` the opposite); `https=URL` is asked, with its certificate verified; `web=URL` too, through the proxy that the environment names,
 * and whatever it answers will do; `issuer=URL` for its discovery document; `store=url` is the
 * metadata store in DATABASE_URL; in `bucket=s3://…` an object is written, read and deleted, as a backup would be; in the folder of
 * `volume=/PATH` a file is.
 */
export const REACH_KINDS = ["tcp", "open", "denied", "https", "web", "issuer", "store", "bucket", "volume"] as const;
export type ReachKind = (typeof REACH_KINDS)[number];
export type ReachTarget = { kind: ReachKind; to: string };

export const reachText = ({ kind, to }: ReachTarget): string => `${kind}=${to}`;

/** Null for a text that is none. */
export const reachTarget = (text: string): ReachTarget | null => {
  const [name = "", to = ""] = /^([a-z]+)=(\S+)$/.exec(text)?.slice(1) ?? [];
  const kind = REACH_KINDS.find((known) => known === name);
  return kind === undefined ? null : { kind, to };
};

/** What a database would be as a metadata store. */
export const StoreGround = z.object({
  /** As Postgres counts: 150007 is 15.7. */
  serverVersion: z.number(),
  /** Version of TLS; null without. */
  tls: z.string().nullable(),
  /** Whether this user may make schemas in the database (the queue has one), and tables in the current one. */
  mayCreateSchemas: z.boolean(),
  mayCreateTables: z.boolean(),
  /** Whether pg_trgm, by which names are searched, can be had. */
  hasTrigrams: z.boolean(),
  isStandby: z.boolean(),
});
export type StoreGround = z.infer<typeof StoreGround>;

export const Reached = z.object({
  kind: z.enum(REACH_KINDS),
  to: z.string(),
  /** Where it stopped: the name is not known, nothing listens or answers, the certificate is not good, the answer is another. Null where all went well. */
  stopped: z.enum(["name", "connection", "certificate", "answer"]).nullable(),
  /** Why, in words without values. */
  reason: z.string().nullable(),
  addresses: z.array(z.string()),
  milliseconds: z.number(),
  /** How much its clock is ahead of this one's, where it tells. */
  aheadSeconds: z.number().nullable(),
  store: StoreGround.nullable(),
});
export type Reached = z.infer<typeof Reached>;

/** The answers in a log; other lines are not looked at. */
export const reachedIn = (log: string): Reached[] =>
  log.split("\n").flatMap((line) => {
    if (!line.startsWith('{"kind":')) return [];
    try {
      return Reached.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });

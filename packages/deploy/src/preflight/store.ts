/** Whether the database that the store's Secret names can be one, asked from a pod: reach, version, privileges, TLS. */
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import type { Check } from "./check.ts";
import { hasStoreUrl } from "./probe-plan.ts";
import { answersAbout } from "./probe.ts";

const ID = "store";
/** What the queries are written for. */
const VERSION_MIN = 150_000;
const SECONDS_MAX = 30;

const shown = (version: number): string => `${Math.floor(version / 10_000)}.${version % 10_000}`;

const unreached = ({ stopped, reason }: Reached): Finding => {
  const found = `from inside: ${reason ?? "it does not answer"}`;
  const todo = /offers no TLS/.test(reason ?? "")
    ? "switch TLS on there, or say sslmode=disable in DATABASE_URL if the network itself is trusted"
    : stopped === "certificate"
      ? "correct its certificate, or make its authority known: authorities in values"
      : /DATABASE_URL is not set/.test(reason ?? "")
        ? "make the Secret that secrets.store names, with DATABASE_URL"
        : /password|authentication|pg_hba|role/i.test(reason ?? "")
          ? "correct user and password in the Secret, or let this user in (pg_hba.conf)"
          : "correct the URL in the Secret, open the way (networks.store in deployment.yaml, firewalls between), or start it";
  return problem(ID, found, "Postgres 15 or newer, in reach of pods", todo);
};

/** What a database would be as a store. */
export const judgeStore = (reached: Reached): Finding[] => {
  const { store, aheadSeconds } = reached;
  if (store === null) return [unreached(reached)];
  const found = `Postgres ${shown(store.serverVersion)}, ${store.tls ?? "without TLS"}`;
  const findings = [
    ...(store.serverVersion < VERSION_MIN ? [problem(ID, found, "Postgres 15 or newer", "upgrade it, or name another")] : []),
    ...(store.isStandby ? [problem(ID, "it is a standby, which takes no writes", "the primary", "name the primary in DATABASE_URL")] : []),
    ...(store.mayCreateSchemas && store.mayCreateTables
      ? []
      : [
          problem(
            ID,
            `its user may not make ${store.mayCreateSchemas ? "tables in its schema" : "schemas in the database"}`,
            "a user that owns the database",
            "ALTER DATABASE … OWNER TO the user of DATABASE_URL",
          ),
        ]),
    ...(store.hasTrigrams
      ? []
      : [
          problem(
            ID,
            "it does not have the extension pg_trgm",
            "pg_trgm, by which names are searched",
            "install the contrib package of Postgres there",
          ),
        ]),
    ...(store.tls === null
      ? [
          note(
            ID,
            "the connection is not encrypted",
            "TLS, with a certificate that is verified",
            "switch TLS on there, and say sslmode=verify-full in DATABASE_URL instead of what it says now",
          ),
        ]
      : []),
    ...(aheadSeconds !== null && Math.abs(aheadSeconds) > SECONDS_MAX
      ? [
          note(
            ID,
            `its clock is ${Math.abs(aheadSeconds)} seconds ${aheadSeconds > 0 ? "ahead" : "behind"}`,
            "clocks that agree",
            "let both keep time by NTP",
          ),
        ]
      : []),
  ];
  return findings.some(({ state }) => state === "problem") ? findings : [ok(ID, `${found}, with the rights that are needed`), ...findings];
};

export const store: Check = {
  id: ID,
  looks: "the store in the Secret, from a pod under the policies of the check: connection, TLS, version, rights, pg_trgm, clock",
  needs: "Postgres 15 or newer that answers, a user that may make schemas and tables, pg_trgm; without TLS a note",
  look: async ({ inside, rendered, site: { deployment } }) => {
    if (deployment.store === "cloudnativepg") return [ok(ID, "CloudNativePG makes it with the installation")];
    if (deployment.store === "demo")
      return [
        note(ID, "it is embedded in the pod of the API", "a server, for anything but a look", "say store: external, or cloudnativepg"),
      ];
    if (!(await rendered()).some(hasStoreUrl)) return [ok(ID, "this deployment has none of its own")];
    const answers = answersAbout(await inside(), "check", "store");
    return typeof answers === "string" ? [unseen(ID, answers)] : answers.flatMap(judgeStore);
  },
};

/**
 * The look from inside a cluster, as `helm test` runs it in a pod beside the API: whether what a running installation needs is there and in
 * reach. Problems are what this installation cannot work with; what may be so because of where the pod stands is a note.
 */
import { toErrorInfo } from "@touchstone/core/errors";
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached, StoreGround } from "@touchstone/core/model/reach";
import { readUsable, type Config } from "@touchstone/server/config";
import { askApi, judgeApi } from "./api.ts";
import { reach, type ReachOptions } from "./reach.ts";
import { settingFindings } from "./settings.ts";
import { judgeStore } from "./store.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Signatures of identity providers are taken with clocks this far apart (auth/oidc.ts). */
const SKEW_SECONDS_MAX = 30;
/** More than a network takes: somebody should look at it before it is more. */
const SKEW_SECONDS_GOOD = 5;

export type Clock = { of: string; aheadSeconds: number | null };

export const judgeClocks = (clocks: readonly Clock[]): Finding[] => {
  const seen = clocks.flatMap(({ of, aheadSeconds }) =>
    aheadSeconds === null ? [] : [{ of, seconds: Math.abs(aheadSeconds), isAhead: aheadSeconds > 0 }],
  );
  const worst = seen.toSorted((a, b) => b.seconds - a.seconds)[0];
  if (worst === undefined) return [unseen("clock", "nothing that was asked tells the time")];
  const found = `the clock of ${worst.of} is ${worst.seconds} seconds ${worst.isAhead ? "ahead" : "behind"}`;
  const told = [
    found,
    `at most ${SKEW_SECONDS_MAX} seconds apart, or sign-in fails`,
    "let nodes keep time (chrony, systemd-timesyncd)",
  ] as const;
  if (worst.seconds > SKEW_SECONDS_MAX) return [problem("clock", ...told)];
  return worst.seconds > SKEW_SECONDS_GOOD ? [note("clock", ...told)] : [ok("clock", `as that of ${seen.map(({ of }) => of).join(", ")}`)];
};

/** How the name by which people come looks from here. */
export const judgeName = (url: string, { stopped, reason, addresses }: Reached): Finding => {
  const found = `${url} (${addresses.join(", ") || "no address"}): ${reason ?? "it answers"}`;
  switch (stopped) {
    case null:
      return ok("name", `${url} leads here, with a good certificate`);
    case "certificate":
      return /not trusted|signed by itself/.test(reason ?? "")
        ? note(
            "name",
            found,
            "a certificate that is trusted here too",
            "name its authority in values (authorities), if dataplanes elsewhere come by this name",
          )
        : problem("name", found, "a certificate for this name that is valid", "correct the Secret or the issuer that the ingress names");
    case "answer":
      return problem("name", found, "the answer of this control plane", "look at the ingress: does it route /api to the Service?");
    case "name":
    case "connection":
      return note(
        "name",
        `${found}, from inside the cluster`,
        "the ingress, at this name",
        "make the name known in DNS; where it is and people get there, say networkPolicy.entrance in values, for this check to get there too",
      );
    default:
      return stopped satisfies never;
  }
};

export const judgeIssuer = (name: string, { to, stopped, reason }: Reached): Finding =>
  stopped === null
    ? ok("sign-in", `${name} tells what it is at ${to}`)
    : problem(
        "sign-in",
        `${name} at ${to}: ${reason ?? "it does not answer"}`,
        "its discovery document",
        stopped === "certificate"
          ? "make its authority known: settings.outboundAuthority in values"
          : "open the way to it: networkPolicy.identityProviders in values",
      );

/** TLS of a connection that is there; within one machine there is nobody to listen. */
export const judgeTls = ({ tls }: StoreGround): Finding =>
  tls === null
    ? note("store", "the connection to it is not encrypted", "TLS", "say sslmode=verify-full in DATABASE_URL")
    : ok("store", `the connection to it is ${tls}`);

/** About the work and who does it: what was so before a release was changed, and no other release mends. */
const OF_THE_WORK = ["queue", "dataplanes"];

/** A check of a release tells of the work and does not fail for it, or a job that was lost in spring would undo every upgrade. */
export const ofRelease = (findings: readonly Finding[]): Finding[] =>
  findings
    // The keys are the API's alone, so nothing is said of sealed secrets here.
    .filter(({ subject }) => subject !== "secrets")
    .map((finding) => (finding.state === "problem" && OF_THE_WORK.includes(finding.subject) ? { ...finding, state: "note" } : finding));

type InStore = { findings: Finding[]; clock: Clock; issuers: { name: string; to: string }[] };

const lookAtStore = async ({ database_url }: Config): Promise<InStore> => {
  const none = { clock: { of: "the store", aheadSeconds: null }, issuers: [] };
  if (database_url === null) return { ...none, findings: [unseen("store", "it is embedded in the pod of the API")] };
  const [{ openStore }, { storeHealth }, { storeGround }, { providerRows }] = await Promise.all([
    import("@touchstone/server/store/database"),
    import("@touchstone/server/store/health"),
    import("@touchstone/server/store/ground"),
    import("@touchstone/server/store/providers"),
  ]);
  const place = `the store at ${new URL(database_url).host}`;
  try {
    const store = await openStore({ url: database_url, folder: "" });
    try {
      const health = await storeHealth(store.db, null);
      const { ground, now } = await storeGround(store.db);
      const rows = health.content === null ? [] : await providerRows(store.db);
      return {
        findings: [...ofRelease(judgeStore(health, place, true, new Date())), judgeTls(ground)],
        clock: { of: "the store", aheadSeconds: Math.round((now.getTime() - Date.now()) / 1000) },
        issuers: rows.flatMap(({ settings }) =>
          settings.kind === "oidc" && settings.enabled && settings.discovery_url !== null
            ? [{ name: settings.name, to: settings.discovery_url }]
            : [],
        ),
      };
    } finally {
      await store.close();
    }
  } catch (thrown) {
    const { what, why, todo } = toErrorInfo(thrown);
    return { ...none, findings: [problem("store", `${what}: ${why}`, `${place}, in reach and of this version`, todo)] };
  }
};

/** The whole look, with the environment of a pod beside the API. */
export const lookFromInside = async (env: Environment, more: Pick<ReachOptions, "patienceMs"> = {}): Promise<Finding[]> => {
  const { config, faults } = readUsable({}, env);
  const server = env["TOUCHSTONE_SERVER"] ?? "";
  const store = await lookAtStore(config);
  const [api, name, ...issuers] = await Promise.all([
    server === "" ? null : askApi({ server, authority: env["TOUCHSTONE_SERVER_AUTHORITY"] ?? null }),
    config.base_url === null ? null : reach({ kind: "https", to: `${config.base_url}/api/health` }, { env, ...more }),
    ...store.issuers.map(({ to }) => reach({ kind: "issuer", to }, { env, ...more })),
  ]);
  const clocks = [
    store.clock,
    ...(api === null ? [] : [{ of: "the API", aheadSeconds: api.aheadSeconds }]),
    ...issuers.map((issuer, index) => ({ of: store.issuers[index]?.name ?? issuer.to, aheadSeconds: issuer.aheadSeconds })),
  ];
  return [
    ...settingFindings(faults, env),
    ...(api === null ? [unseen("api", "TOUCHSTONE_SERVER does not say where it is")] : judgeApi(server, api, new Date())),
    ...store.findings,
    ...issuers.map((issuer, index) => judgeIssuer(store.issuers[index]?.name ?? "the provider", issuer)),
    ...(name === null || config.base_url === null
      ? [unseen("name", "TOUCHSTONE_BASE_URL is not set")]
      : [judgeName(config.base_url, name)]),
    ...judgeClocks(clocks),
  ];
};

/** What pods saw, and what it means: names, the store, datastores, providers, images and policies. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Finding } from "@touchstone/core/model/finding";
import type { Reached, StoreGround } from "@touchstone/core/model/reach";
import { deploymentIn } from "../deployment/read.ts";
import { expectFindings, type Expected } from "../trial/findings.ts";
import { judgeBucket } from "./bucket.ts";
import { judgeClaims, type ClassTried } from "./claims.ts";
import { judgeDatastores } from "./datastores.ts";
import { judgeImages } from "./images.ts";
import { judgeName } from "./name.ts";
import { judgePolicies } from "./policies.ts";
import type { ProbeEnd, Where } from "./probe.ts";
import type { Role } from "./probe-plan.ts";
import { judgeIssuer } from "./sign-in.ts";
import { judgeStore } from "./store.ts";

const cases = (subject: string, all: Readonly<Record<string, [findings: () => readonly Finding[], expected: Expected]>>): void =>
  void suite(subject, () => {
    for (const [what, [findings, expected]] of Object.entries(all)) test(what, () => expectFindings(findings(), expected));
  });
const reached = (more: Partial<Reached> = {}): Reached => ({
  kind: "tcp",
  to: "db.example.org:5432",
  stopped: null,
  reason: null,
  addresses: ["192.0.2.7"],
  milliseconds: 4,
  aheadSeconds: 0,
  store: null,
  ...more,
});
const late: Partial<Reached> = { stopped: "connection", reason: "no answer came in time" };
const unknown: Partial<Reached> = { stopped: "name", reason: "no such host is known", addresses: [] };

const name = (here: readonly string[], inside: Reached | string, entrance: readonly string[] = []) =>
  judgeName({ fqdn: "quality.example.org", here, inside, entrance });
const ADDRESS = ["192.0.2.7"];
cases("name", {
  "known everywhere, before an installation": [
    () => name(ADDRESS, reached({ stopped: "answer", reason: "it answers 404" })),
    [
      ["ok", /192\.0\.2\.7$/],
      ["ok", /from inside/],
    ],
  ],
  "known everywhere, where the ingress is": [
    () => name(ADDRESS, reached(), ADDRESS),
    [
      ["ok", /where the ingress is/],
      ["ok", /from inside/],
    ],
  ],
  "leading elsewhere": [
    () => name(["198.51.100.1"], reached(), ADDRESS),
    [
      ["note", /leads to 198\.51\.100\.1, and the ingress is at 192\.0\.2\.7/],
      ["ok", /from inside/],
    ],
  ],
  "known nowhere": [() => name([], reached(unknown)), [["problem", /not known here/]]],
  "known here alone": [
    () => name(ADDRESS, reached(unknown)),
    [
      ["ok", /./],
      ["problem", /from inside.*no such host/],
    ],
  ],
  "known inside alone": [
    () => name([], reached()),
    [
      ["note", /known inside the cluster, and not here/],
      ["ok", /from inside/],
    ],
  ],
  "out of reach from inside": [
    () => name(ADDRESS, reached(late)),
    [
      ["ok", /./],
      ["note", /no answer came in time/],
    ],
  ],
  "a wrong certificate of an installation": [
    () => name(ADDRESS, reached({ stopped: "certificate", reason: "its certificate is for another name" }), ADDRESS),
    [
      ["ok", /./],
      ["note", /another name/],
    ],
  ],
  "with nobody inside": [
    () => name(ADDRESS, "There is no namespace quality yet"),
    [
      ["ok", /./],
      ["unseen", /no namespace/],
    ],
  ],
});

const GOOD: StoreGround = {
  serverVersion: 160_004,
  tls: "TLSv1.3",
  mayCreateSchemas: true,
  mayCreateTables: true,
  hasTrigrams: true,
  isStandby: false,
};
const store = (more: Partial<StoreGround>, aheadSeconds = 0) =>
  judgeStore(reached({ kind: "store", store: { ...GOOD, ...more }, aheadSeconds }));
cases("store", {
  "as it should be": [() => store({}), [["ok", /Postgres 16\.4, TLSv1\.3/]]],
  "too old": [() => store({ serverVersion: 140_011 }), [["problem", /Postgres 14\.11/]]],
  "a standby": [() => store({ isStandby: true }), [["problem", /standby/]]],
  "no right to make schemas": [() => store({ mayCreateSchemas: false }), [["problem", /schemas in the database/]]],
  "no right to make tables": [() => store({ mayCreateTables: false }), [["problem", /tables in its schema/]]],
  "without pg_trgm": [() => store({ hasTrigrams: false }), [["problem", /pg_trgm/]]],
  "in the clear": [
    () => store({ tls: null }),
    [
      ["ok", /without TLS/],
      ["note", /not encrypted/],
    ],
  ],
  "another time there": [
    () => store({}, -45),
    [
      ["ok", /./],
      ["note", /45 seconds behind/],
    ],
  ],
  "out of reach": [() => judgeStore(reached({ ...late, kind: "store" })), [["problem", /no answer came in time/]]],
  "a wrong password": [
    () => judgeStore(reached({ stopped: "connection", reason: 'password authentication failed for user "touchstone"' })),
    [["problem", /password authentication/]],
  ],
});

test("what is to be done about a store without TLS, asked with it and without", () => {
  const asked = judgeStore(reached({ stopped: "certificate", reason: "it offers no TLS, which is asked for" }));
  assert.match(asked[0]?.todo ?? "", /switch TLS on there, or say sslmode=disable/);
  assert.match(store({ tls: null })[1]?.todo ?? "", /say sslmode=verify-full in DATABASE_URL instead of/);
});

const { datastores } = deploymentIn(
  "version: 1\nname: acme\nmodel: customer\nfqdn: q.example.org\nnetworks: {datastores: {sales: {cidrs: [10.0.0.0/8], ports: [5432, 5433], host: db.example.org}, lake: {cidrs: [10.1.0.0/16], ports: [443]}}}\n",
  "deployment.yaml",
).networks;
const LAKE: Expected[number] = ["unseen", /lake has no host/];
cases("datastores", {
  none: [() => judgeDatastores({}, []), [["ok", /none/]]],
  "one port open, one closed": [
    () => judgeDatastores(datastores, [reached(), reached({ to: "db.example.org:5433", ...late })]),
    [["ok", /sales at db\.example\.org:5432 \(192\.0\.2\.7\), in 4 ms/], ["problem", /5433 \(192\.0\.2\.7\): no answer/], LAKE],
  ],
  "a name that is not known": [
    () => judgeDatastores(datastores, [reached(unknown), reached({ ...unknown, to: "db.example.org:5433" })]),
    [["problem", /no such host/], ["problem", /no such host/], LAKE],
  ],
  "not tried": [() => judgeDatastores(datastores, []), [["unseen", /was not tried/], ["unseen", /was not tried/], LAKE]],
  "nobody to look": [() => judgeDatastores(datastores, "no pod ran"), [["unseen", /sales: no pod ran/], LAKE]],
});

const CLOUD = { cidrs: ["0.0.0.0/0"], host: "lake.example.org" };
const web = (to: string, more: Partial<Reached> = {}) => reached({ kind: "web", to, ...more });
const lake = (more: Partial<Reached>) => judgeDatastores({ lake: { ...CLOUD, ports: [443] } }, [web("https://lake.example.org/", more)]);
cases("object stores", {
  "at the usual port": [() => lake({}), [["ok", /lake at https:\/\/lake\.example\.org\/ \(192\.0\.2\.7\) answers by https, in 4 ms/]]],
  "at another, where that is said": [
    () => judgeDatastores({ lake: { ...CLOUD, ports: [9000], https: true } }, [web("https://lake.example.org:9000/")]),
    [["ok", /answers by https/]],
  ],
  "a database at the port of https, where that is said": [
    () => judgeDatastores({ lake: { ...CLOUD, ports: [443], https: false } }, [reached({ to: "lake.example.org:443" })]),
    [["ok", /lake at lake\.example\.org:443 /]],
  ],
  "out of reach": [() => lake(late), [["problem", /in time/]]],
  "a certificate of somebody's on the way": [
    () => lake({ stopped: "certificate", reason: "its authority is not trusted" }),
    [["problem", /not trusted/]],
  ],
  "a clock that is another": [() => lake({ aheadSeconds: -301 }), [["note", /its clock is 301 seconds behind/]]],
  "a clock that is near enough": [() => lake({ aheadSeconds: 300 }), [["ok", /answers/]]],
});

const issuer = (more: Partial<Reached>) => [judgeIssuer(reached({ kind: "issuer", to: "https://login.example.org", ...more }))];
cases("sign-in", {
  "that answers": [() => issuer({}), [["ok", /tells what it is/]]],
  "of another time": [() => issuer({ aheadSeconds: 31 }), [["note", /31 seconds ahead/]]],
  "that is another": [
    () => issuer({ stopped: "answer", reason: "what it answers is not its discovery document" }),
    [["problem", /discovery document/]],
  ],
  "out of reach": [() => issuer(late), [["problem", /in time/]]],
});

const BY_DIGEST = `r.example.org/control-plane@sha256:${"1".repeat(64)}`;
const ends = (...all: readonly [Role, ProbeEnd][]) => judgeImages(new Map(all));
const ran = (image: string): ProbeEnd => ({ kind: "answered", image, reached: [] });
const stopped = (where: Where, why: string, image = BY_DIGEST): ProbeEnd => ({
  kind: "stopped",
  image,
  where,
  why,
});
cases("images", {
  "by digest": [() => ends(["check", ran(BY_DIGEST)], ["open", ran(BY_DIGEST)]), [["ok", /runs$/]]],
  "by tag": [() => ends(["check", ran("r.example.org/a:1")]), [["note", /named by a tag/]]],
  "one of two that did not run": [
    () => ends(["check", ran(BY_DIGEST)], ["open", stopped("refused", "exceeded quota")]),
    [["problem", /exceeded quota/]],
  ],
  "one of two that found no place, for want of a volume": [
    () => ends(["volumes", stopped("place", "unbound PersistentVolumeClaims")], ["check", ran(BY_DIGEST)]),
    [["ok", /runs$/]],
  ],
  "not to be had": [() => ends(["check", stopped("image", "ImagePullBackOff: denied")]), [["problem", /denied/]]],
  "that may not be started": [() => ends(["check", stopped("rights", "forbidden: User")]), [["unseen", /forbidden/]]],
  "without a place": [() => ends(["check", stopped("place", "0/3 nodes are available")]), [["unseen", /0\/3 nodes/]]],
  silent: [() => ends(["check", stopped("silent", "it ended and answered nothing")]), [["problem", /answered nothing/]]],
  "two of them": [
    () => ends(["check", ran(BY_DIGEST)], ["worker", stopped("image", "x", "r.example.org/b:1")]),
    [
      ["ok", /runs/],
      ["problem", /b:1/],
    ],
  ],
});

const server = (more: Partial<Reached> = {}) => reached({ kind: "open", to: "api-server", addresses: ["172.20.0.1"], ...more });
const judge = (denied: Reached | string, open: Reached | string, allowed: readonly string[] = ["10.0.0.0/8"]) => [
  judgePolicies({ denied, open, allowed }),
];
cases("policies", {
  enforced: [() => judge(server(late), server()), [["ok", /are enforced/]]],
  "not enforced": [() => judge(server(), server()), [["problem", /not enforced/]]],
  "allowed, so nothing is seen": [() => judge(server(), server(), ["172.16.0.0/12"]), [["unseen", /hold the address of the API server/]]],
  "out of reach for everybody": [() => judge(server(late), server(late)), [["unseen", /other policies/]]],
  "nobody to look": [() => judge("no pod ran", server()), [["unseen", /no pod ran/]]],
  "nobody to compare with": [() => judge(server(late), "no pod ran"), [["unseen", /no pod ran/]]],
});

const BUCKET = "s3://backups/prod";
const bucket = (more: Partial<Reached>) => [judgeBucket(BUCKET, [reached({ kind: "bucket", to: BUCKET, addresses: [], ...more })])];
cases("bucket", {
  none: [() => [judgeBucket(null, [])], [["ok", /no bucket/]]],
  "as it should be": [() => bucket({}), [["ok", /written, listed, read and deleted in s3:\/\/backups\/prod, in 4 ms/]]],
  "without the right to delete": [
    () => bucket({ stopped: "answer", reason: "s3://backups/prod/x could not be deleted: the object store answers 403 AccessDenied" }),
    [["problem", /could not be deleted.*403 AccessDenied/]],
  ],
  "out of reach": [() => bucket(late), [["problem", /no answer came in time/]]],
  "not tried": [() => [judgeBucket(BUCKET, [])], [["unseen", /was not tried/]]],
  "nobody to look": [() => [judgeBucket(BUCKET, "no pod ran")], [["unseen", /no pod ran/]]],
});

const TRIED: readonly ClassTried[] = [
  { asked: "", name: "usual", untried: null },
  { asked: "kept", name: "kept", untried: { why: "it keeps its volumes", todo: "" } },
  { asked: "fast", name: "fast", untried: null },
];
const written = (index: number, more: Partial<Reached> = {}) => reached({ kind: "volume", to: `/claims/${index}`, addresses: [], ...more });
const KEPT: Expected[number] = ["unseen", /kept: it keeps its volumes: no claim was made/];
cases("claims", {
  none: [() => judgeClaims([], []), [["ok", /no volume/]]],
  "each class in its turn, without the one that is kept": [
    () => judgeClaims(TRIED, [written(1, { stopped: "answer", reason: "permission denied" }), written(0)]),
    [["ok", /usual: a volume was made/], KEPT, ["problem", /fast: .*permission denied/]],
  ],
  "a class that is not there": [() => judgeClaims([{ asked: "x", name: null, untried: null }], []), [["unseen", /no StorageClass x/]]],
  "a volume that is not made": [
    () => judgeClaims(TRIED, { place: "failed to provision volume: quota" }),
    [["problem", /usual: failed to provision volume/], KEPT, ["problem", /fast: failed/]],
  ],
  "nobody to look": [() => judgeClaims(TRIED, "no pod ran"), [["unseen", /no pod ran/], KEPT, ["unseen", /no pod ran/]]],
  "an answer that is missing": [() => judgeClaims(TRIED, [written(0)]), [["ok", /usual/], KEPT, ["unseen", /fast was not tried/]]],
});

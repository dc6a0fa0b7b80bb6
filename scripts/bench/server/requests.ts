/** What people and programs ask for who look at their data: each kind of request, how often, and which one is next. */
import type { Stock } from "./stock.ts";

export type Kind = {
  name: string;
  /** How often, in proportion to the others. */ share: number;
  path: (dice: Dice, stock: Stock) => string;
};

/** A number from 1 to `most`. */
export type Dice = (most: number) => number;

/** Numbers of a linear congruence (Knuth, TAOCP 2, table 3.3.4-1, line 26): the same requests every time. */
export const dice = (seed: number): Dice => {
  let state = BigInt(seed);
  return (most) => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    return 1 + Number((state >> 33n) % BigInt(most));
  };
};

const NOUNS = ["orders", "customers", "invoices", "payments", "shipments", "products"];
const FIELDS = ["email", "price", "placed", "country", "quantity"];
const of = <T>(list: readonly T[], at: Dice): T => list[at(list.length) - 1]!;
const number = (at: Dice): string => `A-${String(at(1_000_000) - 1).padStart(6, "0")}`;

export const KINDS: readonly Kind[] = [
  { name: "anomalies", share: 10, path: () => "/anomalies" },
  { name: "anomalies by weight", share: 4, path: () => "/anomalies?sort_weight=desc" },
  { name: "anomalies, a later page", share: 2, path: (at) => `/anomalies?page=${at(100)}` },
  { name: "anomalies, all states", share: 2, path: () => "/anomalies?archived=include" },
  { name: "anomalies of a datastore", share: 6, path: (at, { datastores }) => `/anomalies?datastore=${at(datastores)}` },
  { name: "anomalies of a container", share: 10, path: (at, { containers }) => `/anomalies?container=${at(containers)}` },
  { name: "anomalies of the largest", share: 2, path: () => "/anomalies?container=1&archived=include&sort_weight=desc" },
  { name: "anomalies of a check", share: 3, path: (at, { checks }) => `/anomalies?quality_check=${at(checks)}&archived=include` },
  { name: "anomalies of a rule", share: 2, path: (at, { datastores }) => `/anomalies?datastore=${at(datastores)}&rule_type=unique` },
  {
    name: "anomalies of a field",
    share: 2,
    path: (at, { datastores }) => `/anomalies?datastore=${at(datastores)}&field=${of(FIELDS, at)}`,
  },
  { name: "anomalies with a tag", share: 2, path: (at) => `/anomalies?tag=tag%20${at(17)}` },
  { name: "anomalies of a day", share: 3, path: () => "/anomalies?timeframe=1" },
  { name: "anomalies of somebody", share: 2, path: (at) => `/anomalies?assignee=${at(2)}` },
  { name: "anomalies of an operation", share: 2, path: (at) => `/anomalies?operation=${at(2000)}&archived=include` },
  { name: "anomalies, search", share: 5, path: (at) => `/anomalies?archived=include&search=${number(at)}` },
  {
    name: "anomalies, search within",
    share: 3,
    path: (at, { datastores }) => `/anomalies?datastore=${at(datastores)}&search=${of(NOUNS, at)}`,
  },
  { name: "one anomaly", share: 5, path: (at, { seen }) => `/anomalies/${of(seen.anomalies, at)}` },
  { name: "checks", share: 5, path: () => "/quality-checks" },
  { name: "checks by weight", share: 2, path: () => "/quality-checks?sort_weight=desc" },
  { name: "checks by anomalies", share: 1, path: () => "/quality-checks?sort_anomalies=desc" },
  { name: "checks of a datastore", share: 4, path: (at, { datastores }) => `/quality-checks?datastore=${at(datastores)}` },
  { name: "checks of a container", share: 6, path: (at, { containers }) => `/quality-checks?container=${at(containers)}&sort_weight=desc` },
  { name: "checks that fail", share: 2, path: () => "/quality-checks?asserted_state=failed" },
  { name: "checks, search", share: 3, path: (at) => `/quality-checks?search=team%20${at(400)}` },
  { name: "containers", share: 4, path: () => "/containers" },
  { name: "containers of a datastore", share: 4, path: (at, { datastores }) => `/containers?datastore=${at(datastores)}` },
  { name: "containers, search", share: 3, path: (at) => `/containers?search=${of(NOUNS, at)}_${at(999)}` },
  { name: "containers with a tag", share: 1, path: (at) => `/containers?tag=tag%20${at(20)}` },
  { name: "counts of a container", share: 3, path: (at, { seen }) => `/containers/${of(seen.containers, at)}/counts` },
  { name: "fields of a container", share: 3, path: (at, { seen }) => `/containers/${of(seen.containers, at)}/fields` },
  { name: "datastores", share: 2, path: () => "/datastores" },
  { name: "operations", share: 3, path: () => "/operations" },
  { name: "search", share: 5, path: (at) => `/search?q=${of(NOUNS, at)}%20${at(9999)}` },
  { name: "search, a common word", share: 2, path: (at) => `/search?q=${of(FIELDS, at)}` },
  { name: "activity", share: 2, path: () => "/activity" },
];

/** Kinds in a row that has each as often as its share says, well mixed. */
export const row = (at: Dice): Kind[] => {
  const all = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind));
  for (let i = all.length - 1; i > 0; i--) {
    const j = at(i + 1) - 1;
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
};

/** Where the updater keeps what it knows: its record, and events. And how others read it. */
import { randomUUID } from "node:crypto";
import type { Kubectl } from "../cluster/kubectl.ts";
import { PERMIT_NAME } from "./permit.ts";
import { NOTHING_SEEN, UpdaterRecord } from "./record.ts";

export const RECORD_NAME = "touchstone-updater";
const RECORD_KEY = "record";
const LABELS = { "app.kubernetes.io/part-of": "touchstone", "app.kubernetes.io/managed-by": "touchstone-updater" };
/** What an API server takes (core/v1 Event). */
const MESSAGE_CHARACTERS_MAX = 1000;

/** What a text says; a record of another version, or of somebody's own making, is none. */
export const recordIn = (text: unknown): UpdaterRecord => {
  if (typeof text !== "string") return NOTHING_SEEN;
  try {
    return UpdaterRecord.safeParse(JSON.parse(text)).data ?? NOTHING_SEEN;
  } catch {
    return NOTHING_SEEN;
  }
};

export const readUpdaterRecord = async (kubectl: Kubectl): Promise<UpdaterRecord> => {
  const found = await kubectl.get("configmap", RECORD_NAME);
  return recordIn(Reflect.get(Object(found?.["data"]), RECORD_KEY));
};

export const writeUpdaterRecord = async (kubectl: Kubectl, record: UpdaterRecord): Promise<void> => {
  await kubectl.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: RECORD_NAME, namespace: kubectl.access.namespace, labels: LABELS },
    data: { [RECORD_KEY]: JSON.stringify(record) },
  });
};

export type UpdaterState = {
  /** Whether the customer's permit is there. */
  isAllowed: boolean;
  record: UpdaterRecord;
};

/** How it is with pushed upgrades, for who shows the state of a deployment. */
export const updaterState = async (kubectl: Kubectl): Promise<UpdaterState> => {
  const [permit, record] = await Promise.all([kubectl.get("configmap", PERMIT_NAME), readUpdaterRecord(kubectl)]);
  return { isAllowed: permit !== null, record };
};

export type Told = { reason: "UpgradeStarted" | "Upgraded" | "UpgradeFailed" | "UpgradeRefused"; message: string };

/** Leaves an event beside the record, where `kubectl get events` shows it. */
export const leaveEvent = async (kubectl: Kubectl, { reason, message }: Told, now: Date): Promise<void> => {
  const { namespace } = kubectl.access;
  const at = now.toISOString().replace(/\.\d+Z$/, "Z");
  await kubectl.create({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${RECORD_NAME}.${randomUUID()}`, namespace, labels: LABELS },
    involvedObject: { apiVersion: "v1", kind: "ConfigMap", name: RECORD_NAME, namespace },
    reason,
    message: message.slice(0, MESSAGE_CHARACTERS_MAX),
    type: reason === "UpgradeFailed" || reason === "UpgradeRefused" ? "Warning" : "Normal",
    source: { component: RECORD_NAME },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  });
};

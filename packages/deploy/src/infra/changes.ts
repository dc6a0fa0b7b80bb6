/** What a plan of Terraform would do, read off `terraform show -json`, and said in words. Pure; values of a plan are not looked at, for some are secrets. */
import { z } from "zod";
import type { Change, InfraPlan } from "./infra.ts";

const Known = z.record(z.string(), z.unknown()).nullable().catch(null);
const Planned = z.looseObject({
  resource_changes: z
    .array(
      z.looseObject({
        address: z.string(),
        mode: z.string().default("managed"),
        type: z.string(),
        change: z.looseObject({ actions: z.array(z.string()), before: Known, importing: z.unknown().optional() }),
      }),
    )
    .default([]),
});
export type Planned = z.infer<typeof Planned>;
type Planning = Planned["resource_changes"][number];

export const plannedIn = (text: string): Planned => Planned.parse(JSON.parse(text));

/** Kinds of the templates that hold data, or a key without which data cannot be read. */
export const DATA_KINDS: ReadonlySet<string> = new Set([
  "aws_db_instance",
  "aws_s3_bucket",
  "aws_kms_key",
  "azurerm_postgresql_flexible_server",
  "azurerm_postgresql_flexible_server_database",
  "azurerm_storage_account",
  "azurerm_storage_container",
  "azurerm_key_vault",
  "azurerm_key_vault_key",
  "google_sql_database_instance",
  "google_sql_database",
  "google_storage_bucket",
  "google_kms_crypto_key",
  "google_kms_key_ring",
  "oci_psql_db_system",
  "oci_objectstorage_bucket",
  "oci_kms_key",
  "oci_kms_vault",
]);

const actionOf = (actions: readonly string[]): Change["action"] | null => {
  const [takes, makes] = [actions.includes("delete"), actions.includes("create")];
  if (takes && makes) return "replace";
  if (takes) return "destroy";
  if (makes) return "add";
  return actions.includes("update") ? "change" : null;
};

export const changesIn = ({ resource_changes }: Planned): Change[] =>
  resource_changes.flatMap(({ address, mode, type, change }) => {
    const isTakenOver = change.importing !== undefined && change.importing !== null;
    // One that is changed at once, or made anew, is told as that.
    const action = actionOf(change.actions) ?? (isTakenOver ? "import" : null);
    return action === null || mode !== "managed" ? [] : [{ action, kind: type, address, holdsData: DATA_KINDS.has(type) }];
  });

/** A lock is an object of its own on Azure, a setting of the object elsewhere; Google's database has one of its API besides. */
const hasProtection = ({ type, change: { before } }: Planning): boolean =>
  type === "azurerm_management_lock" ||
  before?.["deletion_protection"] === true ||
  (Array.isArray(before?.["settings"]) &&
    before["settings"].some((one) => Reflect.get(Object(one), "deletion_protection_enabled") === true));

/** Addresses of what would be taken away although its protection is on. */
export const protectedIn = ({ resource_changes }: Planned): string[] =>
  resource_changes
    .filter((planning) => planning.change.actions.includes("delete") && hasProtection(planning))
    .map(({ address }) => address);

export const takesAway = ({ action }: Change): boolean => action === "destroy" || action === "replace";
export const takesData = (change: Change): boolean => change.holdsData && takesAway(change);

const WORDS = { import: "to take over", add: "to add", change: "to change", replace: "to replace", destroy: "to destroy" } as const;
const ACTIONS = ["import", "add", "change", "replace", "destroy"] as const;

const kindsText = (changes: readonly Change[]): string => {
  const numbers = new Map<string, number>();
  for (const { kind } of changes) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  return [...numbers].map(([kind, number]) => (number === 1 ? kind : `${number} ${kind}`)).join(", ");
};

/** The plan in words: how many of what, and by name what takes data with it. */
export const planText = ({ purpose, changes, isProtected }: Omit<InfraPlan, "id">): string => {
  if (changes.length === 0)
    return `nothing to do: ${purpose === "destroy" ? "nothing is there" : "everything is as deployment.yaml says"}
`;
  const counts = ACTIONS.flatMap((action) => {
    const those = changes.filter((change) => change.action === action);
    return those.length === 0 ? [] : [`${those.length} ${WORDS[action]}: ${kindsText(those)}\n`];
  });
  const lost = changes
    .filter(takesData)
    .map(({ action, address }) => `  holds data, and would be ${action === "replace" ? "replaced" : "destroyed"}: ${address}\n`);
  return [...counts, ...lost, ...isProtected.map((address) => `  protected from deletion: ${address}\n`)].join("");
};

/** A plan, as `terraform show -json` tells it, in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOTS, typesUsed } from "../terraform/templates.ts";
import { changesIn, DATA_KINDS, plannedIn, planText, protectedIn } from "./changes.ts";
import { reasonOf, told } from "./terraform-says.ts";

const one = (type: string, actions: string[], before: object | null = null, mode = "managed") => ({
  address: `${type}.this`,
  mode,
  type,
  change: { actions, before },
});
/** With an import block beside the template. */
const imported = (type: string, actions: string[]) => {
  const { change, ...rest } = one(type, actions, {});
  return { ...rest, change: { ...change, importing: { id: "theirs" } } };
};
const planned = (...resource_changes: object[]) => plannedIn(JSON.stringify({ format_version: "1.2", resource_changes }));

const CASES: readonly { what: string; changes: object[]; says: string }[] = [
  { what: "nothing", changes: [], says: "nothing to do: everything is as deployment.yaml says\n" },
  {
    what: "what is only read",
    changes: [one("aws_vpc", ["no-op"]), one("aws_region", ["read"], null, "data")],
    says: "nothing to do: everything is as deployment.yaml says\n",
  },
  {
    what: "all of it",
    changes: [
      one("aws_subnet", ["create"]),
      one("aws_subnet", ["create"]),
      one("aws_vpc", ["create"]),
      one("aws_eks_cluster", ["update"]),
      one("aws_eip", ["delete"]),
      one("aws_launch_template", ["create", "delete"]),
    ],
    says: "3 to add: 2 aws_subnet, aws_vpc\n1 to change: aws_eks_cluster\n1 to replace: aws_launch_template\n1 to destroy: aws_eip\n",
  },
  { what: "what is taken over as it is", changes: [imported("aws_vpc", ["no-op"])], says: "1 to take over: aws_vpc\n" },
  {
    what: "what is taken over and changed is a change",
    changes: [imported("aws_kms_key", ["update"]), imported("aws_vpc", ["no-op"])],
    says: "1 to take over: aws_vpc\n1 to change: aws_kms_key\n",
  },
  {
    what: "what is taken over and made anew is a loss",
    changes: [imported("aws_db_instance", ["delete", "create"])],
    says: "1 to replace: aws_db_instance\n  holds data, and would be replaced: aws_db_instance.this\n",
  },
  {
    what: "what is taken over by nobody",
    changes: [{ ...one("aws_vpc", ["no-op"]), change: { actions: ["no-op"], before: {}, importing: null } }],
    says: "nothing to do: everything is as deployment.yaml says\n",
  },
  {
    what: "what holds data, by name",
    changes: [
      one("aws_db_instance", ["delete", "create"], { deletion_protection: true, password: "hunter2" }),
      one("aws_s3_bucket", ["delete"], {}),
      one("aws_kms_key", ["update"], {}),
    ],
    says:
      "1 to change: aws_kms_key\n1 to replace: aws_db_instance\n1 to destroy: aws_s3_bucket\n" +
      "  holds data, and would be replaced: aws_db_instance.this\n  holds data, and would be destroyed: aws_s3_bucket.this\n  protected from deletion: aws_db_instance.this\n",
  },
];
for (const { what, changes, says } of CASES)
  test(`in words: ${what}`, () => {
    const plan = planned(...changes);
    assert.equal(planText({ purpose: "apply", changes: changesIn(plan), isProtected: protectedIn(plan) }), says);
  });

test("in words: nothing to destroy", () =>
  assert.equal(planText({ purpose: "destroy", changes: [], isProtected: [] }), "nothing to do: nothing is there\n"));

const PROTECTED: readonly { what: string; change: object; is: boolean }[] = [
  { what: "a setting", change: one("google_container_cluster", ["delete"], { deletion_protection: true }), is: true },
  {
    what: "a setting of its API",
    change: one("google_sql_database_instance", ["delete"], {
      deletion_protection: false,
      settings: [{ deletion_protection_enabled: true }],
    }),
    is: true,
  },
  { what: "a lock", change: one("azurerm_management_lock", ["delete"], {}), is: true },
  { what: "what stays", change: one("aws_db_instance", ["update"], { deletion_protection: true }), is: false },
  { what: "what is not protected", change: one("aws_db_instance", ["delete"], { deletion_protection: false }), is: false },
  { what: "what was not there", change: one("aws_db_instance", ["create"]), is: false },
];
for (const { what, change, is } of PROTECTED) test(`protected: ${what}`, () => assert.equal(protectedIn(planned(change)).length === 1, is));

test("the kinds that hold data are those of the templates, all of them", () => {
  const used = new Set(ROOTS.flatMap((root) => [...typesUsed(root)]));
  assert.deepEqual(
    [...DATA_KINDS].filter((kind) => !used.has(kind)),
    [],
  );
  const looks =
    /(sql|psql)_(database|db|flexible)\w*$|_db_instance$|_bucket$|_storage_(account|container)$|_kms_(crypto_)?key$|_key_vault(_key)?$|_key_ring$|_kms_vault$/;
  const settings = new Set(["azurerm_postgresql_flexible_server_configuration"]);
  assert.deepEqual(
    [...used].filter((kind) => !kind.startsWith("data.") && looks.test(kind) && !settings.has(kind) && !DATA_KINDS.has(kind)),
    [],
  );
});

const line = (type: string, message: string, more: object = {}): string =>
  JSON.stringify({ "@level": "info", "@message": message, type, ...more });
test("what terraform says while it works", () => {
  assert.equal(
    told(line("apply_complete", "aws_vpc.this: Creation complete after 2s [id=vpc-1]")),
    "aws_vpc.this: Creation complete after 2s",
  );
  assert.equal(told(line("outputs", "Outputs: 1")), null);
  assert.equal(told("│ Error: x"), null);
  assert.equal(told("{not json"), null);
});

const diagnostic = { severity: "error", summary: "No access", detail: "the role may not." };
const REASONS: readonly { stdout: string; stderr: string; is: string }[] = [
  { stdout: `${line("version", "x")}\n${line("diagnostic", "m", { diagnostic })}\n`, stderr: "", is: "No access. the role may not." },
  { stdout: "", stderr: "╷\n│ Warning: w\n╵\n\n╷\n│ Error: Backend configuration\n│ changed\n╵\n", is: "Backend configuration changed" },
  { stdout: "", stderr: "", is: "exit status 3" },
];
for (const { stdout, stderr, is } of REASONS) test(`why it ended: ${is}`, () => assert.equal(reasonOf({ stdout, stderr, status: 3 }), is));

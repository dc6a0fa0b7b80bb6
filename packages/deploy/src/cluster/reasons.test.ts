/** What kubectl and helm say went wrong, as one line that a person can use. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { helmReason } from "./helm.ts";
import { kubectlReason } from "./kubectl.ts";

const CASES: { stderr: string; reason: string }[] = [
  { stderr: "", reason: "exit status 1" },
  {
    stderr: 'Error from server (Forbidden): secrets is forbidden: User "u" cannot list\n',
    reason: 'secrets is forbidden: User "u" cannot list',
  },
  { stderr: "Warning: v1 is deprecated\nerror: no such flag", reason: "no such flag" },
  {
    stderr: [
      'error: Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.keys.pem',
      "Please review the fields above--they currently have other managers. Here",
      "are the ways you can resolve this warning:",
      "* If you intend to manage all of these fields, please re-run the apply",
      "  command with the `--force-conflicts` flag.",
      "See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts",
    ].join("\n"),
    reason: 'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.keys.pem',
  },
];
for (const { stderr, reason } of CASES) test(reason, () => assert.equal(kubectlReason({ status: 1, stdout: "", stderr }), reason));

test("what the schema of a chart refuses is a line that can be read", () => {
  const stderr = [
    "Error: values don't meet the specifications of the schema(s) in the following chart(s):",
    "touchstone:",
    "- at '/backup/bucket/url': 's3://b/../c' does not match pattern '^(s3:\\/\\/[a-z0-9](; x)*|gs)?$'",
    "- at '': additional properties 'frobnicate' not allowed",
    "",
  ].join("\n");
  assert.equal(
    helmReason({ status: 1, stdout: "", stderr }),
    "these values are not of the form that its schema asks for: at '/backup/bucket/url': 's3://b/../c' is of another form than values.schema.json has there; at '': additional properties 'frobnicate' not allowed",
  );
});

/** Reasons go into errors, records and events. */
const TOLD: { said: string; reason: string }[] = [
  {
    said: "failed to fetch https://ops:hunter2@registry.example.org/v2/: 401",
    reason: "failed to fetch https://[redacted]@registry.example.org/v2/: 401",
  },
  { said: 'admission refused env "tsdp_0123456789abcdef"', reason: 'admission refused env "[redacted]"' },
  // Words about secrets stay words.
  { said: "failed to fetch anonymous token: unexpected status: 401", reason: "failed to fetch anonymous token: unexpected status: 401" },
  {
    said: 'secrets "store" is forbidden: User "oidc:ops@example.org"',
    reason: 'secrets "store" is forbidden: User "oidc:ops@example.org"',
  },
  { said: "pull a/b:1@sha256:" + "ab".repeat(32), reason: "pull a/b:1@sha256:" + "ab".repeat(32) },
];
for (const { said, reason } of TOLD)
  test(`no secret is in a reason: ${reason}`, () => {
    const ended = { status: 1, stdout: "", stderr: said };
    assert.deepEqual([kubectlReason(ended), helmReason(ended)], [reason, reason]);
  });

/** What kubectl says went wrong, as one line that a person can use. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { kubectlReason } from "./kubectl.ts";

const CASES: { stderr: string; reason: string }[] = [
  { stderr: "", reason: "exit status 1" },
  { stderr: 'Error from server (Forbidden): secrets is forbidden: User "u" cannot list\n', reason: 'secrets is forbidden: User "u" cannot list' },
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
for (const { stderr, reason } of CASES)
  test(reason, () => assert.equal(kubectlReason({ status: 1, stdout: "", stderr }), reason));

/** Conflicts as kubectl 1.30 to 1.35 and helm 4 word them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { conflictsIn, isConflict } from "./conflicts.ts";

const check = (name: string, said: string, expected: string[]): void =>
  void test(name, () => {
    assert.deepEqual(
      conflictsIn(said, "Deployment api").map(({ field, owner }) => `${owner} ${field}`),
      expected,
    );
    assert.equal(isConflict(said), expected.length > 0);
  });

check("nothing", "", []);
check("another error", 'Error from server (Forbidden): deployments.apps "api" is forbidden', []);
check(
  "one field",
  'error: Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas\nPlease review the fields above--they',
  ["kubectl .spec.replicas"],
);
check(
  "one field of a subresource",
  'error: Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
  ["kubectl .spec.replicas"],
);
check(
  "several fields of one",
  'error: Apply failed with 2 conflicts: conflicts with "kubectl-edit" using v1:\n- .data.a\n- .data.b\nPlease review',
  ["kubectl-edit .data.a", "kubectl-edit .data.b"],
);
check(
  "several owners",
  'error: Apply failed with 3 conflicts: conflicts with "argocd" using v1:\n- .data.a\n- .data.b\nconflicts with "flux" using v1:\n- .data.c\n',
  ["argocd .data.a", "argocd .data.b", "flux .data.c"],
);
check(
  "as helm says it",
  'UPGRADE FAILED: conflict occurred while applying object data/api apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas',
  ["kubectl .spec.replicas"],
);
check(
  "a field with the keys of its element",
  'Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="api"].image',
  ['kubectl-set .spec.template.spec.containers[name="api"].image'],
);

/** What judges the chart's objects finds what is wrong with an object: one that is right, and the same with one thing changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { customProblems } from "./custom.ts";
import { DEFINITIONS } from "./definition.ts";
import { at, Manifest, manifestsOf, podTemplateOf } from "./manifest.ts";
import { contains } from "./network.ts";
import { readQuantity } from "./quantity.ts";
import { reaches, type End } from "./reach.ts";
import { hardeningViolations, restrictedViolations } from "./restricted.ts";
import { meaningProblems } from "./semantics.ts";
import { KINDS } from "./trim.ts";
import { fieldProblems } from "./validate.ts";

const GOOD = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, labels: { app: api } }
spec:
  replicas: 2
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: api
          image: example.org/api:1
          env: [{ name: A, value: "1" }]
          ports: [{ name: http, containerPort: 8420 }]
          readinessProbe: { httpGet: { path: /readyz, port: http } }
          resources:
            requests: { cpu: 100m, memory: 1Gi }
            limits: { memory: 1Gi, ephemeral-storage: 1Gi }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
          volumeMounts: [{ name: tmp, mountPath: /tmp }]
      volumes: [{ name: tmp, emptyDir: {} }]
`;

const deployment = (from = "", to = ""): Manifest => {
  assert.ok(GOOD.includes(from), from);
  return Manifest.parse(parse(GOOD.replace(from, to)));
};
const verdicts = (object: Manifest): string[] => {
  const template = podTemplateOf(object);
  return [
    ...(fieldProblems(object) ?? []),
    ...meaningProblems(object),
    ...(template === null ? [] : [...restrictedViolations(template), ...hardeningViolations(template)]),
  ];
};

test("what is right is right", () => assert.deepEqual(verdicts(deployment()), []));

const WRONG: { from: string; to: string; says: RegExp }[] = [
  { from: "readinessProbe", to: "readinesProbe", says: /unknown field spec\.template\.spec\.containers\.0\.readinesProbe/ },
  { from: "replicas: 2", to: "replicas: two", says: /spec\.replicas must be integer/ },
  { from: "containerPort: 8420", to: "containerPort: 8420, protocol: 6", says: /ports\.0\.protocol must be string/ },
  { from: "enableServiceLinks: false", to: "enableServiceLinks: null", says: /enableServiceLinks must be boolean/ },
  { from: "name: api, labels", to: "name: API, labels", says: /the name API is no name/ },
  { from: "matchLabels: { app: api }", to: "matchLabels: { app: web }", says: /its selector asks for app=web/ },
  { from: "port: http }", to: "port: web }", says: /a probe of no port/ },
  { from: "name: tmp, mountPath", to: "name: temp, mountPath", says: /there is no volume temp/ },
  { from: "memory: 1Gi }", to: "memory: 2Gi }", says: /it asks for more memory than its limit/ },
  { from: "cpu: 100m", to: "cpu: lots", says: /cpu of lots is no quantity/ },
  { from: 'env: [{ name: A, value: "1" }]', to: 'env: [{ name: A, value: "1" }, { name: A, value: "2" }]', says: /A stands there twice/ },
  { from: "allowPrivilegeEscalation: false", to: "allowPrivilegeEscalation: true", says: /allowPrivilegeEscalation is not false/ },
  { from: "drop: [ALL]", to: "drop: [NET_RAW]", says: /does not drop ALL/ },
  { from: "drop: [ALL]", to: "drop: [ALL], add: [SYS_ADMIN]", says: /adds capabilities/ },
  { from: "runAsNonRoot: true", to: "runAsUser: 0", says: /runs as root/ },
  { from: ", seccompProfile: { type: RuntimeDefault }", to: "", says: /no seccomp profile/ },
  { from: "emptyDir: {}", to: "hostPath: { path: / }", says: /hostPath is not allowed/ },
  { from: "enableServiceLinks", to: "hostNetwork: true\n      enableServiceLinks", says: /uses hostNetwork/ },
  { from: "automountServiceAccountToken: false", to: "automountServiceAccountToken: true", says: /gets a token of Kubernetes/ },
  { from: "readOnlyRootFilesystem: true", to: "readOnlyRootFilesystem: false", says: /its root can be written/ },
  { from: "limits: { memory: 1Gi,", to: "limits: {", says: /no request or no limit/ },
];
for (const { from, to, says } of WRONG)
  test(`found out: ${to === "" ? `no ${from}` : to}`, () => {
    const found = verdicts(deployment(from, to));
    assert.ok(
      found.some((text) => says.test(text)),
      found.join("\n"),
    );
  });

test("the definitions are of the kinds that are trimmed to, and a kind of somebody else's has none", () => {
  assert.deepEqual(Object.keys(DEFINITIONS.kinds), Object.keys(KINDS));
  const scaled = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "a" },
    spec: { scaleTargetRef: { name: "a" }, minReplicaCounts: 1 },
  };
  assert.equal(fieldProblems(scaled), null);
  assert.match(customProblems(scaled).join(), /minReplicaCounts/);
  assert.match(customProblems({ ...scaled, kind: "ScaledJob" }).join(), /nobody knows/);
});

test("YAML is read as Kubernetes reads it", () => {
  const [object] = manifestsOf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes, b: 0444, c: 'yes'}\n---\n# nothing\n");
  assert.deepEqual(at(object, "data"), { a: true, b: 292, c: "yes" });
  assert.throws(() => manifestsOf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, name: b}"), /unique/i);
});

test("quantities", () => {
  const cases: [unknown, number | null][] = [
    ["100m", 0.1],
    ["2", 2],
    [2, 2],
    ["1.5Gi", 1.5 * 2 ** 30],
    ["1G", 1e9],
    ["lots", null],
    ["", null],
    ["1Zi", null],
  ];
  for (const [text, value] of cases) assert.equal(readQuantity(text), value, String(text));
});

test("networks within networks", () => {
  const cases: [string, string, boolean][] = [
    ["0.0.0.0/0", "169.254.0.0/16", true],
    ["10.0.0.0/8", "10.0.0.0/8", true],
    ["10.0.0.0/16", "10.0.0.0/8", false],
    ["10.0.0.0/8", "11.0.0.0/16", false],
    ["::/0", "fe80::/10", true],
    ["::/0", "10.0.0.0/8", false],
  ];
  for (const [outer, inner, is] of cases) assert.equal(contains(outer, inner), is, `${inner} in ${outer}`);
});

const pod = (namespace: string, labels: Record<string, string>): End => ({
  kind: "pod",
  namespace,
  namespaceLabels: { name: namespace },
  labels,
  ports: { http: 80 },
});
const policy = (spec: object): Manifest =>
  Manifest.parse({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "p", namespace: "a" }, spec });
const IN_AND_OUT = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

test("policies: open until selected, then the union of what is allowed, at both ends", () => {
  const [one, other, far] = [pod("a", { app: "one" }), pod("a", { app: "other" }), pod("b", { app: "one" })];
  const reach = (objects: Manifest[], from: End, to: End, port = 80) => reaches(objects, { from, to, port, protocol: "TCP" });
  assert.ok(reach([], one, other));
  const deny = policy(IN_AND_OUT);
  assert.ok(!reach([deny], one, other) && !reach([deny], far, one) && reach([deny], far, pod("b", {})));
  const both = policy({
    ...IN_AND_OUT,
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "one" } } }], ports: [{ port: "http" }] }],
    egress: [{}],
  });
  assert.ok(reach([deny, both], one, other) && !reach([deny, both], one, other, 81) && !reach([deny, both], other, one));
  assert.ok(!reach([deny, both], far, other), "a selector of pods alone means its own namespace");
  const expression = policy({
    podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["other"] }] },
    policyTypes: ["Ingress"],
  });
  assert.ok(!reach([expression], other, one) && reach([expression], one, other));
  const block = policy({
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }] }],
  });
  const outside = (address: string): End => ({ kind: "address", address });
  assert.ok(reach([block], one, outside("10.2.0.1")) && !reach([block], one, outside("10.1.0.1")) && !reach([block], one, other));
});

test("a text of objects is what it was", () => {
  const [object] = manifestsOf(stringify(deployment()));
  assert.deepEqual(z.looseObject({}).parse(object), deployment());
});

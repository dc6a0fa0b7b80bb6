/**
 * The pictures beside the network policies of the chart as it is rendered: every arrow between pods and what is around them is a connection
 * that they let through, and none that they let through is missing.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { Deployment } from "../deployment/deployment.ts";
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { reaches, type End } from "../kubernetes/reach.ts";
import { NAMESPACE, openHelm, RELEASE } from "../trial/helm.ts";
import { PICTURES } from "./models.ts";
import type { Party, Picture } from "./picture.ts";

const helm = await openHelm();

/** A deployment that says where everything is. Where it does not say where its store is, that may be in any private network. */
const DEPLOYMENT = Deployment.parse({
  version: 1,
  name: RELEASE,
  model: "customer",
  fqdn: "quality.example.org",
  networks: {
    store: ["10.10.0.0/16"],
    datastores: { warehouse: { cidrs: ["10.20.0.0/16"], ports: [5432] } },
    identityProviders: [{ cidrs: ["203.0.113.0/24"], ports: [443] }],
  },
});
const values = helm.values(chartValuesOf(DEPLOYMENT));
const render = async (): Promise<Manifest[]> => helm.template([await values]);

const pod = (namespace: string, labels: Record<string, string>, ports: Record<string, number> = {}): End => ({
  kind: "pod",
  namespace,
  namespaceLabels: { "kubernetes.io/metadata.name": namespace },
  labels,
  ports,
});
const ours = (component: string): End =>
  pod(
    NAMESPACE,
    {
      "app.kubernetes.io/name": "touchstone",
      "app.kubernetes.io/instance": RELEASE,
      "app.kubernetes.io/component": component,
      ...(component === "dataplane" ? { "touchstone/group": "default" } : {}),
    },
    component === "control-plane" ? { http: 8420 } : {},
  );
const address = (text: string): End => ({ kind: "address", address: text });

const PARTIES: Readonly<Record<Party, End>> = {
  "control-plane": ours("control-plane"),
  dataplane: ours("dataplane"),
  migration: ours("migration"),
  backup: ours("backup"),
  check: ours("check"),
  ingress: pod("ingress-nginx", {}),
  monitoring: pod("monitoring", {}),
  dns: pod("kube-system", { "k8s-app": "kube-dns" }),
  store: address("10.10.2.3"),
  datastore: address("10.20.7.8"),
  "identity-provider": address("203.0.113.9"),
};
const OURS: readonly Party[] = ["control-plane", "dataplane", "migration", "backup", "check"];

/** Parties that no picture shows, because nothing of the release may have to do with them. */
const STRANGERS: Readonly<Record<string, End>> = {
  "another pod of the namespace": pod(NAMESPACE, { app: "another" }),
  "a pod of another namespace": pod("elsewhere", {}),
  internet: address("198.51.100.20"),
  "metadata service": address("169.254.169.254"),
};

/** Every port that a policy or a container names, and one that none does. */
const portsIn = (objects: readonly Manifest[]): number[] => {
  const text = JSON.stringify(
    objects.map((object) => [at(object, "spec", "ingress"), at(object, "spec", "egress"), podTemplateOf(object)?.spec]),
  );
  return [...new Set([9999, ...[...text.matchAll(/"(?:port|containerPort)":(\d+)/g)].map(([, port]) => Number(port))])];
};

const isDrawn = ({ arrows, footnoted }: Picture, from: string, to: string, port: number): boolean =>
  arrows.some(({ connections }) => connections.some((one) => one.from === from && one.to === to && one.port === port)) ||
  footnoted.some(
    (one) =>
      (one.from === from || (one.from === "every pod" && OURS.some((own) => own === from))) &&
      one.to === to &&
      (one.port === "any" || one.port === port),
  );

suite("the pictures and the policies", { skip: helm.absent ?? false }, () => {
  for (const [name, picture] of Object.entries(PICTURES)) {
    test(`${name}: every arrow is a connection that is let through`, async () => {
      const objects = await render();
      for (const { from, to, label, connections } of picture.arrows)
        for (const one of connections) {
          const connection = { from: PARTIES[one.from], to: PARTIES[one.to], port: one.port, protocol: "TCP" } as const;
          assert.ok(reaches(objects, connection), `${from} to ${to} (${label}): ${one.from} -> ${one.to}:${one.port}`);
        }
    });

    test(`${name}: no connection that is let through is missing`, async () => {
      const objects = await render();
      const everybody = { ...PARTIES, ...STRANGERS };
      const missing: string[] = [];
      for (const [fromName, from] of Object.entries(everybody))
        for (const [toName, to] of Object.entries(everybody))
          for (const port of portsIn(objects)) {
            const isOurs = [fromName, toName].some((party) => OURS.some((own) => own === party));
            const connection = `${fromName} -> ${toName}:${port}`;
            const isOpen = isOurs && fromName !== toName && reaches(objects, { from, to, port, protocol: "TCP" });
            if (isOpen && !isDrawn(picture, fromName, toName, port)) missing.push(connection);
          }
      assert.deepEqual(missing, []);
    });

    test(`${name}: a box stands for the ends of its arrows`, () => {
      const partiesAt = (id: string): readonly Party[] => picture.boxes.find((box) => box.id === id)?.parties ?? [];
      for (const { from, to, connections } of picture.arrows)
        for (const one of connections) {
          assert.ok(partiesAt(from).includes(one.from), `${from}: ${one.from}`);
          assert.ok(partiesAt(to).includes(one.to), `${to}: ${one.to}`);
        }
    });
  }

  test("every component that has pods is in the picture", async () => {
    const templates = (await render()).flatMap((object) => {
      const pods = podTemplateOf(object);
      return pods === null ? [] : [object.kind === "Pod" ? (object.metadata.labels ?? {}) : pods.metadata.labels];
    });
    const shown: readonly string[] = PICTURES.customer.boxes.flatMap((box) => box.parties);
    const components = new Set(templates.map((labels) => labels["app.kubernetes.io/component"] ?? ""));
    assert.deepEqual(
      [...components].filter((component) => !shown.includes(component)),
      [],
    );
    assert.equal(components.size, OURS.length);
  });
});

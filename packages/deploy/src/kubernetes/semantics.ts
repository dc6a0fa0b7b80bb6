/**
 * What an API server refuses though every field has the right type: names, labels, references within one object, numbers that do not fit
 * together. After Kubernetes' own validation (pkg/apis/…/validation), as far as the chart's kinds need it.
 */
import { z } from "zod";
import { podTemplateOf, type Container, type Manifest, type PodTemplate } from "./manifest.ts";
import { readQuantity } from "./quantity.ts";
import { contains } from "./network.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
const PORT_NAME_MAX = 15;
const CRONJOB_NAME_MAX = 52;

/** Names of these become parts of host names or labels. */
const LABEL_NAMED = new Set(["Service", "Namespace", "Job"]);

const duplicates = (names: readonly string[]): string[] => [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
const when = (isWrong: boolean, why: string): string[] => (isWrong ? [why] : []);

const nameProblems = ({ kind, metadata: { name } }: Manifest): string[] => [
  ...when(!SUBDOMAIN.test(name) || name.length > 253, `the name ${name} is no name of an object`),
  ...when(LABEL_NAMED.has(kind) && !DNS_LABEL.test(name), `the name ${name} of a ${kind} is no DNS label`),
  ...when(kind === "CronJob" && name.length > CRONJOB_NAME_MAX, `the name ${name} leaves no room for its Jobs`),
];

const labelProblems = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...when(!LABEL_KEY.test(key), `the label ${key} is none`),
    ...when(!LABEL_VALUE.test(value), `the label ${key} has the value ${value}`),
  ]);

const resourceProblems = ({ name, resources: { requests, limits } }: Container): string[] =>
  [...Object.entries(requests), ...Object.entries(limits)]
    .flatMap(([resource, value]) => when(readQuantity(value) === null, `container ${name}: ${resource} of ${String(value)} is no quantity`))
    .concat(
      Object.entries(limits).flatMap(([resource, limit]) =>
        when(
          (readQuantity(requests[resource] ?? 0) ?? 0) > (readQuantity(limit) ?? Infinity),
          `container ${name}: it asks for more ${resource} than its limit`,
        ),
      ),
    );

const Probe = z.looseObject({ httpGet: z.looseObject({ port: z.union([z.string(), z.number()]) }).optional() }).optional();

const containerProblems = (container: Container, volumes: ReadonlySet<string>): string[] => {
  const { name, env, ports, volumeMounts } = container;
  const portNames = ports.flatMap((port) => port.name ?? []);
  const probes = ["startupProbe", "livenessProbe", "readinessProbe"].map((probe) => Probe.parse(container[probe])?.httpGet?.port);
  return [
    ...when(!DNS_LABEL.test(name), `the name ${name} of a container is no DNS label`),
    ...when(container.image === "" || /\s/.test(container.image), `container ${name}: its image is ${container.image}`),
    ...env.flatMap((variable) => when(!VARIABLE.test(variable.name), `container ${name}: the variable ${variable.name} is none`)),
    ...env.flatMap((variable) =>
      when(variable.value !== undefined && variable.valueFrom !== undefined, `container ${name}: ${variable.name} has two values`),
    ),
    ...duplicates(env.map((variable) => variable.name)).map((twice) => `container ${name}: the variable ${twice} stands there twice`),
    ...duplicates(volumeMounts.map(({ mountPath }) => mountPath)).map((twice) => `container ${name}: two mounts at ${twice}`),
    ...volumeMounts.flatMap((mount) => when(!volumes.has(mount.name), `container ${name}: there is no volume ${mount.name}`)),
    ...portNames.flatMap((port) => when(port.length > PORT_NAME_MAX, `container ${name}: the port name ${port} is too long`)),
    ...probes.flatMap((port) => when(typeof port === "string" && !portNames.includes(port), `container ${name}: a probe of no port`)),
    ...resourceProblems(container),
  ];
};

const podProblems = ({ metadata, spec }: PodTemplate): string[] => {
  const containers = [...spec.initContainers, ...spec.containers];
  const volumes = spec.volumes.map(({ name }) => name);
  return [
    ...labelProblems(metadata.labels),
    ...duplicates(containers.map(({ name }) => name)).map((twice) => `two containers are called ${twice}`),
    ...duplicates(volumes).map((twice) => `two volumes are called ${twice}`),
    ...volumes.flatMap((name) => when(!DNS_LABEL.test(name), `the name ${name} of a volume is no DNS label`)),
    ...containers.flatMap((container) => containerProblems(container, new Set(volumes))),
  ];
};

const Selecting = z.looseObject({ spec: z.looseObject({ selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }) }) });

/** A Deployment finds the pods it makes. */
const selectorProblems = (manifest: Manifest, template: PodTemplate): string[] => {
  if (manifest.kind !== "Deployment") return [];
  const { matchLabels } = Selecting.parse(manifest).spec.selector;
  return Object.entries(matchLabels).flatMap(([key, value]) =>
    when(template.metadata.labels[key] !== value, `its selector asks for ${key}=${value}, and its pods have none`),
  );
};

const Scaler = z.looseObject({ spec: z.looseObject({ minReplicas: z.number().default(1), maxReplicas: z.number() }) });
const Rules = z.array(
  z.looseObject({ host: z.string().optional(), http: z.looseObject({ paths: z.array(z.looseObject({ path: z.string() })) }) }),
);
const Ingress = z.looseObject({ spec: z.looseObject({ rules: Rules }) });
const Data = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });
const Block = z.looseObject({ ipBlock: z.looseObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional() });
const Policy = z.looseObject({
  spec: z.looseObject({
    ingress: z.array(z.looseObject({ from: z.array(Block).default([]) })).default([]),
    egress: z.array(z.looseObject({ to: z.array(Block).default([]) })).default([]),
  }),
});

const policyProblems = (manifest: Manifest): string[] => {
  const { ingress, egress } = Policy.parse(manifest).spec;
  const blocks = [...ingress.flatMap(({ from }) => from), ...egress.flatMap(({ to }) => to)].flatMap(({ ipBlock }) => ipBlock ?? []);
  return blocks.flatMap(({ cidr, except }) => except.flatMap((inner) => when(!contains(cidr, inner), `${inner} is not within ${cidr}`)));
};

/** What holds for one kind alone. */
const kindProblems = (manifest: Manifest): string[] => {
  switch (manifest.kind) {
    case "ConfigMap":
      return Object.keys(Data.parse(manifest).data).flatMap((key) => when(!DATA_KEY.test(key), `the key ${key} is none`));
    case "HorizontalPodAutoscaler": {
      const { minReplicas, maxReplicas } = Scaler.parse(manifest).spec;
      return when(minReplicas < 1 || maxReplicas < minReplicas, `it scales from ${minReplicas} to ${maxReplicas}`);
    }
    case "Ingress":
      return Ingress.parse(manifest).spec.rules.flatMap(({ host, http }) => [
        ...when(host !== undefined && !SUBDOMAIN.test(host), `${String(host)} is no name of a host`),
        ...http.paths.flatMap(({ path }) => when(!path.startsWith("/"), `the path ${path} does not begin with /`)),
      ]);
    case "NetworkPolicy":
      return policyProblems(manifest);
    default:
      return [];
  }
};

/** What is wrong with an object whose fields are right. */
export const meaningProblems = (manifest: Manifest): string[] => {
  const template = podTemplateOf(manifest);
  return [
    ...nameProblems(manifest),
    ...labelProblems(manifest.metadata.labels ?? {}),
    ...(template === null ? [] : [...podProblems(template), ...selectorProblems(manifest, template)]),
    ...kindProblems(manifest),
  ];
};

/**
 * What the restricted Pod Security Standard demands of a pod (https://kubernetes.io/docs/concepts/security/pod-security-standards/), as far
 * as pods can say it; and what we demand besides: a root that cannot be written, and limits.
 */
import { z } from "zod";
import type { Container, PodTemplate } from "./manifest.ts";

const PodContext = z.looseObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  seccompProfile: z.looseObject({ type: z.string() }).optional(),
});
const ContainerContext = z.looseObject({
  allowPrivilegeEscalation: z.boolean().optional(),
  privileged: z.boolean().optional(),
  readOnlyRootFilesystem: z.boolean().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  capabilities: z.looseObject({ drop: z.array(z.string()).default([]), add: z.array(z.string()).default([]) }).optional(),
  seccompProfile: z.looseObject({ type: z.string() }).optional(),
});

/** Kinds of volumes that a restricted pod may have. */
const VOLUMES = new Set(["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"]);
const SECCOMP = new Set(["RuntimeDefault", "Localhost"]);
const HOST = ["hostNetwork", "hostPID", "hostIPC"] as const;

const containerViolations = (container: Container, pod: z.infer<typeof PodContext>): string[] => {
  const own = ContainerContext.parse(container.securityContext);
  const wrong: [boolean, string][] = [
    [own.allowPrivilegeEscalation !== false, "allowPrivilegeEscalation is not false"],
    [own.privileged === true, "it is privileged"],
    [!(own.capabilities?.drop ?? []).includes("ALL"), "it does not drop ALL capabilities"],
    [(own.capabilities?.add ?? []).some((name) => name !== "NET_BIND_SERVICE"), "it adds capabilities"],
    [(own.runAsNonRoot ?? pod.runAsNonRoot) !== true, "runAsNonRoot is not true"],
    [(own.runAsUser ?? pod.runAsUser) === 0, "it runs as root"],
    [!SECCOMP.has((own.seccompProfile ?? pod.seccompProfile)?.type ?? ""), "it has no seccomp profile"],
    [container.ports.some((port) => "hostPort" in port), "it has a port of the host"],
  ];
  return wrong.flatMap(([isWrong, why]) => (isWrong ? [`container ${container.name}: ${why}`] : []));
};

/** Why the standard refuses a pod. */
export const restrictedViolations = ({ spec }: PodTemplate): string[] => {
  const pod = PodContext.parse(spec.securityContext);
  return [
    ...HOST.filter((name) => spec[name] === true).map((name) => `it uses ${name}`),
    ...spec.volumes.flatMap((volume) => {
      const kind = Object.keys(volume).find((key) => key !== "name") ?? "emptyDir";
      return VOLUMES.has(kind) ? [] : [`volume ${volume.name}: ${kind} is not allowed`];
    }),
    ...[...spec.initContainers, ...spec.containers].flatMap((container) => containerViolations(container, pod)),
  ];
};

/** What we demand of a pod besides the standard. */
export const hardeningViolations = ({ spec }: PodTemplate): string[] => [
  ...(spec.automountServiceAccountToken === false ? [] : ["it gets a token of Kubernetes"]),
  ...(spec["enableServiceLinks"] === false ? [] : ["it gets the addresses of all services in its environment"]),
  ...[...spec.initContainers, ...spec.containers].flatMap((container) => {
    const { name, resources } = container;
    const wrong: [boolean, string][] = [
      [ContainerContext.parse(container.securityContext).readOnlyRootFilesystem !== true, "its root can be written"],
      [resources.requests["cpu"] === undefined, "it asks for no processor"],
      [resources.requests["memory"] === undefined || resources.limits["memory"] === undefined, "its memory has no request or no limit"],
      [resources.limits["ephemeral-storage"] === undefined, "its disk has no limit"],
    ];
    return wrong.flatMap(([isWrong, why]) => (isWrong ? [`container ${name}: ${why}`] : []));
  }),
];

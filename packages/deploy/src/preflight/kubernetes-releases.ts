/**
 * Minor versions of Kubernetes with the day on which upstream ends their patches. Those that ended: data/releases/eol.yaml of
 * github.com/kubernetes/website; the others: https://kubernetes.io/releases/VERSION/, as read on 2026-11-26. A new minor version comes
 * every four months, and is one line here.
 */
export const KUBERNETES_RELEASES: readonly { minor: number; ends: string }[] = [
  { minor: 30, ends: "2025-07-15" },
  { minor: 31, ends: "2025-11-11" },
  { minor: 32, ends: "2026-02-28" },
  { minor: 33, ends: "2026-06-28" },
  { minor: 34, ends: "2026-10-27" },
  { minor: 35, ends: "2027-02-28" },
  { minor: 36, ends: "2027-06-28" },
  { minor: 37, ends: "2027-10-28" },
];

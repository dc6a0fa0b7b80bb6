/**
 * What follows from answers, each rule with its reason in words. A rule excludes a model, or speaks for or against it; all weigh the same,
 * so that a reader can count. Where models come out even, the one that leaves less work to whoever asks goes first (MODEL_NAMES).
 */
import type { When } from "./answers.ts";

/** In the order of how little is left to do. */
export const MODEL_NAMES = ["platform", "customer", "process"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

export type Rule = {
  when: When;
  model: ModelName;
  says: "excludes" | "for" | "against";
  reason: string;
};

const TRIAL = "for a look a cluster is too much: one process shows the same";
const NOTHING_LEAVES = "nothing of the data leaves systems that you run";

export const RULES: readonly Rule[] = [
  { when: { purpose: ["try"] }, model: "platform", says: "excludes", reason: TRIAL },
  { when: { purpose: ["try"] }, model: "customer", says: "excludes", reason: TRIAL },
  { when: { purpose: ["try"] }, model: "process", says: "for", reason: "it is there in minutes, with data of its own to look at" },
  {
    when: { purpose: ["production"] },
    model: "process",
    says: "against",
    reason: "it is one machine: while that is restarted or lost, nobody is served",
  },
  { when: { operator: ["ourselves"] }, model: "platform", says: "excludes", reason: "it needs an operator, and there is none but you" },
  {
    when: { operator: ["own-platform-team", "provider"] },
    model: "platform",
    says: "for",
    reason: "there is an operator: clusters, upgrades and calls at night are theirs",
  },
  {
    when: { operator: ["provider"], regulation: ["own-systems"] },
    model: "platform",
    says: "excludes",
    reason: "only systems of your own organisation may process the data, and the operator is another",
  },
  {
    when: { operator: ["provider"], regulation: ["processor"] },
    model: "platform",
    says: "against",
    reason: "the operator becomes a processor: a contract, a place in your records, audits",
  },
  { when: { regulation: ["own-systems", "processor"] }, model: "customer", says: "for", reason: NOTHING_LEAVES },
  { when: { regulation: ["own-systems"] }, model: "process", says: "for", reason: NOTHING_LEAVES },
  {
    when: { "data-readers": ["nothing"] },
    model: "platform",
    says: "excludes",
    reason: "the operator's machines would hold statistics and select values, and they may hold nothing",
  },
  {
    when: { "data-readers": ["statistics"], staff: ["nobody"] },
    model: "platform",
    says: "against",
    reason: "rows must stay with you, so dataplanes must be yours, and nobody of yours would look after them",
  },
  {
    when: { "data-readers": ["rows"], connectivity: ["outbound"], staff: ["nobody"] },
    model: "platform",
    says: "against",
    reason: "datastores can only be reached by dataplanes beside them, and nobody of yours would look after these",
  },
  {
    when: { cloud: ["on-premises", "other"] },
    model: "platform",
    says: "against",
    reason: "an operator's VPC is in AWS, Azure, Google Cloud or Oracle Cloud, and the data is not",
  },
  {
    when: { "air-gap": ["yes"] },
    model: "platform",
    says: "excludes",
    reason: "nobody operates from outside what is cut off from outside",
  },
  {
    when: { "data-readers": ["rows"], connectivity: ["vpn"] },
    model: "platform",
    says: "against",
    reason: "whatever a scan reads passes through the tunnel, each time",
  },
  {
    when: { staff: ["kubernetes"] },
    model: "customer",
    says: "for",
    reason: "Kubernetes is looked after already: this is one release more",
  },
  {
    when: { staff: ["engineers"] },
    model: "customer",
    says: "against",
    reason: "a cluster would have to be learnt and looked after for this alone",
  },
  {
    when: { staff: ["engineers"] },
    model: "process",
    says: "for",
    reason: "a process on a machine is what engineers look after beside other work",
  },
  { when: { staff: ["nobody"] }, model: "customer", says: "excludes", reason: "nobody would look after the cluster" },
  { when: { staff: ["nobody"] }, model: "process", says: "against", reason: "nobody would look after the machine" },
  { when: { staff: ["nobody"] }, model: "platform", says: "for", reason: "nobody of yours has to look after machines" },
];

/**
 * Check: a source nobody configured, from its catalogue to its anomalies in one go. Per container: profile, infer checks
 * from the profile, scan with them (and with checks that were given besides), release.
 */
import type { QualityCheck } from "@touchstone/core/model/check";
import type { Container } from "@touchstone/core/model/container";
import type { Profile } from "@touchstone/core/model/profile";
import type { ContainerReport, Report } from "@touchstone/core/model/report";
import type { Level } from "../infer/level.ts";
import { runContainers, sameName } from "./containers.ts";
import type { OperationRequest } from "./containers.ts";
import { inferChecks } from "./infer.ts";
import { profileContainer } from "./profile.ts";
import { scanContainer } from "./scan.ts";
import type { ScanOptions } from "./scan.ts";

export type CheckRequest = OperationRequest & {
  /** How much inference may claim, 0 nothing to 5 everything. */
  level?: Level | undefined;
  /** False alarms a month that inferred checks of a container may be expected to raise. */
  alertBudget?: number | undefined;
  /** Checks to run besides the inferred ones. */
  checks?: readonly QualityCheck[] | undefined;
  options?: Omit<ScanOptions, "signal" | "onFraction"> | undefined;
};

/** Profiles, infers and scans every container of the request. Never throws for what one container has done. */
export const check = (request: CheckRequest): Promise<Report> =>
  runContainers(request, { type: "check", incremental: false }, async (open) => {
    const { datastore, container, relation, catalogue, onPhase, onFraction, signal } = open;
    const now = request.options?.now ?? new Date().toISOString();
    onPhase("profile");
    const profile = await profileContainer(datastore, container, relation, { now, signal, onEvent: request.onEvent });
    onPhase("infer");
    const inferred = await inferChecks(datastore, container, relation, profile, {
      now,
      level: request.level,
      alertBudget: request.alertBudget,
      catalogue,
      signal,
      onEvent: request.onEvent,
    });
    onPhase("scan");
    const given = (request.checks ?? []).filter((each) => sameName(each.container, container.name));
    const active = [...given, ...inferred].filter((each) => each.status === "Active");
    const scanned = await scanContainer(datastore, container, relation, active, {
      ...request.options,
      sampled: request.sampleRows !== undefined,
      signal,
      onFraction: (fraction) => onFraction("scan", fraction),
    });
    return { ...scanned, fields: fieldsOf(container, profile) };
  });

/** The fields of a container with their profiles. */
export const fieldsOf = (container: Container, profile: Profile): ContainerReport["fields"] => {
  const profiles = new Map(profile.fields.map((each) => [each.name, each]));
  return container.fields.map(({ name, field_type, native_type }) => ({
    name,
    field_type,
    native_type,
    profile: profiles.get(name) ?? null,
  }));
};

/**
 * A control plane on a port that is replaced by one with other secrets while it listens: what a Deployment that is started anew looks
 * like from outside. Nothing in it is pretended.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve as listenTo, type ServerType } from "@hono/node-server";
import type { Hono } from "hono";
import { declareDataplanes } from "../auth/declared-dataplanes.ts";
import { readKeyRing } from "../auth/seal.ts";
import { controlPlane } from "../control-plane.ts";
import { tokenKeyOf } from "../keys.ts";
import { DIRECT_CALLERS, type Trial } from "./trial.ts";

/** As they stand in the Secrets of an installation. */
export type PodSecrets = { ring: string; tokenKey: string; dataplanes: Readonly<Record<string, string>> };
export type Pods = { url: string; replace: (secrets: PodSecrets) => Promise<void>; close: () => Promise<void> };

const appOf = ({ store, services, thrown }: Trial, { ring, tokenKey }: PodSecrets): Hono =>
  controlPlane({
    store,
    services: { ...services, ring: readKeyRing(ring), tokenKey: tokenKeyOf(tokenKey) },
    callers: DIRECT_CALLERS,
    rateLimit: { perSecond: 10_000, burst: 10_000 },
    onAnswer: ({ thrown: unexpected }) => void (unexpected !== null && thrown.push(unexpected)),
  });

export const openPods = async (trial: Trial, secrets: PodSecrets): Promise<Pods> => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-pods-"));
  let count = 0;
  const start = async (given: PodSecrets): Promise<Hono> => {
    const mounted = join(folder, String(++count));
    await mkdir(mounted);
    for (const [name, token] of Object.entries(given.dataplanes)) await writeFile(join(mounted, name), token);
    await declareDataplanes(trial.store.db, mounted);
    return appOf(trial, given);
  };
  let app = await start(secrets);
  const server: ServerType = await new Promise((resolve) => {
    const fetch = (request: Request, connection: object) => app.fetch(request, connection);
    const listening = listenTo({ fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(listening));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    replace: async (given) => {
      app = await start(given);
    },
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
};

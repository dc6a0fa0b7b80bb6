/** The ports of a control plane: one for people and programs, and a second by https for dataplanes, where it has a certificate. */
import { X509Certificate } from "node:crypto";
import type { Server } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import { serve as listenTo } from "@hono/node-server";
import type { Hono } from "hono";
import { userError } from "@touchstone/core/errors";
import type { Config } from "../config.ts";
import {
  followCertificate,
  internalFiles,
  ownFiles,
  readCertificate,
  TLS_OLDEST,
  type Certificate,
  type CertificateFiles,
  type Renewable,
} from "./certificate.ts";

type ListenerName = "own" | "internal";

type Place = { name: ListenerName; host: string; port: number; setting: string; files: CertificateFiles };

const ownPlace = (config: Config): Place => ({
  name: "own",
  host: config.host,
  port: config.port,
  setting: "TOUCHSTONE_PORT",
  files: ownFiles(config),
});
const internalPlace = (config: Config): Place => ({
  name: "internal",
  host: config.host,
  port: config.internal_port,
  setting: "TOUCHSTONE_INTERNAL_PORT",
  files: internalFiles(config),
});

/** Certificates are read before anything is opened, so that a slip in their settings costs no start. */
export type Certificates = { own: Certificate | null; internal: Certificate | null };

/** Throws SETTING_INVALID. */
export const readCertificates = async (config: Config): Promise<Certificates> => ({
  own: await readCertificate(ownFiles(config)),
  internal: await readCertificate(internalFiles(config)),
});

type Listener = { url: string; close: (seconds: number) => Promise<void> };

/** Ends when the requests under way have, or when the time is up. */
const close = (server: Server, seconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });

const bind = (app: Hono, { host, port, setting }: Place, certificate: Certificate | null): Promise<{ server: Server; url: string }> =>
  new Promise((resolve, reject) => {
    const secure =
      certificate === null ? {} : { createServer: createSecureServer, serverOptions: { ...certificate, minVersion: TLS_OLDEST } as const };
    const server = listenTo({ fetch: app.fetch, port, hostname: host, ...secure }, ({ port: bound }) => {
      const scheme = certificate === null ? "http" : "https";
      const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
      resolve({ server: server as Server, url: `${scheme}://${name.includes(":") ? `[${name}]` : name}:${bound}` });
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? userError("SETTING_INVALID", setting, `something else listens on port ${port}`) : error),
    );
  });

export type Told = {
  /** Of each certificate that was renewed, with null, or could not be, with why. */
  renewed: (error: unknown) => void;
  /** Of each that is answered with. */
  presented: (certificate: { listener: ListenerName; validTo: Date }) => void;
};

const listen = async (app: Hono, place: Place, certificate: Certificate | null, told: Told): Promise<Listener> => {
  const { server, url } = await bind(app, place, certificate);
  const tellOf = ({ cert }: Certificate): void =>
    told.presented({ listener: place.name, validTo: new Date(new X509Certificate(cert).validTo) });
  if (certificate !== null) tellOf(certificate);
  const renewable = (secure: SecureServer): Renewable => ({
    setSecureContext: (options) => {
      secure.setSecureContext(options);
      tellOf(options);
    },
  });
  const following = server instanceof SecureServer ? followCertificate(renewable(server), place.files, told.renewed) : null;
  return {
    url,
    close: async (seconds) => {
      following?.stop();
      await close(server, seconds);
    },
  };
};

export type Listeners = {
  url: string;
  /** Where dataplanes beside it come by https; null without a certificate for that. */
  internalUrl: string | null;
  close: (seconds: number) => Promise<void>;
};

/** Throws SETTING_INVALID where a port is another's. */
export const openListeners = async (app: Hono, config: Config, certificates: Certificates, told: Told): Promise<Listeners> => {
  const own = await listen(app, ownPlace(config), certificates.own, told);
  try {
    const internal = certificates.internal === null ? null : await listen(app, internalPlace(config), certificates.internal, told);
    return {
      url: own.url,
      internalUrl: internal?.url ?? null,
      close: async (seconds) => void (await Promise.all([own.close(seconds), internal?.close(seconds)])),
    };
  } catch (thrown) {
    await own.close(0);
    throw thrown;
  }
};

/** Sensor readings, shipments, web sessions. */
import { day, digits, made, maybe, money, rounded } from "./build.ts";
import type { CleanTable } from "../clean-table.ts";
import type { Random } from "../random.ts";
import { CITIES, NOUNS } from "./words.ts";

const MINUTE_MILLIS = 60_000;
const instant = (minutes: number) => new Date(Date.UTC(2024, 0, 1) + minutes * MINUTE_MILLIS).toISOString().slice(0, 19).replace("T", " ");

/** Temperatures around zero, a drifting battery, a status that is seldom not OK. */
export const readings = (): CleanTable =>
  made("readings", 20_000, (random, i) => {
    const sensor = i % 20;
    const minutes = Math.floor(i / 20) * 30;
    const hour = (minutes / 60) % 24;
    return {
      sensor: `S${digits(sensor + 1, 3)}`,
      measured_at: instant(minutes),
      temperature_c: rounded(2 + sensor / 4 + 6 * Math.sin(((hour - 8) / 24) * 2 * Math.PI) + random.normal(0, 1.5), 1),
      humidity_pct: rounded(Math.min(100, Math.max(8, random.normal(64, 14))), 1),
      pressure_hpa: rounded(random.normal(1013, 7), 1),
      battery_v: rounded(3.7 - (minutes / 60 / 500) * 0.4 + random.normal(0, 0.02), 2),
      rain_mm: random.chance(0.85) ? 0 : rounded(random.lognormal(0.8, 1), 1),
      status: random.chance(0.0008) ? "RESET" : random.chance(0.02) ? "LOW" : "OK",
    };
  });

/** Weights and costs with heavy tails, places with coordinates. */
export const shipments = (): CleanTable => {
  const carriers = [
    ["DHL", "00340434"],
    ["UPS", "1Z999AA1"],
    ["DPD", "01596800"],
  ] as const;
  return made(
    "shipments",
    2000,
    (random, i) => {
      const [carrier, prefix] = random.zipf(carriers);
      const [from, to] = [random.zipf(CITIES, 1), random.pick(CITIES)];
      const weight = random.lognormal(12, 1.2);
      const shipped = Math.floor((i / 2000) * 365);
      return {
        tracking_no: `${prefix}${digits(random.whole(0, 999_999_999), 10)}`,
        carrier,
        origin: from[0],
        destination: to[0],
        destination_zip: to[1],
        destination_country: to[3],
        weight_kg: weight.toFixed(2),
        volume_m3: (weight / random.normal(180, 25)).toFixed(3),
        shipped_on: day(shipped),
        delivered_on: day(shipped + 1 + Math.floor(random.lognormal(1.5, 0.6))),
        cost: money(4 + weight * 0.6 + random.normal(0, 0.4)),
        insured: random.chance(0.2) ? "true" : "false",
        destination_lat: (48 + to[0].length / 3 + random.normal(0, 0.05)).toFixed(4),
        destination_lon: (8 + to[0].length / 4 + random.normal(0, 0.05)).toFixed(4),
      };
    },
    { keys: ["tracking_no"], orders: [["shipped_on", "delivered_on"]], dependencies: [["destination_zip", "destination"]] },
  );
};

const hexadecimal = (random: Random, length: number) => Array.from({ length }, () => random.whole(0, 15).toString(16)).join("");
const uuid = (random: Random) =>
  `${hexadecimal(random, 8)}-${hexadecimal(random, 4)}-4${hexadecimal(random, 3)}-a${hexadecimal(random, 3)}-${hexadecimal(random, 12)}`;

/** Identifiers, addresses, durations over several magnitudes. */
export const sessions = (): CleanTable =>
  made("sessions", 5000, (random, i) => ({
    session_id: uuid(random),
    started_at: instant(i * 7 + random.whole(0, 6)),
    ip: `${random.pick([84, 91, 178, 212])}.${random.whole(0, 255)}.${random.whole(0, 255)}.${random.whole(1, 254)}`,
    landing_page: `https://shop.nordwind.example/${random.pick(["p", "c", "sale"])}/${random.pick(NOUNS)}${random.chance(0.3) ? `?ref=${random.whole(1, 40)}` : ""}`,
    referrer: maybe(random, 0.65, () =>
      random.zipf(["https://www.google.com/", "https://duckduckgo.com/", "https://www.bing.com/search?q=lamp"]),
    ),
    device: random.zipf(["mobile", "desktop", "tablet"], 1.2),
    browser: `${random.zipf(["Chrome", "Safari", "Firefox", "Edge"])} ${random.whole(100, 126)}`,
    pages: Math.ceil(random.lognormal(3, 0.9)),
    duration_ms: Math.round(random.lognormal(42_000, 1.4)),
    country: random.chance(0.002) ? "IS" : random.zipf(["DE", "AT", "CH", "NL", "FR", "PL", "IT"], 1.4),
    converted: random.chance(0.03) ? "true" : "false",
  }));

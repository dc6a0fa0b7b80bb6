/** Customers, employees, a survey. */
import { ascii, day, digits, germanIban, made, maybe, money } from "./build.ts";
import type { CleanTable } from "../clean-table.ts";
import type { Random } from "../random.ts";
import { CITIES, FIRST_NAMES, LAST_NAMES, REMARKS, STREETS } from "./words.ts";

const personOf = (random: Random) => {
  const [first, last] = [random.zipf(FIRST_NAMES, 0.5), random.zipf(LAST_NAMES, 0.6)];
  return { first, last: random.chance(0.02) ? `${last}-${random.pick(LAST_NAMES)}` : last };
};

const emailOf = (random: Random, { first, last }: { first: string; last: string }) =>
  `${ascii(first)}${random.pick([".", "_", ""])}${ascii(last)}${random.chance(0.4) ? random.whole(1, 99) : ""}@${random.zipf(["gmail.com", "web.de", "gmx.net", "outlook.com", "posteo.de", "example.org"])}`;

/** Two legitimate formats, optional fields, free text, a rare segment. */
export const customers = (): CleanTable =>
  made(
    "customers",
    1500,
    (random, i) => {
      const person = personOf(random);
      const [city, zip, region, country] = random.zipf(CITIES, 0.8);
      return {
        customer_id: `C-${10001 + i}`,
        first_name: person.first,
        last_name: person.last,
        email: emailOf(random, person),
        phone: random.chance(0.7)
          ? `+49 ${random.whole(30, 999)} ${random.whole(100000, 9999999)}`
          : `0${random.whole(30, 999)}/${random.whole(100000, 9999999)}`,
        street: `${random.pick(STREETS)} ${random.whole(1, 140)}${random.chance(0.08) ? random.pick(["a", "b"]) : ""}`,
        zip,
        city,
        region,
        country,
        birth_date: day(-random.whole(18 * 365, 85 * 365)),
        signup_date: day(random.whole(-900, 1000)),
        segment: random.chance(0.004) ? "Press" : random.zipf(["Private", "Business", "Reseller"]),
        credit_limit: random.chance(0.1) ? 0 : Math.round(random.lognormal(2000, 0.9) / 100) * 100,
        remark: maybe(random, 0.15, () => `${random.pick(REMARKS)}${random.chance(0.5) ? ` ${random.pick(REMARKS)}` : ""}`),
      };
    },
    {
      keys: ["customer_id"],
      dependencies: [
        ["zip", "city"],
        ["zip", "region"],
      ],
    },
  );

const DEPARTMENTS = [
  ["FIN", "Finance", "Vienna"],
  ["OPS", "Operations", "Hamburg"],
  ["SAL", "Sales", "Berlin"],
  ["ENG", "Engineering", "Berlin"],
  ["HRS", "Human Resources", "Vienna"],
  ["LEG", "Legal", "Zurich"],
] as const;

export const employees = (): CleanTable =>
  made(
    "employees",
    400,
    (random, i) => {
      const { first, last } = personOf(random);
      const [code, department, site] = random.zipf(DEPARTMENTS, 0.7);
      const hired = random.whole(-6000, 900);
      return {
        employee_no: 1001 + i,
        name: `${last}, ${first}`,
        work_email: `${ascii(first)}.${ascii(last)}@nordwind.example`,
        department_code: code,
        department,
        site,
        hired: day(hired),
        left: maybe(random, 0.12, () => day(hired + random.whole(90, 2000))),
        salary: Math.round(random.lognormal(52_000, 0.3) / 100) * 100,
        weekly_hours: random.zipf([40, 38.5, 20, 30, 32], 1.3),
        leave_days: random.whole(24, 34),
        iban: germanIban(`${random.pick(["37040044", "50010517", "10010010"])}${digits(random.whole(1, 999_999_999), 10)}`),
        grade: random.zipf(["E2", "E3", "E1", "E4", "M1", "M2"]),
      };
    },
    {
      keys: ["employee_no"],
      dependencies: [
        ["department_code", "department"],
        ["department", "site"],
      ],
    },
  );

/** A small table with scales, skew, and an optional income. */
export const survey = (): CleanTable =>
  made("survey", 300, (random, i) => {
    const [city, zip] = random.zipf(CITIES, 0.5);
    return {
      response: i + 1,
      answered_on: day(700 + random.whole(0, 40)),
      age: Math.round(Math.min(92, Math.max(16, random.normal(44, 16)))),
      gender: random.chance(0.02) ? "diverse" : random.pick(["female", "male"]),
      city,
      zip: digits(Number(zip), 5),
      satisfaction: random.zipf([4, 5, 3, 2, 1], 0.7),
      recommends: random.whole(0, 10),
      visits: Math.floor(random.lognormal(3, 1)),
      income: maybe(random, 0.7, () => Math.round(random.lognormal(2600, 0.5) / 50) * 50),
      share_online_pct: random.whole(0, 100),
      comment: maybe(random, 0.3, () => random.pick(REMARKS)),
    };
  });

/** Two hundred rows, most of them different from each other. */
export const offices = (): CleanTable =>
  made("offices", 200, (random, i) => {
    const [city, , region, country] = random.pick(CITIES);
    return {
      code: `${ascii(city).slice(0, 3).toUpperCase()}-${digits(i + 1, 3)}`,
      city,
      region,
      country,
      opened: day(-random.whole(0, 9000)),
      staff: Math.ceil(random.lognormal(14, 0.8)),
      area_m2: Math.round(random.lognormal(300, 0.6)),
      rent: money(random.lognormal(4200, 0.6)),
      latitude: random.normal(50.5, 1.8).toFixed(5),
      longitude: random.normal(10.2, 2).toFixed(5),
      website: `https://www.nordwind.example/offices/${ascii(city)}-${i + 1}`,
    };
  });

/** Orders, products, stock, invoices, a ledger: sums, orders of dates, composite keys, codes with check digits. */
import { day, digits, luhnDigit, made, maybe, money } from "./build.ts";
import { columnAt, type CleanTable } from "../clean-table.ts";
import type { Random } from "../random.ts";
import { ADJECTIVES, COLOURS, COMPANIES, COMPANY_FORMS, NOUNS } from "./words.ts";

const TAX = 0.19;

export const orders = (customers: CleanTable): CleanTable =>
  made(
    "orders",
    6000,
    (random, i) => {
      const ordered = Math.floor((i / 6000) * 900) + random.whole(0, 3);
      const shipped = ordered + random.whole(0, 6);
      const status = i > 5900 ? "open" : random.chance(0.03) ? "returned" : random.chance(0.001) ? "disputed" : "delivered";
      const net = Math.round(random.lognormal(60, 0.9) * 100);
      const tax = Math.round(net * TAX);
      return {
        order_id: 500_000 + i,
        customer_id: random.pick(customers.rows)[columnAt(customers, "customer_id")]!,
        ordered_on: day(ordered),
        shipped_on: status === "open" ? null : day(shipped),
        delivered_on: status === "open" ? null : day(shipped + random.whole(1, 12)),
        status,
        channel: random.zipf(["web", "app", "phone", "store"], 1.2),
        items: Math.ceil(random.lognormal(1.8, 0.7)),
        net: money(net / 100),
        tax: money(tax / 100),
        gross: money((net + tax) / 100),
        currency: random.chance(0.06) ? "CHF" : "EUR",
        coupon: maybe(random, 0.1, () => random.pick(["SPRING24", "WELCOME5", "FREESHIP"])),
      };
    },
    {
      keys: ["order_id"],
      sums: [["net", "tax", "gross"]],
      orders: [
        ["ordered_on", "shipped_on"],
        ["shipped_on", "delivered_on"],
      ],
      references: [{ column: "customer_id", to: { names: customers.names, rows: customers.rows }, toName: "customers" }],
    },
  );

const CATEGORIES = [
  ["Seating", "chair"],
  ["Tables", "table"],
  ["Lighting", "lamp"],
  ["Storage", "shelf"],
  ["Textiles", "pillow"],
  ["Decoration", "vase"],
] as const;

/** European article number: twelve digits and a thirteenth that checks them. */
const articleNumber = (random: Random) => {
  const first = `40${digits(random.whole(0, 9_999_999_999), 10)}`;
  const sum = [...first].reduce((n, digit, i) => n + Number(digit) * (i % 2 === 0 ? 1 : 3), 0);
  return `${first}${(10 - (sum % 10)) % 10}`;
};

export const products = (): CleanTable =>
  made(
    "products",
    800,
    (random, i) => {
      const [category, noun] = random.zipf(CATEGORIES, 0.5);
      const cost = random.lognormal(35, 0.8);
      const weight = random.lognormal(6, 0.7);
      return {
        sku: `${noun.slice(0, 2).toUpperCase()}-${1000 + i}-${random.pick(["A", "B", "C"])}`,
        title: `${random.pick(ADJECTIVES)} ${random.pick(ADJECTIVES)} ${random.chance(0.5) ? noun : random.pick(NOUNS)}`,
        category,
        category_code: category.slice(0, 3).toUpperCase(),
        colour: random.zipf(COLOURS, 0.8),
        price: money(cost * (1.4 + random.next())),
        cost: money(cost),
        weight_kg: weight.toFixed(2),
        height_cm: random.whole(20, 220),
        ean: articleNumber(random),
        listed_on: day(-random.whole(0, 1500)),
        discontinued_on: maybe(random, 0.1, () => day(random.whole(0, 800))),
        rating: maybe(random, 0.85, () => Math.min(5, Math.max(1, random.normal(4.1, 0.6))).toFixed(1)),
      };
    },
    { keys: ["sku", "ean"], dependencies: [["category_code", "category"]] },
  );

/** The same article in several warehouses: prices and names repeat. */
export const stock = (products: CleanTable): CleanTable => {
  const at = (name: string) => columnAt(products, name);
  return made(
    "stock",
    3000,
    (random, i) => {
      const product = products.rows[i % products.rows.length]!;
      const warehouse = ["HAM", "BER", "VIE", "ZRH"][Math.floor(i / products.rows.length)]!;
      const price = Number(product[at("price")]);
      return {
        warehouse,
        sku: product[at("sku")]!,
        title: product[at("title")]!,
        bin: `${random.pick(["A", "B", "C", "D"])}-${digits(random.whole(1, 24), 2)}-${digits(random.whole(1, 60), 2)}`,
        quantity: random.chance(0.15) ? 0 : Math.floor(random.lognormal(20, 1.1)),
        unit_price: money(price * (random.chance(0.1) ? 0.9 : 1)),
        unit_weight_kg: product[at("weight_kg")]!,
        counted_on: day(880 + random.whole(0, 30)),
        counted_by: random.zipf(["mk", "jb", "tl", "sw", "ap"]),
      };
    },
    {
      dependencies: [
        ["sku", "title"],
        ["sku", "unit_weight_kg"],
      ],
    },
  );
};

const vendors = (random: Random) =>
  COMPANIES.map((name) => ({
    name: `${name} ${random.pick(COMPANY_FORMS)}`,
    vat: `DE${random.whole(100_000_000, 999_999_999)}`,
    days: random.pick([14, 30, 30, 60]),
  }));

export const invoices = (): CleanTable => {
  let list: ReturnType<typeof vendors> | null = null;
  return made(
    "invoices",
    1200,
    (random, i) => {
      const vendor = random.zipf((list ??= vendors(random)), 0.7);
      const issued = Math.floor((i / 1200) * 700) + random.whole(0, 5);
      const net = Math.round(random.lognormal(800, 1.1) * 100);
      const rate = random.chance(0.1) ? 7 : 19;
      const vat = Math.round((net * rate) / 100);
      const card = `4${digits(random.whole(0, 99_999_999_999_999), 14)}`;
      return {
        invoice_no: `INV-${2022 + Math.floor(issued / 365)}-${digits(i + 1, 5)}`,
        vendor: vendor.name,
        vendor_vat_id: vendor.vat,
        issued: day(issued),
        due: day(issued + vendor.days),
        net_amount: money(net / 100),
        vat_rate: rate,
        vat_amount: money(vat / 100),
        total: money((net + vat) / 100),
        card_number: `${card}${luhnDigit(card)}`,
        paid: random.chance(0.9) ? "yes" : "no",
        cost_centre: digits(random.pick([110, 120, 210, 220, 340]), 5),
      };
    },
    {
      keys: ["invoice_no"],
      sums: [["net_amount", "vat_amount", "total"]],
      orders: [["issued", "due"]],
      dependencies: [
        ["vendor", "vendor_vat_id"],
        ["vendor_vat_id", "vendor"],
      ],
    },
  );
};

/** Amounts of both signs, some of them very large. */
export const ledger = (): CleanTable => {
  let balance = 120_000;
  return made("ledger", 2500, (random, i) => {
    const amount = Math.round(random.lognormal(140, 1.4) * 100 * (random.chance(0.62) ? -1 : 1)) / 100;
    balance += amount;
    return {
      entry: i + 1,
      booked_on: day(Math.floor(i / 3)),
      account: digits(random.zipf([1200, 4400, 4980, 6815, 8400, 3300]), 4),
      amount: money(amount),
      balance: money(balance),
      text: `${random.pick(["Invoice", "Card payment", "Transfer", "Fee", "Salary"])} ${random.pick(COMPANIES)} ${random.whole(1, 9999)}`,
      booked_by: random.zipf(["import", "hr", "mk"], 1.5),
    };
  });
};

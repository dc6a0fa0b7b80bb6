/** Ways of writing a date, and which texts in them are days of the calendar. */

export type DateFormat = {
  name: string;
  /** Portable regular expression of the whole text, as narrow as one can be without a calendar. */
  pattern: string;
  /** Year, month, day of a text that matches. */
  read: (parts: readonly string[]) => { year: number; month: number; day: number };
};

const YEAR = "([0-9]{4})";
const MONTH = "(0[1-9]|1[0-2])";
const DAY = "(0[1-9]|[12][0-9]|3[01])";
const LOOSE_MONTH = "(0?[1-9]|1[0-2])";
const LOOSE_DAY = "(0?[1-9]|[12][0-9]|3[01])";
const TIME = "[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?";
const NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const NAME = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";

const ymd = ([year, month, day]: readonly string[]) => ({ year: Number(year), month: Number(month), day: Number(day) });
const dmy = ([day, month, year]: readonly string[]) => ({ year: Number(year), month: Number(month), day: Number(day) });
const mdy = ([month, day, year]: readonly string[]) => ({ year: Number(year), month: Number(month), day: Number(day) });
const named = ([day, month, year]: readonly string[]) => ({
  year: Number(year),
  month: NAMES.indexOf(month!.toLowerCase()) + 1,
  day: Number(day),
});

/** The two first ones are what the rule isIsoDate asks for. */
export const ISO_DATE: DateFormat = { name: "YYYY-MM-DD", pattern: `^${YEAR}-${MONTH}-${DAY}$`, read: ymd };
export const ISO_TIME: DateFormat = { name: "YYYY-MM-DD and a time", pattern: `^${YEAR}-${MONTH}-${DAY}${TIME}$`, read: ymd };

export const DATE_FORMATS: readonly DateFormat[] = [
  ISO_DATE,
  ISO_TIME,
  { name: "DD.MM.YYYY", pattern: `^${LOOSE_DAY}[.]${LOOSE_MONTH}[.]${YEAR}$`, read: dmy },
  { name: "MM/DD/YYYY", pattern: `^${LOOSE_MONTH}/${LOOSE_DAY}/${YEAR}$`, read: mdy },
  { name: "DD/MM/YYYY", pattern: `^${LOOSE_DAY}/${LOOSE_MONTH}/${YEAR}$`, read: dmy },
  { name: "MM-DD-YYYY", pattern: `^${MONTH}-${DAY}-${YEAR}$`, read: mdy },
  { name: "DD-MM-YYYY", pattern: `^${DAY}-${MONTH}-${YEAR}$`, read: dmy },
  { name: "YYYY/MM/DD", pattern: `^${YEAR}/${MONTH}/${DAY}$`, read: ymd },
  { name: "YYYYMMDD", pattern: `^${YEAR}${MONTH}${DAY}$`, read: ymd },
  { name: "DD Mon YYYY", pattern: `^${LOOSE_DAY}[ -]${NAME}[ -]${YEAR}$`, read: named },
];

/** Length of a month of the Gregorian calendar: day 0 of the next one. */
const daysIn = (year: number, month: number): number => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

const expressions = new Map<DateFormat, RegExp>();

/** Whether a text is a day of the calendar written in this format. */
export const isDate = (format: DateFormat, text: string): boolean => {
  const expression = expressions.get(format) ?? new RegExp(format.pattern);
  expressions.set(format, expression);
  const match = expression.exec(text);
  if (match === null) return false;
  const { year, month, day } = format.read(match.slice(1));
  return year > 0 && day <= daysIn(year, month);
};

/** Signs of a date in some format or other, possible or not: three groups of digits, or two and a word. */
const LIKE_A_DATE =
  /^[0-9]{1,4}[-/. ]([0-9]{1,2}|\p{L}{3,9})[-/., ]+[0-9]{1,4}(?![0-9])|^\p{L}{3,9}\.? [0-9]{1,2}, ?[0-9]{4}$|^(1[89]|20)[0-9]{6}$/u;
export const looksLikeDate = (text: string): boolean => LIKE_A_DATE.test(text.trim());

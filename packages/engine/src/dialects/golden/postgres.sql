-- a range, of one table among several
(("orders"."id" < 1) OR ("orders"."id" > 9))

-- conditions stay flat
(("id" >= 1) AND ("name" IS NULL) AND (NOT ("name" = 'x')) AND (("id" = 2) OR ("id" = 3)))

-- text compares by bytes
("name" COLLATE "C" < 'b')

-- quotes and backslashes
("odd ""name""" = E'it''s a \\ path')

-- a pattern
("name" ~ E'\\A[A-Z]{2}[0-9]{4}\\Z')

-- a pattern that is a prefix
starts_with("name", 'AB')

-- a pattern that is a list
("name" IN ('new', 'used'))

-- a pattern with a word boundary
("name" ~ '(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))word(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))')

-- fractions that decimals hold
("price" IN (0.1, 2.5, CAST('1e-30' AS double precision)))

-- not finite
(NOT ("price" NOT IN ('NaN', 'Infinity', '-Infinity')))

-- sums that cannot overflow
(CAST("id" AS numeric) + 1)

-- a quotient
(CAST("price" AS double precision) / nullif("id", 0))

-- the day before
CAST("day" - INTERVAL '1 day' AS date)

-- newer than a moment
("at" > TIMESTAMP '2024-01-31 10:00:00')

-- a date
("day" = DATE '2024-02-29')

-- the start of the week
CAST(date_trunc('week', CAST("day" AS timestamp)) AS date)

-- days since
(CAST(TIMESTAMP '2024-02-29 13:14:15' AS date) - CAST("day" AS date))

-- a number read from text
CAST(regexp_replace("name", E'\\A(?!\\A *[+\\u002D]?[0-9]{1,18} *\\Z).*', 'not of type Integral') AS bigint)

-- a number tried from text
CAST(substring("name", E'\\A *[+\\u002D]?(?:[0-9]{1,200}(?:\\u002E[0-9]{0,200})?|\\u002E[0-9]{1,200}|(?:[0-9]{1,8}(?:\\u002E[0-9]{0,20})?|\\u002E[0-9]{1,20})[eE][+\\u002D]?[0-2]?[0-9]{1,2}) *\\Z') AS double precision)

-- text that denotes a whole number
("name" ~ E'\\A *[+\\u002D]?[0-9]{1,18} *\\Z')

-- text of values
("name" || '-' || CAST("id" AS text))

-- rounded to cents
(CAST(round(CAST(CAST("price" * 100 AS text) AS numeric)) AS double precision) / 100)

-- choice
CASE WHEN ("id" > 0) THEN 'some' ELSE 'none' END

-- some element
EXISTS (SELECT 1 FROM unnest("tags") AS elements("an element") WHERE ("an element" = 'x'))

-- the row before
((CAST("id" AS numeric) - lag("id") OVER (ORDER BY "name" COLLATE "C" NULLS LAST)) > 1)

-- counted where
count(CASE WHEN ("name" IS NULL) THEN 1 END)

-- the mean where
CAST(avg(CASE WHEN CASE WHEN ("id" > 0) THEN "price" END NOT IN ('NaN', 'Infinity', '-Infinity') THEN CASE WHEN ("id" > 0) THEN "price" END END) AS double precision)

-- a quantile
percentile_cont(0.9) WITHIN GROUP (ORDER BY CAST(CASE WHEN "price" NOT IN ('NaN', 'Infinity', '-Infinity') THEN "price" END AS double precision))

-- the first name
min("name" COLLATE "C")

-- distinct names
count(DISTINCT "name" COLLATE "C")

-- a range, of one table among several
(("orders"."id" < 1) OR ("orders"."id" > 9))

-- conditions stay flat
(("id" >= 1) AND ("name" IS NULL) AND (NOT ("name" = 'x')) AND (("id" = 2) OR ("id" = 3)))

-- text compares by bytes
("name" < 'b')

-- quotes and backslashes
("odd ""name""" = 'it''s a \ path')

-- a pattern
regexp_matches("name", '^[A-Z]{2}[0-9]{4}$')

-- a pattern that is a prefix
starts_with("name", 'AB')

-- a pattern that is a list
("name" IN ('new', 'used'))

-- a pattern with a word boundary
regexp_matches("name", '\bword\b')

-- fractions that decimals hold
("price" IN (0.1, 2.5, CAST('1e-30' AS DOUBLE)))

-- not finite
(NOT isfinite("price"))

-- sums that cannot overflow
(CAST("id" AS HUGEINT) + 1)

-- a quotient
(CAST("price" AS DOUBLE) / nullif("id", 0))

-- the day before
CAST("day" - INTERVAL (1) DAY AS DATE)

-- newer than a moment
("at" > TIMESTAMP '2024-01-31 10:00:00')

-- a date
("day" = DATE '2024-02-29')

-- the start of the week
CAST(date_trunc('week', "day") AS DATE)

-- days since
date_diff('day', CAST("day" AS TIMESTAMP), TIMESTAMP '2024-02-29 13:14:15')

-- a number read from text
CAST(regexp_extract("name", '^ *[+\-]?[0-9]{1,18} *$') AS BIGINT)

-- a number tried from text
TRY_CAST(regexp_extract("name", '^ *[+\-]?(?:[0-9]{1,200}(?:\.[0-9]{0,200})?|\.[0-9]{1,200}|(?:[0-9]{1,8}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})[eE][+\-]?[0-2]?[0-9]{1,2}) *$') AS DOUBLE)

-- text that denotes a whole number
regexp_matches("name", '^ *[+\-]?[0-9]{1,18} *$')

-- text of values
("name" || '-' || CAST("id" AS VARCHAR))

-- rounded to cents
round("price", 2)

-- choice
CASE WHEN ("id" > 0) THEN 'some' ELSE 'none' END

-- some element
coalesce(len(list_filter("tags", lambda "an element": ("an element" = 'x'))) > 0, FALSE)

-- the row before
((CAST("id" AS HUGEINT) - lag("id") OVER (ORDER BY "name" NULLS LAST)) > 1)

-- counted where
count(CASE WHEN ("name" IS NULL) THEN 1 END)

-- the mean where
avg(CASE WHEN isfinite(CASE WHEN ("id" > 0) THEN "price" END) THEN CASE WHEN ("id" > 0) THEN "price" END END)

-- a quantile
quantile_cont(CAST(CASE WHEN isfinite("price") THEN "price" END AS DOUBLE), 0.9)

-- the first name
min("name")

-- distinct names
count(DISTINCT "name")

// CloudWatch Logs Insights QL: `Plan` compiles a query, `Scan` runs it over blocks of events, `QueryResults` are its rows.
//
// Source: CloudWatch Logs User Guide, CloudWatch Logs Insights language query syntax, with the pages of all commands and functions.
//
// Built: fields, display, filter, filterIndex, parse (glob and regular expression), stats (two in a query), sort, limit (and head),
// dedup, pattern, diff, unnest, lookup, unmask, SOURCE logGroups(...), comments, aliases, names in backticks; all scalar functions.
// Refused by name: anomaly, join, subqueries, logcompare, addtotals and other commands of 2026; SOURCE of data sources.
//
// Values are texts, numbers, structures (of `jsonParse`, or of JSON fields that are maps or lists) and missing ones:
// - Texts that read as numbers count as numbers in arithmetic, aggregates and comparisons of two such.
// - JSON's true and false are 1 and 0, and equal "true" and "false"; null is missing.
// - A comparison with something missing does not hold, but `!=`, `not like` and `not in` do. Arithmetic with what is no number
//   and division by zero are missing.
// - Computed numbers are shown with up to four decimals, fields of events as they were logged.
//
// Differs from AWS:
// - Any number of JSON fields is discovered, not the first 200. Only messages that are JSON as a whole have fields; of others those of
//   Lambda's REPORT, START and END lines. Flow logs and Route 53 logs have no fields of their own.
// - Regular expressions are Java's but for look-around, back-references, possessive repetitions and properties beyond ASCII;
//   they take time linear in the message.
// - stddev is that of the population. pct is exact up to 256 values of a group, then within 0.5 % of the value; count_distinct is
//   exact up to 10,000, then within 0.81 % (standard error).
// - `if(condition, a, b)` and `case(condition, a, ..., otherwise)` are functions too; bin takes a timestamp as first argument too.
// - pattern names dynamic tokens `<Time-1>`, `<IPAddress-2>`, `<UUID-3>` and all others `<Token-4>`; AWS has more names. diff adds @previousSampleCount, @difference and @differenceDescription (New, Gone,
//   Increased, Decreased, Unchanged) to its columns.
// - A query that needs more memory or groups than `QueryLimits` is refused, not cut.

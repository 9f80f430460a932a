#include "sandbox/module_table.h"

namespace yoke::sandbox {

namespace {

constexpr ModuleFunction kJson[] = {
    {"encode", "value: any", "string", "The value as JSON text with sorted keys."},
    {"decode", "text: string", "any", "The value of a JSON text; raises when it is none."},
    {"array", "list: table?", "table", "Marks a list, so that it stays one when it is empty."},
};

constexpr ModuleFunction kText[] = {
    {"split", "text: string, separator: string, limit: integer?", "string[]",
     "The parts between the separators, which are plain text."},
    {"trim", "text: string", "string", "Without white space at both ends."},
    {"lines", "text: string", "string[]", "The lines, without their ends."},
    {"starts_with", "text: string, prefix: string", "boolean", "Whether it begins so."},
    {"ends_with", "text: string, suffix: string", "boolean", "Whether it ends so."},
    {"pad", "text: string, width: integer, side: string?", "string",
     "Filled with spaces to a display width; side is left, right (default) or both."},
    {"wrap", "text: string, width: integer", "string", "Broken between words into lines."},
    {"shorten", "text: string, bytes: integer", "string",
     "Cut between characters, with an ellipsis."},
    {"width", "text: string", "integer", "The columns it takes in a terminal."},
    {"similarity", "left: string, right: string", "number",
     "From 0 to 1: one less the share of characters to edit."},
    {"find", "text: string, regex: string, start: integer?", "integer?, integer?, string...",
     "The first match's first and last byte and its groups; nil when there is none."},
    {"matches", "text: string, regex: string", "boolean",
     "Whether the regular expression is found."},
    {"find_all", "text: string, regex: string", "table",
     "All matches: strings, or lists of groups when there are groups."},
    {"replace", "text: string, regex: string, with: string", "string, integer",
     "All matches replaced (\\1 is a group), and how many there were."},
    {"parse_csv",
     "text: string, options: {header: boolean?, types: string?, separator: string?, records: "
     "boolean?}?",
     "{columns: string[], rows: table[]}",
     "A CSV table. header (default true): the first row names the columns; types = \"auto\" turns "
     "numbers into numbers; records: rows are keyed by column."},
    {"to_csv", "rows: table[], columns: string[]?", "string", "Rows of values as CSV text."},
};

constexpr ModuleFunction kTime[] = {
    {"now", "", "number", "Seconds since 1970 UTC: when this call began."},
    {"format", "seconds: number, format: string?", "string",
     "As ISO 8601 in UTC, or by a strftime format."},
    {"parse", "text: string", "number?, string?",
     "Seconds of an ISO 8601 date or time; nil and why not."},
    {"add", "seconds: number, amounts: table", "number",
     "Moved by years, months, weeks, days, hours, minutes and seconds."},
    {"parts", "seconds: number", "table",
     "year, month, day, hour, minute, second, weekday (1 is Monday) and yearday in UTC."},
};

constexpr ModuleFunction kCrypto[] = {
    {"sha256", "data: string", "string", "In hexadecimal."},
    {"hmac_sha256", "key: string, data: string", "string", "In hexadecimal."},
    {"base64_encode", "data: string", "string", "With padding."},
    {"base64_decode", "text: string", "string?",
     "nil when it is no base 64; the URL alphabet is taken too."},
    {"hex", "data: string", "string", "In hexadecimal."},
    {"unhex", "text: string", "string?", "nil when it is no hexadecimal."},
    {"uuid", "", "string", "A version 4 UUID from the call's seed."},
    {"random_bytes", "count: integer", "string", "From the call's seed: repeatable, so no secret."},
};

constexpr ModuleFunction kLog[] = {
    {"debug", "...: any", "", "Writes a line to the call's log."},
    {"info", "...: any", "", "Writes a line to the call's log."},
    {"warn", "...: any", "", "Writes a line to the call's log."},
    {"error", "...: any", "", "Writes a line to the call's log; raises nothing."},
};

constexpr const char* kReply = "{status: integer, headers: table, body: string, json: any?}";

constexpr ModuleFunction kHttp[] = {
    {"get", "url: string, options: {query: table?, headers: table?}?", kReply, "A GET request."},
    {"post", "url: string, options: {json: any?, body: string?, form: table?, headers: table?}?",
     kReply, "A POST request."},
    {"put", "url: string, options: {json: any?, body: string?, headers: table?}?", kReply,
     "A PUT request."},
    {"delete", "url: string, options: table?", kReply, "A DELETE request."},
    {"patch", "url: string, options: table?", kReply, "A PATCH request."},
    {"head", "url: string, options: table?", kReply, "A HEAD request."},
    {"request", "options: {method: string, url: string}", kReply, "Any request."},
};

constexpr ModuleFunction kFs[] = {
    {"read", "path: string, options: table?", "string", "A file's content."},
    {"write", "path: string, content: string", "", "Makes or replaces a file."},
    {"append", "path: string, content: string", "", "Adds to a file's end."},
    {"list", "path: string", "table[]", "A folder's entries."},
    {"exists", "path: string", "boolean", "Whether there is a file or folder."},
    {"stat", "path: string", "table", "Its size, kind and time of change."},
    {"remove", "path: string", "", "Deletes a file."},
};

constexpr ModuleFunction kKv[] = {
    {"get", "key: string", "any", "The value kept under a key, or json.null."},
    {"set", "key: string, value: any, options: table?", "", "Keeps a value."},
    {"delete", "key: string", "boolean", "Forgets a key."},
    {"list", "prefix: string?", "string[]", "The keys that begin so."},
};

constexpr ModuleFunction kMemory[] = {
    {"save", "text: string, options: table?", "string", "Keeps a note; returns its id."},
    {"search", "query: string, options: table?", "table[]", "The notes nearest to a query."},
    {"forget", "id: string", "boolean", "Deletes a note."},
};

constexpr ModuleFunction kModel[] = {
    {"ask", "request: string|table", "any", "Asks a language model."},
};

constexpr ModuleFunction kTools[] = {
    {"call", "name: string, args: table?", "any", "Calls another tool."},
};

constexpr Module kModules[] = {
    {"json", "JSON text. json.null stands for null.", false, kJson},
    {"text", "Text, regular expressions (RE2) and CSV.", false, kText},
    {"time", "Dates and times in UTC; the clock stands still during a call.", false, kTime},
    {"crypto", "Hashes and encodings.", false, kCrypto},
    {"log", "The call's log.", false, kLog},
    {"http", "The network, as far as it was granted.", true, kHttp},
    {"fs", "Files under the granted paths.", true, kFs},
    {"kv", "Values kept between calls.", true, kKv},
    {"memory", "Notes that agents find again.", true, kMemory},
    {"model", "Language models.", true, kModel},
    {"tools", "Other tools.", true, kTools},
};

}  // namespace

std::span<const Module> modules() { return kModules; }

const Module* find_module(std::string_view name) {
  for (const Module& module : kModules) {
    if (module.name == name) return &module;
  }
  return nullptr;
}

}  // namespace yoke::sandbox

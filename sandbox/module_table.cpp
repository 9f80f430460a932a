#include "sandbox/module_table.h"

namespace yoke::sandbox {

namespace {

constexpr ModuleFunction kJson[] = {
    {"encode", "value: any", "string", "The value as JSON text with sorted keys."},
    {"decode", "text: string", "any", "The value of a JSON text; raises when it is none."},
    {"array", "list: table?", "table", "Marks a list, so that it stays one when it is empty."},
    {"null", nullptr, "any", "What JSON's null is in Lua."},
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
    {"from_html", "html: string", "string",
     "What a page says: paragraphs, lists, links as \"text (address)\", no scripts or styles."},
    {"diff", "before: string, after: string, options: {context: integer?}?",
     "string, integer, integer",
     "The changed lines as a unified diff, and how many were removed and added."},
    {"chunk", "text: string, options: {bytes: integer?, overlap: integer?}?",
     "{text: string, first: integer, last: integer}[]",
     "Parts of at most so many bytes, cut between paragraphs, lines, sentences or words."},
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

constexpr const char* kReply = "HttpReply";

constexpr ModuleFunction kHttp[] = {
    {"get", "url: string, options: HttpOptions?", kReply, "A GET request.", "net"},
    {"post", "url: string, options: HttpOptions?", kReply, "A POST request.", "net"},
    {"put", "url: string, options: HttpOptions?", kReply, "A PUT request.", "net"},
    {"delete", "url: string, options: HttpOptions?", kReply, "A DELETE request.", "net"},
    {"patch", "url: string, options: HttpOptions?", kReply, "A PATCH request.", "net"},
    {"head", "url: string, options: HttpOptions?", kReply, "A HEAD request.", "net"},
    {"request", "options: HttpRequest", kReply, "Any request.", "net"},
};

constexpr ModuleFunction kFs[] = {
    {"read", "path: string, options: {offset: integer?, length: integer?, encoding: string?}?",
     "string", "A file's content.", "read"},
    {"write", "path: string, content: string", "", "Makes or replaces a file.", "write"},
    {"append", "path: string, content: string", "", "Adds to a file's end.", "write"},
    {"list", "path: string", "table[]", "A folder's entries.", "read"},
    {"exists", "path: string", "boolean", "Whether there is a file or folder.", "read"},
    {"stat", "path: string", "table", "Its size, kind and time of change.", "read"},
    {"remove", "path: string", "", "Deletes a file.", "write"},
};

constexpr ModuleFunction kKv[] = {
    {"get", "key: string", "any", "The value kept under a key, or json.null.", "kv read"},
    {"set", "key: string, value: any, options: table?", "", "Keeps a value.", "kv write"},
    {"delete", "key: string", "boolean", "Forgets a key.", "kv write"},
    {"list", "prefix: string?", "string[]", "The keys that begin so.", "kv read"},
};

constexpr ModuleFunction kMemory[] = {
    {"save", "text: string, options: {key: string?, scope: string?, expires: string?}?",
     "{id: string, key: string, scope: string, replaced: boolean, note: string?}",
     "Remembers a text; one of the same key and scope is replaced. scope is run, session, user "
     "(default), agent or shared.",
     "memory write"},
    {"search", "query: string, options: {scope: string?, limit: integer?}?", "table[]",
     "What was remembered that is nearest to a query, with its age, source and label.",
     "memory read"},
    {"list", "options: {scope: string?, limit: integer?}?", "table[]",
     "What was remembered, newest first.", "memory read"},
    {"forget", "key: string, options: {scope: string?}?", "boolean",
     "Erases what has this key or id; whether there was such.", "memory write"},
};

constexpr ModuleFunction kTest[] = {
    {"start", "tool: string, args: any, setting: table", "table",
     "Begins a call of a tool: what it asks of the world, or how it ended."},
    {"answer", "reply: table", "table", "Answers that; what it asks next, or how it ended."},
    {"parse_time", "text: string", "number", "Seconds since 1970 of an ISO 8601 time."},
};

constexpr ModuleFunction kFlow[] = {
    {"want", "wants: table[]", "", "Hands in what is newly wanted."},
    {"step", "wants: table[]", "table", "Hands in the same, and waits for the next completion."},
};

constexpr ModuleFunction kMail[] = {
    {"send",
     "message: {server: string, from: string, to: string[], cc: string[]?, bcc: string[]?, "
     "reply_to: string?, subject: string, text: string, id: string?}",
     "{accepted: boolean, id: string}", "Hands a mail to a granted server.", "smtp"},
};

constexpr ModuleFunction kSqlite[] = {
    {"query", "path: string, sql: string, params: table?, options: {rows: integer?}?",
     "{columns: string[], rows: table[], more: boolean}",
     "The rows of one SQL statement that only reads.", "sqlite"},
};

constexpr ModuleFunction kModel[] = {
    {"ask", "request: string|table", "any", "Asks a language model.", "model"},
};

constexpr ModuleFunction kTools[] = {
    {"call", "name: string, args: table?", "any", "Calls another tool.", "tools"},
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
    {"mail", "Mail, through the granted servers.", true, kMail},
    {"memory", "What agents remember and find again.", true, kMemory},
    {"model", "Language models.", true, kModel},
    {"sqlite", "Databases that were granted, to read.", true, kSqlite},
    {"tools", "Other tools.", true, kTools},
    {"test", "Drives tools under test; present in tests alone.", true, kTest, true},
    {"flow", "Drives durable scripts; present in them alone.", true, kFlow, true},
};

}  // namespace

std::span<const Module> modules() { return kModules; }

const Module* find_module(std::string_view name) {
  for (const Module& module : kModules) {
    if (module.name == name) return &module;
  }
  return nullptr;
}

namespace {

constexpr std::string_view kSpace = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Parameter parameter_of(std::string_view text) {
  Parameter out;
  const std::size_t colon = text.find(':');
  const bool named = colon != std::string_view::npos && text.find('{') > colon;
  if (named) out.name = trimmed(text.substr(0, colon));
  out.type = trimmed(named ? text.substr(colon + 1) : text);
  out.optional = out.type.ends_with('?');
  if (out.optional) out.type.remove_suffix(1);
  return out;
}

}  // namespace

std::vector<Parameter> parameters_of(std::string_view written) {
  std::vector<Parameter> out;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= written.size(); ++i) {
    const char c = i < written.size() ? written[i] : ',';
    if (c == '{' || c == '(') ++depth;
    if (c == '}' || c == ')') --depth;
    if (c != ',' || (depth > 0 && i < written.size())) continue;
    const std::string_view part = trimmed(written.substr(start, i - start));
    if (!part.empty()) out.push_back(parameter_of(part));
    start = i + 1;
  }
  return out;
}

}  // namespace yoke::sandbox

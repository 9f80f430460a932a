#include "sandbox/module_table.h"

// Lua's own libraries, as far as a script has them. Types are written as editors read them.
namespace yoke::sandbox {

namespace {

constexpr ModuleFunction kGlobals[] = {
    {"_G", nullptr, "table", "The script's own globals."},
    {"_VERSION", nullptr, "string", "The version of Lua."},
    {"agent", "definition: Agent", "Agent", "Marks a table as an agent."},
    {"assert", "value: any, message: any?, ...: any", "any",
     "The value; raises the message when it is false or nil."},
    {"backend", "definition: Backend", "Backend", "Marks a table as a vendor's protocol."},
    {"check", "definition: Check", "Check", "Marks a table as a check of models' replies."},
    {"error", "message: any, level: integer?", "", "Raises an error."},
    {"getmetatable", "object: any", "any", "Its metatable; false for text."},
    {"hook", "definition: Hook", "Hook", "Marks a table as what is made of a webhook."},
    {"ipairs", "list: table", "function, table, integer", "For loops over a list."},
    {"model", "definition: Model", "Model", "Marks a table as a scripted model."},
    {"next", "object: table, key: any?", "any, any", "The next key in order, and its value."},
    {"pairs", "object: table", "function, table, any", "For loops over all keys, in order."},
    {"pcall", "action: function, ...: any", "boolean, any", "Calls, and catches what is raised."},
    {"print", "...: any", "", "Writes a line to the call's log."},
    {"rawequal", "left: any, right: any", "boolean", "Whether both are the same object."},
    {"rawget", "object: table, key: any", "any", "A field, without metamethods."},
    {"rawlen", "object: table|string", "integer", "The length, without metamethods."},
    {"rawset", "object: table, key: any, value: any", "table", "Sets it without metamethods."},
    {"require", "name: string", "any", "A library of the project: \"lib.units\" is lib/units.lua."},
    {"schema", "full: table", "table", "A whole JSON Schema where a shorthand may stand."},
    {"select", "from: integer|string, ...: any", "any", "The arguments from there on, or '#'."},
    {"setmetatable", "object: table, metatable: table?", "table", "Gives it a metatable."},
    {"tests", "cases: TestCases", "TestCases", "Marks named functions as the tests of a file."},
    {"tonumber", "value: any, base: integer?", "number?", "The number of a text, or nil."},
    {"tool", "definition: Tool", "Tool", "Marks a table as a tool."},
    {"tostring", "value: any", "string", "As text; never an address."},
    {"type", "value: any", "string", "The name of its type."},
    {"workflow", "definition: Workflow", "Workflow", "Marks a table as a workflow."},
    {"xpcall", "action: function, handler: function, ...: any", "boolean, any",
     "Calls, and hands what is raised to the handler."},
};

constexpr ModuleFunction kString[] = {
    {"byte", "text: string, first: integer?, last: integer?", "integer...", "Byte values."},
    {"char", "...: integer", "string", "The text of these bytes."},
    {"find", "text: string, pattern: string, start: integer?, plain: boolean?",
     "integer?, integer?, any...", "Where a pattern is found, and its captures."},
    {"format", "format: string, ...: any", "string", "As C's printf; no %p."},
    {"gmatch", "text: string, pattern: string, start: integer?", "function",
     "For loops over all matches."},
    {"gsub", "text: string, pattern: string, with: string|table|function, most: integer?",
     "string, integer", "Matches replaced, and how many there were."},
    {"len", "text: string", "integer", "Its length in bytes."},
    {"lower", "text: string", "string", "In lower case."},
    {"match", "text: string, pattern: string, start: integer?", "any...",
     "The captures of the first match."},
    {"rep", "text: string, count: integer, separator: string?", "string", "Repeated."},
    {"reverse", "text: string", "string", "The bytes in reverse."},
    {"sub", "text: string, first: integer, last: integer?", "string", "A part."},
    {"upper", "text: string", "string", "In upper case."},
};

constexpr ModuleFunction kTable[] = {
    {"concat", "list: table, separator: string?, first: integer?, last: integer?", "string",
     "The items joined."},
    {"insert", "list: table, position: any, value: any?", "", "Adds an item."},
    {"move", "from: table, first: integer, last: integer, at: integer, to: table?", "table",
     "Copies items."},
    {"pack", "...: any", "table", "The arguments as a list with n."},
    {"remove", "list: table, position: integer?", "any", "Takes an item out."},
    {"sort", "list: table, before: function?", "", "Sorts in place; stable."},
    {"unpack", "list: table, first: integer?, last: integer?", "any...", "The items as values."},
};

constexpr ModuleFunction kMath[] = {
    {"abs", "x: number", "number", "Without its sign."},
    {"acos", "x: number", "number", "Arc cosine in radians."},
    {"asin", "x: number", "number", "Arc sine in radians."},
    {"atan", "y: number, x: number?", "number", "Arc tangent of y/x in radians."},
    {"ceil", "x: number", "integer", "Rounded up."},
    {"cos", "x: number", "number", "Cosine."},
    {"deg", "x: number", "number", "Radians as degrees."},
    {"exp", "x: number", "number", "e to the power of x."},
    {"floor", "x: number", "integer", "Rounded down."},
    {"fmod", "x: number, y: number", "number", "The rest of x / y, rounded towards zero."},
    {"huge", nullptr, "number", "Infinity."},
    {"log", "x: number, base: number?", "number", "The logarithm."},
    {"max", "x: number, ...: number", "number", "The greatest."},
    {"maxinteger", nullptr, "integer", "The greatest integer."},
    {"min", "x: number, ...: number", "number", "The least."},
    {"mininteger", nullptr, "integer", "The least integer."},
    {"modf", "x: number", "number, number", "The whole part and the fraction."},
    {"pi", nullptr, "number", "3.14159…"},
    {"rad", "x: number", "number", "Degrees as radians."},
    {"random", "first: integer?, last: integer?", "number", "From the call's seed: repeatable."},
    {"sin", "x: number", "number", "Sine."},
    {"sqrt", "x: number", "number", "Square root."},
    {"tan", "x: number", "number", "Tangent."},
    {"tointeger", "x: any", "integer?", "As an integer, where it is one."},
    {"type", "x: any", "string?", "\"integer\", \"float\" or nil."},
    {"ult", "x: integer, y: integer", "boolean", "Whether x is below y, both unsigned."},
};

constexpr ModuleFunction kUtf8[] = {
    {"char", "...: integer", "string", "The text of these code points."},
    {"charpattern", nullptr, "string", "A pattern that matches one character."},
    {"codepoint", "text: string, first: integer?, last: integer?, lax: boolean?", "integer...",
     "Code points."},
    {"codes", "text: string, lax: boolean?", "function, string, integer",
     "For loops over all characters."},
    {"len", "text: string, first: integer?, last: integer?, lax: boolean?", "integer?, integer?",
     "How many characters; nil and where it is no UTF-8."},
    {"offset", "text: string, count: integer, start: integer?", "integer?",
     "Where the character begins."},
};

constexpr ModuleFunction kCoroutine[] = {
    {"create", "body: function", "thread", "A new coroutine."},
    {"isyieldable", "", "boolean", "Whether this one can yield."},
    {"resume", "coroutine: thread, ...: any", "boolean, any", "Goes on with it."},
    {"running", "", "thread, boolean", "The one that runs, and whether it is the main one."},
    {"status", "coroutine: thread", "string", "running, suspended, normal or dead."},
    {"wrap", "body: function", "function", "A function that resumes a new coroutine."},
    {"yield", "...: any", "any", "Suspends the coroutine."},
};

constexpr ModuleFunction kOs[] = {
    {"clock", "", "number", "Seconds of processor time, in steps of 1 ms."},
    {"date", "format: string?, seconds: number?", "string|table", "In UTC, from the call's clock."},
    {"difftime", "later: number, earlier: number?", "number", "The seconds between."},
    {"time", "parts: table?", "integer", "Seconds since 1970 UTC: when this call began."},
};

constexpr Module kLanguage[] = {
    {"", "Lua's plain functions, and what marks a definition.", false, kGlobals},
    {"string", "Text; also as methods of any text.", false, kString},
    {"table", "Lists.", false, kTable},
    {"math", "Numbers.", false, kMath},
    {"utf8", "Characters of a UTF-8 text.", false, kUtf8},
    {"coroutine", "Coroutines.", false, kCoroutine},
    {"os", "Dates and times in UTC.", false, kOs},
};

constexpr ModuleFunction kContext[] = {
    {"run_id", nullptr, "string", "The run that the call belongs to."},
    {"call_id", nullptr, "string", "The call."},
    {"idempotency_key", nullptr, "string", "The same over every attempt: send it with a change."},
    {"agent", nullptr, "string", "Who calls."},
    {"session", nullptr, "string", "The conversation, or an empty text."},
    {"attempt", nullptr, "integer", "1, and more after a crash."},
    {"deadline", nullptr, "number?", "When the call is given up, in seconds since 1970."},
    {"progress", "done: number, total: number?, message: string?", "",
     "Tells how far it is; on the live feed alone."},
    {"log", "message: any", "", "Writes a line to the call's log."},
};

}  // namespace

std::span<const Module> language() { return kLanguage; }
std::span<const ModuleFunction> context_members() { return kContext; }

}  // namespace yoke::sandbox

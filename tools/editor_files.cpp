#include "tools/editor_files.h"

#include <algorithm>
#include <array>

#include "runtime/base/json.h"
#include "sandbox/module_table.h"

namespace yoke {
namespace {

using sandbox::Module;
using sandbox::ModuleFunction;
using sandbox::Parameter;

// What has no table: shapes of values that scripts write or are given.
constexpr const char* kShapes = R"lua(---@meta yoke
-- What a Yoke script may see, for editors. Made by `yoke tools types`; changes here are lost.

---@class HttpOptions
---@field query? table<string, any> put behind the address
---@field headers? table<string, string>
---@field json? any the body, as JSON
---@field form? table<string, any> the body, as a form
---@field body? string the body, as it is
---@field timeout? string|number "5s"
---@field redirects? integer how many are followed: 0 to 10, 5 when left out

---@class HttpRequest: HttpOptions
---@field method? string "GET" when left out
---@field url string

---@class HttpReply
---@field status integer
---@field headers table<string, string> names in lower case
---@field body string
---@field body_base64? string where the body is no UTF-8 text
---@field json? any where the reply is JSON
---@field url string where the last redirect led

---@alias SchemaType
---| "string" | "integer" | "number" | "boolean" | "object" | "array" | "any"
---| "string?" | "integer?" | "number?" | "boolean?" | "object?" | "array?" | "any?"

---@class SchemaField
---@field type? SchemaType
---@field doc? string for the model
---@field enum? any[]
---@field default? any
---@field min? number
---@field max? number
---@field pattern? string RE2
---@field list? SchemaType|SchemaField it is a list of that
---@field fields? table<string, SchemaType|SchemaField> it is an object of those

---@alias Schema table<string, SchemaType|SchemaField>

---@class SecretUse
---@field host string
---@field header? string the host puts it into this header, or into
---@field query? string this parameter of the address
---@field prefix? string "Bearer "

---@class MailServer
---@field server string "smtp.example:587"
---@field user? string the name of a secret
---@field password? string the name of a secret

---@class Permissions
---@field net? string[] "api.example", "*.example", "127.0.0.1:9000"
---@field read? string[] folders of the project
---@field write? string[] folders of the project
---@field secrets? table<string, SecretUse>
---@field sqlite? string[] databases, or folders of them, to read
---@field smtp? (string|MailServer)[] "smtp.example:587"
---@field kv? "read"|"write"
---@field memory? "read"|"write"
---@field model? string[] routes
---@field tools? string[] names, or globs over them

---@class Tool
---@field name string "csv.stats"
---@field description string for the model: when to use it
---@field input? Schema
---@field output? Schema checked where it is there
---@field effect? "read"|"idempotent"|"once"
---@field permissions? Permissions nothing listed means pure computation
---@field critical? string[] the arguments that decide whom a call reaches or what it is done to
---@field timeout? string "20s"
---@field run fun(input: table, ctx: Context): any
---@field probe? fun(input: table, ctx: Context): table? did an interrupted call take place?

---@class AgentLimits
---@field steps? integer
---@field tokens? integer
---@field usd? number
---@field seconds? number

---@class Agent
---@field name string
---@field description? string
---@field model? string a route, or backend/model
---@field instructions? string
---@field tools? string[] names, or globs over them
---@field strategy? string
---@field output? Schema
---@field limits? AgentLimits
---@field approve? string[] what a person is asked about each time

---@class Workflow
---@field name string
---@field input? Schema
---@field run fun(w: table, input: table): any

---@class Model
---@field name string
---@field reply fun(request: table): table

---@class Backend a vendor's protocol
---@field name string
---@field framing? "events"|"lines" how a stream is cut into pieces
---@field request fun(request: table, options: table): table { path, headers?, body }
---@field reply fun(answer: table, options: table): table
---@field stream? fun(events: table[], state: table, options: table): table { pieces, state? }

---@class CheckedReply
---@field text string
---@field calls table[] what it wants: { tool, args }
---@field json? any the text as JSON, where it is that
---@field reasoning string
---@field finish string "stop", "length", "refusal" ...

---@class CheckedCase
---@field id string
---@field prompt string
---@field system string
---@field expected? any

---@class Check
---@field run fun(reply: CheckedReply, case: CheckedCase): boolean|number|table passed, or a score

---@class Delivery
---@field hook string
---@field id string
---@field event string "issues.opened", "app_mention" ...
---@field payload table
---@field headers table<string, string> those that prove nothing

---@class Hook
---@field run fun(delivery: Delivery): table? { task?, input?, session?, reply? }; nil skips it

---@class TestKit
---@field call fun(tool: string, args?: table): any calls a tool as an agent would
---@field stub fun(name: string, answer: fun(...): any) stands in for "http.get" and the like
---@field secret fun(name: string, value: string)
---@field now fun(time: string) what the tool's clock says
---@field calls fun(name?: string): table[] what was asked of the world: { name, args }
---@field equal fun(got: any, want: any)
---@field near fun(got: number, want: number, within?: number)
---@field ok fun(value: any, message?: string): any
---@field match fun(text: string, regex: string)
---@field fails fun(action: function, text?: string): string

---@alias TestCases table<string, fun(t: TestKit)>
)lua";

std::string comment(const char* says) { return std::string("---") + says + "\n"; }

// "text: string, limit: integer?" as annotations and as names.
std::string parameter_lines(const std::vector<Parameter>& parameters) {
  std::string out;
  for (const Parameter& parameter : parameters) {
    const bool rest = parameter.name == "...";
    out += "---@param " + std::string(parameter.name) + (parameter.optional && !rest ? "?" : "") +
           " " + std::string(parameter.type) + "\n";
  }
  return out;
}

std::string return_lines(const char* returns) {
  std::string out;
  for (const Parameter& value : sandbox::parameters_of(returns)) {
    std::string type(value.type);
    const bool rest = type.ends_with("...");
    if (rest) type.resize(type.size() - 3);
    out += "---@return " + type + (value.optional ? "?" : "") + (rest ? " ..." : "") + "\n";
  }
  return out;
}

std::string function_text(const std::string& prefix, const ModuleFunction& function) {
  const std::vector<Parameter> parameters = sandbox::parameters_of(function.params);
  std::string names;
  for (const Parameter& parameter : parameters) {
    names += (names.empty() ? "" : ", ") + std::string(parameter.name);
  }
  return comment(function.says) + parameter_lines(parameters) + return_lines(function.returns) +
         "function " + prefix + function.name + "(" + names + ") end\n\n";
}

std::string module_text(const Module& module) {
  const std::string name = module.name;
  std::string out = comment(module.says);
  if (module.effectful) out += "---Present only where the tool's permissions grant it.\n";
  out += "---@class yoke." + name + "\n";
  for (const ModuleFunction& member : module.functions) {
    if (member.params != nullptr) continue;
    out +=
        "---@field " + std::string(member.name) + " " + member.returns + " " + member.says + "\n";
  }
  if (name == "model") out += "---@overload fun(definition: Model): Model\n";
  out += name + " = {}\n\n";
  for (const ModuleFunction& member : module.functions) {
    if (member.params != nullptr) out += function_text(name + ".", member);
  }
  return out;
}

std::string context_text() {
  std::string out = "---What a tool's functions are told of the call.\n---@class Context\n";
  for (const ModuleFunction& member : sandbox::context_members()) {
    std::string type = member.returns;
    if (member.params != nullptr) {
      type = "fun(";
      for (const Parameter& parameter : sandbox::parameters_of(member.params)) {
        type += (type.ends_with('(') ? "" : ", ") + std::string(parameter.name) +
                (parameter.optional ? "?: " : ": ") + std::string(parameter.type);
      }
      type += ")";
    }
    out += "---@field " + std::string(member.name) + " " + type + " " + member.says + "\n";
  }
  return out + "\n";
}

// The globals that are no part of Lua: editors know the rest.
bool is_ours(const ModuleFunction& function) {
  constexpr std::array<std::string_view, 8> kOurs = {"agent",  "backend", "check", "hook",
                                                     "schema", "tests",   "tool",  "workflow"};
  return std::find(kOurs.begin(), kOurs.end(), function.name) != kOurs.end();
}

}  // namespace

std::string editor_definitions() {
  std::string out = std::string(kShapes) + "\n" + context_text();
  for (const ModuleFunction& function : sandbox::language().front().functions) {
    if (is_ours(function)) out += function_text("", function);
  }
  for (const Module& module : sandbox::modules()) {
    if (!module.is_kits) out += module_text(module);
  }
  return out;
}

std::string editor_settings(const std::string& folder) {
  Json settings = Json::object();
  settings["runtime.version"] = "Lua 5.4";
  for (const char* absent : {"debug", "io", "package"}) {
    settings["runtime.builtin"][absent] = "disable";
  }
  settings["workspace.library"] = Json::array({folder});
  return to_pretty_text(settings) + "\n";
}

}  // namespace yoke

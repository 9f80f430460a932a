#include <array>

#include "hosts/cli/ask_grants.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/cli/tools_support.h"
#include "hosts/cli/usage_line.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/ports/flow_policy.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/plugins/plugin_tool.h"
#include "tools/policy_rules.h"
#include "tools/script_runner.h"

// `yoke tools call | explain`
namespace yoke {
namespace {

// What a call says while it runs.
class CallLog final : public CallContext {
 public:
  explicit CallLog(Terminal& terminal) : terminal_(terminal) {}
  void progress(double done, double total, std::string_view message) override {
    terminal_.line("  " + std::to_string(static_cast<int>(done)) + "/" +
                   std::to_string(static_cast<int>(total)) + " " + printable(message));
  }
  void log(std::string_view level, std::string_view message) override {
    terminal_.line("  " + std::string(level) + ": " + printable(message));
  }

 private:
  Terminal& terminal_;
};

PolicyQuery query_of(const Tool& tool, const Json& args) {
  PolicyQuery query;
  query.tool_asks = tool.spec().confirmation.asks;
  query.tool = tool.spec().name;
  query.args = args;
  query.effect = tool.spec().effect;
  query.label = kTrustedPrivate;
  return query;
}

ToolRequest request_of(const Tool& tool, const Json& args) {
  SystemRandom random;
  ToolRequest request;
  request.tool = tool.spec().name;
  request.args = args;
  request.run_id = make_ulid(SystemWallClock().now(), random);
  request.call_id = "c1.0";
  request.idempotency_key = request.run_id + "/" + request.call_id;
  request.tenant = "local";
  request.label = kTrustedPrivate;
  request.deadline = LoopClock::now() + tool.spec().timeout;
  return request;
}

// Who calls by hand has approved what no rule asks about, unless they say otherwise.
Result<void> permitted(App& app, const PolicyQuery& query, WhenAsked when_asked) {
  const PolicyDecision decision = app.flow_policy().decide(query);
  const bool is_ruled = decision.rule != "default" && decision.rule != "tool.confirmation";
  const bool asked = decision.verdict == Verdict::ask;
  const bool declined =
      asked && (is_ruled ? when_asked != WhenAsked::yes : when_asked == WhenAsked::deny);
  if (decision.verdict != Verdict::deny && !declined) return {};
  return Error{Errc::denied, explain(decision) + (asked ? " (--yes approves it)" : "")};
}

Result<Json> arguments_of(const Tool& tool, const std::string& text) {
  const Result<Json> given = parse_json(text);
  if (!given) return Error{Errc::invalid, "the arguments: " + given.error().detail};
  Result<Json> args = tool.check(*given);
  if (!args) return Error{Errc::invalid, args.error().detail};
  return args;
}

// As a run would: checked, decided by policy, then made.
awaitable<int> call(App& app, Terminal& terminal, ToolsOptions options, CommonOptions common) {
  const Result<Tool*> found = find_any_tool(app.project(), options.name);
  if (!found) co_return fail(terminal, found.error());
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Tool& tool = **found;
  const Result<Json> args = arguments_of(tool, options.json);
  if (!args) co_return fail(terminal, args.error());
  const bool is_script = dynamic_cast<const LuaTool*>(&tool) != nullptr;
  if (is_script && !ask_grants(app.project(), terminal, options.name, options.when_asked)) {
    co_return kExitFailed;
  }
  if (!ask_keys(app, terminal, options.name, options.when_asked)) co_return kExitFailed;
  const Result<void> allowed = permitted(app, query_of(tool, *args), options.when_asked);
  if (!allowed) co_return fail(terminal, allowed.error());
  ToolRequest request = request_of(tool, *args);
  const auto began = LoopClock::now();
  const Deadline deadline = request.deadline;
  CallLog log(terminal);
  auto work = tool.call(std::move(request), log);
  const ToolOutcome outcome = co_await with_deadline(deadline, std::move(work));
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(LoopClock::now() - began);
  if (outcome.outcome == Outcome::ok) {
    terminal.answer(common.json ? to_text(outcome.value) : to_pretty_text(outcome.value));
  } else {
    terminal.line("yoke: " + std::string(name_of(outcome.outcome)) + ": " +
                  printable(outcome.message));
  }
  const CallUsage usage{took, outcome.meter, *quota_of("tool", app.quotas())};
  if (!common.quiet && is_script)
    terminal.line(common.json ? to_text(usage_json(usage)) : usage_line(usage));
  co_return outcome.outcome == Outcome::ok ? kExitCompleted : kExitFailed;
}

std::string rule_text(const PolicyRule& rule) {
  const std::string place = rule.place.empty() ? "" : " (" + rule.place + ")";
  return std::string(name_of(rule.verdict)) + ": the rule '" + rule.text + "' in policy." +
         std::string(name_of(rule.verdict)) + place;
}

Json rule_json(const PolicyRule& rule) {
  return Json{{"verdict", name_of(rule.verdict)}, {"rule", rule.text}, {"place", rule.place}};
}

// What decides about a call: the grant first, then the rules, then what is left of its powers.
struct Explanation {
  GrantDecision grant;
  std::string refusal;  // where it is not granted
  PolicyDecision decision;
  std::vector<const PolicyRule*> rules;  // that match, the winner first
  std::vector<Withheld> withheld;
  // Of what is no script.
  bool is_script = true;
  std::string taken;              // what a person has taken of it, and where
  std::vector<std::string> data;  // what its calls and results count as
};

std::string explanation_text(const Explanation& why) {
  std::string text;
  if (!why.grant.granted) text += "deny: " + why.refusal + "\n";
  text += (why.grant.granted ? "" : "once it is granted: ") +
          (why.rules.empty() ? explain(why.decision) : rule_text(*why.rules.front())) + "\n";
  for (std::size_t i = 1; i < why.rules.size(); ++i) {
    text += "  it wins over " + rule_text(*why.rules[i]) + "\n";
  }
  if (!why.is_script && !why.taken.empty()) text += "taken: " + why.taken + "\n";
  for (const std::string& line : why.data) text += "data: " + line + "\n";
  if (why.grant.granted && why.is_script) {
    text += why.grant.granted_at == 0
                ? std::string("grant: it needs none\n")
                : "grant: given on " + day_text(why.grant.granted_at) + " UTC\n";
  }
  for (const Withheld& power : why.withheld) {
    text += "withheld by " + power.place + ": " + power.words + "\n";
  }
  return text;
}

Json explanation_json(const Explanation& why) {
  Json out = Json::object();
  const bool granted = why.grant.granted;
  out["verdict"] = granted ? name_of(why.decision.verdict) : name_of(Verdict::deny);
  out["rule"] = granted ? why.decision.rule : "grant";
  if (granted && !why.rules.empty()) out["place"] = why.rules.front()->place;
  out["grant"] = Json{{"granted", granted}};
  if (!granted) out["grant"]["why"] = why.grant.why;
  if (!why.is_script) {
    out["taken"] = why.taken;
    out["data"] = why.data;
  }
  out["lost"] = Json::array();
  for (std::size_t i = granted ? 1 : 0; i < why.rules.size(); ++i) {
    out["lost"].push_back(rule_json(*why.rules[i]));
  }
  out["withheld"] = Json::array();
  for (const Withheld& power : why.withheld) {
    out["withheld"].push_back(Json{{"power", power.words}, {"place", power.place}});
  }
  return out;
}

std::vector<std::string> data_lines(const Tool& tool) {
  const auto* of_plugin = dynamic_cast<const DataHandlingTool*>(&tool);
  if (of_plugin == nullptr) return {"its results are untrusted and private"};
  const DataHandling& data = of_plugin->data_handling();
  const bool open = label_of_results(data).secrecy == Label::Secrecy::open;
  std::vector<std::string> lines = {std::string("its results are untrusted and ") +
                                    (open ? "public" : "private")};
  if (sends_data(data)) lines.emplace_back("its calls count as sending data");
  if (!data.told) {
    lines.emplace_back(
        "its manifest has no security_info, so that a run does not mix it with "
        "other plugins");
  }
  return lines;
}

// What of a plugin's function or an MCP server's tool a person has taken.
void explain_taken(App& app, const Tool& tool, Explanation& why) {
  why.is_script = false;
  why.grant.granted = true;
  const std::string& origin = tool.spec().origin;
  const Tool* asked = &tool;
  if (const auto* of_plugin = dynamic_cast<const DataHandlingTool*>(&tool)) {
    const std::string plugin = origin.substr(origin.find(':') + 1);
    const bool pinned = !app.project().grants().pin_of("plugins", plugin).empty();
    why.taken = pinned
                    ? "the plugin's files, when it was added"
                    : "[plugins." + plugin + "] names files of the project, which are not pinned";
    if (of_plugin->behind() != nullptr) asked = of_plugin->behind();
    why.data = data_lines(tool);
  }
  const auto* of_server = dynamic_cast<const mcp::McpTool*>(asked);
  if (of_server == nullptr) return;
  if (why.data.empty()) why.data = data_lines(tool);
  const std::string refusal = of_server->refusal();
  why.grant.granted = refusal.empty();
  why.grant.why = refusal;
  why.refusal = refusal;
  if (asked == &tool) why.taken = refusal.empty() ? "what the server says of it, in yoke.lock" : "";
}

awaitable<int> explain_call(App& app, Terminal& terminal, ToolsOptions options, bool json) {
  const Result<Tool*> tool = find_any_tool(app.project(), options.name);
  if (!tool) co_return fail(terminal, tool.error());
  const auto* script = dynamic_cast<const LuaTool*>(*tool);
  const Result<Json> given = parse_json(options.json);
  if (!given) {
    co_return fail(terminal, Error{Errc::invalid, "the arguments: " + given.error().detail});
  }
  const Result<Json> filled = (*tool)->check(*given);
  const PolicyQuery query = query_of(**tool, filled ? *filled : *given);
  Explanation why;
  if (script != nullptr) {
    why.grant = script->grant();
    why.refusal = "the tool '" + query.tool + "' " + refusal_text(*script, why.grant);
    why.withheld = script->narrowed().withheld;
  } else {
    explain_taken(app, **tool, why);
  }
  why.decision = app.policy().decide(query);
  why.rules = app.policy().matching(query);
  terminal.out(json ? to_text(explanation_json(why)) + "\n" : printable(explanation_text(why)));
  for (const Error& problem : app.setting_problems()) {
    terminal.line("note: no call is made before this is mended: " + printable(problem.message()));
  }
  if (!filled) terminal.line("note: such a call is not made: " + printable(filled.error().detail));
  co_return kExitCompleted;
}

}  // namespace

int tools_call(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return call(app, out, options, common); });
}

int tools_explain(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    return explain_call(app, out, options, common.json);
  });
}

}  // namespace yoke

#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/ask_grants.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/policy_rules.h"

// `yoke tools …`
namespace yoke {
namespace {

int tell_problems(Terminal& terminal, const Project& project) {
  for (const Error& problem : project.problems())
    terminal.line("yoke: " + printable(problem.message()));
  return project.problems().empty() ? kExitCompleted : kExitUsage;
}

Result<const LuaTool*> find_tool(Project& project, const std::string& name) {
  const auto* tool = dynamic_cast<const LuaTool*>(project.tools().find(name));
  if (tool != nullptr) return tool;
  Error error = no_such_tool(name, project.tools());
  for (const Error& problem : project.problems())
    error.detail += "; not loaded: " + problem.message();
  error.code = Errc::invalid;
  return error;
}

awaitable<int> list(App& app, Terminal& terminal, bool json) {
  for (const ToolSpec* spec : app.project().tools().list()) {
    if (json) {
      terminal.out(to_text(to_json(*spec)) + "\n");
      continue;
    }
    std::string line = spec->name;
    line.append(line.size() < 24 ? 24 - line.size() : 1, ' ');
    line += name_of(spec->effect);
    line.append(12 - name_of(spec->effect).size(), ' ');
    const bool bundled = spec->origin.starts_with("lua:bundled:");
    terminal.out(line + shorten(printable(spec->description), bundled ? 70 : 80) +
                 (bundled ? " (bundled)" : "") + "\n");
  }
  co_return tell_problems(terminal, app.project());
}

std::string indented(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += "  " + line + "\n";
  return out;
}

awaitable<int> show(App& app, Terminal& terminal, std::string name, bool json) {
  const Result<const LuaTool*> tool = find_tool(app.project(), name);
  if (!tool) co_return fail(terminal, tool.error());
  const ToolSpec& spec = (*tool)->spec();
  if (json) {
    terminal.out(to_text(to_json(spec)) + "\n");
    co_return kExitCompleted;
  }
  const GrantDecision grant = (*tool)->grant();
  std::string text = spec.name + "\n  " + printable(spec.description) + "\n";
  text += "from      " + spec.origin + "  (" + spec.source_hash.substr(0, 12) + ")\n";
  text += "effect    " + std::string(name_of(spec.effect)) +
          (spec.has_probe ? ", with a probe" : "") + "\n";
  text += "timeout   " + to_short_text(spec.timeout) + "\n";
  text += "may\n";
  const Result<std::vector<std::string>> powers = describe_permissions(spec.permissions);
  if (powers) {
    for (const std::string& power : *powers) text += "  " + printable(power) + "\n";
  }
  text += "granted   " + (grant.granted ? std::string("yes") : "no: " + grant.why) + "\n";
  text += "input\n" + indented(to_pretty_text(spec.input_schema));
  if (!spec.output_schema.is_null())
    text += "output\n" + indented(to_pretty_text(spec.output_schema));
  terminal.out(text);
  co_return kExitCompleted;
}

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

// As a run would: checked, decided by policy, then made.
awaitable<int> call(App& app, Terminal& terminal, ToolsOptions options, CommonOptions common) {
  const Result<const LuaTool*> found = find_tool(app.project(), options.name);
  if (!found) co_return fail(terminal, found.error());
  Tool& tool = *app.project().tools().find(options.name);
  const Result<Json> given = parse_json(options.json);
  if (!given)
    co_return fail(terminal, Error{Errc::invalid, "the arguments: " + given.error().detail});
  const Result<Json> args = tool.check(*given);
  if (!args) co_return fail(terminal, Error{Errc::invalid, args.error().detail});
  if (!ask_grants(app.project(), terminal, options.name, options.when_asked)) co_return kExitFailed;
  PolicyQuery query;
  query.tool = options.name;
  query.args = *args;
  query.effect = tool.spec().effect;
  query.label = kTrustedPrivate;
  const PolicyDecision decision = app.policy().decide(query);
  const bool is_ruled = decision.rule != "default";
  // Who calls by hand has approved what no rule asks about, unless they say otherwise.
  const bool asked = decision.verdict == Verdict::ask;
  const bool declined = asked && (is_ruled ? options.when_asked != WhenAsked::yes
                                           : options.when_asked == WhenAsked::deny);
  if (decision.verdict == Verdict::deny || declined) {
    co_return fail(terminal,
                   Error{Errc::denied, explain(decision) + (asked ? " (--yes approves it)" : "")});
  }
  SystemRandom random;
  ToolRequest request;
  request.tool = options.name;
  request.args = *args;
  request.run_id = make_ulid(SystemWallClock().now(), random);
  request.call_id = "c1.0";
  request.idempotency_key = request.run_id + "/" + request.call_id;
  request.tenant = "local";
  request.label = kTrustedPrivate;
  const auto began = LoopClock::now();
  const Deadline deadline = began + tool.spec().timeout;
  request.deadline = deadline;
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
  if (!common.quiet) terminal.line(to_short_text(took) + "  " + to_text(outcome.meter));
  co_return outcome.outcome == Outcome::ok ? kExitCompleted : kExitFailed;
}

awaitable<int> check(App& app, Terminal& terminal, ToolsOptions options) {
  if (options.files.empty()) {
    const int status = tell_problems(terminal, app.project());
    if (status == kExitCompleted) {
      terminal.line(std::to_string(app.project().tools().names().size()) + " tools are well");
    }
    co_return status;
  }
  int status = kExitCompleted;
  for (const std::string& file : options.files) {
    const LoadedTools loaded = app.project().check_tool_file(file);
    for (const Error& error : loaded.errors) terminal.line("yoke: " + printable(error.message()));
    if (!loaded.errors.empty()) status = kExitUsage;
    for (const auto& tool : loaded.tools) {
      if (tool->spec().description.empty()) {
        terminal.line("yoke: " + file + ": " + tool->spec().name +
                      " has no description: a model will not know when to use it");
        status = kExitUsage;
      } else {
        terminal.line(file + ": " + tool->spec().name + " is well");
      }
    }
  }
  co_return status;
}

awaitable<int> grant(App& app, Terminal& terminal, std::string name) {
  const Result<const LuaTool*> tool = find_tool(app.project(), name);
  if (!tool) co_return fail(terminal, tool.error());
  const Micros now = SystemWallClock().now();
  const Result<void> granted =
      app.project().grants().grant((*tool)->spec(), (*tool)->origin(), now);
  if (!granted) co_return fail(terminal, granted.error());
  terminal.line("granted; " + name + " may:");
  const Result<std::vector<std::string>> powers = describe_permissions((*tool)->spec().permissions);
  if (powers) {
    for (const std::string& power : *powers) terminal.line("  " + printable(power));
  }
  co_return kExitCompleted;
}

awaitable<int> explain_call(App& app, Terminal& terminal, ToolsOptions options, bool json) {
  const Result<const LuaTool*> tool = find_tool(app.project(), options.name);
  if (!tool) co_return fail(terminal, tool.error());
  const Result<Json> args = parse_json(options.json);
  if (!args)
    co_return fail(terminal, Error{Errc::invalid, "the arguments: " + args.error().detail});
  PolicyQuery query;
  query.tool = options.name;
  query.args = *args;
  query.effect = (*tool)->spec().effect;
  query.label = kTrustedPrivate;
  const PolicyDecision decision = app.policy().decide(query);
  if (json) {
    terminal.out(to_text(Json{{"verdict", name_of(decision.verdict)}, {"rule", decision.rule}}) +
                 "\n");
  } else {
    terminal.out(explain(decision) + "\n");
  }
  co_return kExitCompleted;
}

}  // namespace

int tools_list(const CommonOptions& common, const ToolsOptions&) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return list(app, out, common.json); });
}

int tools_show(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    return show(app, out, options.name, common.json);
  });
}

int tools_call(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return call(app, out, options, common); });
}

int tools_check(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return check(app, out, options); });
}

int tools_grant(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return grant(app, out, options.name); });
}

int tools_explain(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    return explain_call(app, out, options, common.json);
  });
}

}  // namespace yoke

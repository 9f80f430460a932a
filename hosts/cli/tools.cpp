#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/cli/tools_support.h"
#include "runtime/base/text.h"

// `yoke tools list | show`, and what the verbs of `yoke tools` share.
namespace yoke {

int tell_problems(Terminal& terminal, const Project& project) {
  for (const Error& problem : project.problems())
    terminal.line("yoke: " + printable(problem.message()));
  return project.problems().empty() ? kExitCompleted : kExitUsage;
}

Result<const LuaTool*> find_tool(Project& project, const std::string& name) {
  const Result<Tool*> any = find_any_tool(project, name);
  if (!any) return any.error();
  const auto* tool = dynamic_cast<const LuaTool*>(*any);
  if (tool != nullptr) return tool;
  return Error{Errc::invalid, "'" + name + "' is no script of the project: it comes from " +
                                  (*any)->spec().origin};
}

Result<Tool*> find_any_tool(Project& project, const std::string& name) {
  if (Tool* tool = project.tools().find(name)) return tool;
  Error error = no_such_tool(name, project.tools());
  for (const Error& problem : project.problems())
    error.detail += "; not loaded: " + problem.message();
  error.code = Errc::invalid;
  return error;
}

std::string powers_text(const LuaTool& tool) {
  std::string text;
  const Narrowed left = tool.narrowed();
  const Result<std::vector<std::string>> powers = describe_permissions(left.permissions);
  if (powers) {
    for (const std::string& power : *powers) text += "  " + printable(power) + "\n";
  }
  for (const Withheld& power : left.withheld) {
    text += "  not: " + printable(power.words) + " (" + power.place + " withholds it)\n";
  }
  return text;
}

std::string refusal_text(const LuaTool& tool, const GrantDecision& grant) {
  return grant.reason + ": run `yoke tools grant " + tool.spec().name + "` to allow it";
}

std::string day_text(Micros at) {
  std::string text = to_iso8601(at).substr(0, 16);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

namespace {

awaitable<int> list(App& app, Terminal& terminal, CommonOptions common) {
  for (const ToolSpec* spec : app.project().tools().list()) {
    if (common.json) {
      terminal.out(to_text(to_json(*spec)) + "\n");
      continue;
    }
    std::string line = spec->name;
    line.append(line.size() < 24 ? 24 - line.size() : 1, ' ');
    line += name_of(spec->effect);
    line.append(12 - name_of(spec->effect).size(), ' ');
    const auto* tool = dynamic_cast<const LuaTool*>(app.project().tools().find(spec->name));
    const bool bundled = spec->origin.starts_with("lua:bundled:");
    const bool waits = tool != nullptr && !tool->grant().granted;
    terminal.out(line + shorten(printable(spec->description), bundled ? 70 : 80) +
                 (bundled ? " (bundled)" : "") + (waits ? " (not granted)" : "") + "\n");
    if (common.verbose && tool != nullptr) terminal.out(powers_text(*tool));
  }
  co_return tell_problems(terminal, app.project());
}

std::string indented(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += "  " + line + "\n";
  return out;
}

std::string origin_text(ScriptOrigin origin) {
  if (origin == ScriptOrigin::stranger) return "a stranger's script, added from elsewhere";
  return origin == ScriptOrigin::bundled ? "ships with yoke" : "the project's own";
}

// Granted or not, why, and what has changed since.
std::string grant_text(const LuaTool& tool) {
  const GrantDecision grant = tool.grant();
  std::string text;
  if (!grant.granted) {
    text = "no: it " + refusal_text(tool, grant);
  } else if (grant.granted_at != 0) {
    text = "yes, on " + day_text(grant.granted_at) + " UTC";
  } else if (tool.origin() == ScriptOrigin::bundled) {
    text = "yes: it ships with yoke, and your settings say what it may reach";
  } else {
    text = "yes: it needs no grant, since it only computes and reads the project's files";
  }
  if (grant.granted_at == 0) return text;
  if (!grant.granted) text += "\nsince     the grant of " + day_text(grant.granted_at) + " UTC:";
  if (grant.granted && grant.file_changed) text += "\nsince     then:";
  if (grant.file_changed) text += " the file or what it requires has changed";
  if (grant.granted || grant.powers.empty()) return text;
  if (grant.file_changed) text += ";";
  return text + " new: " + join(grant.powers, "; ");
}

Json grant_json(const LuaTool& tool) {
  const GrantDecision grant = tool.grant();
  Json out = {{"granted", grant.granted}, {"file_changed", grant.file_changed}};
  if (!grant.granted) out["why"] = grant.why;
  if (grant.granted_at != 0) out["granted_at"] = to_iso8601(grant.granted_at);
  out["new"] = grant.powers;
  return out;
}

Json withheld_json(const LuaTool& tool) {
  Json out = Json::array();
  for (const Withheld& power : tool.narrowed().withheld) {
    out.push_back(Json{{"power", power.words}, {"place", power.place}});
  }
  return out;
}

std::string schemas_text(const ToolSpec& spec) {
  std::string text = "input\n" + indented(to_pretty_text(spec.input_schema));
  if (!spec.output_schema.is_null()) {
    text += "output\n" + indented(to_pretty_text(spec.output_schema));
  }
  return text;
}

// What is no script: a function of a plugin, a tool of an MCP server.
void show_other(Terminal& terminal, const ToolSpec& spec, bool json) {
  if (json) {
    terminal.out(to_text(to_json(spec)) + "\n");
    return;
  }
  const std::optional<bool> asks = spec.confirmation.asks;
  std::string text = spec.name + "\n  " + printable(spec.description) + "\n";
  text += "from      " + printable(spec.origin) + "\n";
  text += "effect    " + std::string(name_of(spec.effect)) + "\n";
  if (asks) text += std::string("asks      ") + (*asks ? "before each call" : "no") + "\n";
  text += "timeout   " + to_short_text(spec.timeout) + "\n";
  terminal.out(text + schemas_text(spec));
}

awaitable<int> show(App& app, Terminal& terminal, std::string name, bool json) {
  const Result<Tool*> any = find_any_tool(app.project(), name);
  if (!any) co_return fail(terminal, any.error());
  const Result<const LuaTool*> tool = find_tool(app.project(), name);
  if (!tool) {
    show_other(terminal, (*any)->spec(), json);
    co_return kExitCompleted;
  }
  const ToolSpec& spec = (*tool)->spec();
  if (json) {
    Json out = to_json(spec);
    out["script"] = std::string(name_of((*tool)->origin()));
    out["grant"] = grant_json(**tool);
    out["withheld"] = withheld_json(**tool);
    terminal.out(to_text(out) + "\n");
    co_return kExitCompleted;
  }
  std::string text = spec.name + "\n  " + printable(spec.description) + "\n";
  text += "from      " + spec.origin + "  (" + spec.source_hash.substr(0, 12) +
          "): " + origin_text((*tool)->origin()) + "\n";
  text += "effect    " + std::string(name_of(spec.effect)) +
          (spec.has_probe ? ", with a probe" : "") + "\n";
  text += "timeout   " + to_short_text(spec.timeout) + "\n";
  text += "may\n" + powers_text(**tool);
  text += "granted   " + printable(grant_text(**tool)) + "\n";
  terminal.out(text + schemas_text(spec));
  co_return kExitCompleted;
}

}  // namespace

int tools_list(const CommonOptions& common, const ToolsOptions&) {
  return with_project(common, "", [&](App& app, Terminal& out) { return list(app, out, common); });
}

int tools_show(const CommonOptions& common, const ToolsOptions& options) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    return show(app, out, options.name, common.json);
  });
}

}  // namespace yoke

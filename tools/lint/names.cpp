#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/text.h"
#include "tools/lint/rules.h"

namespace yoke::lint {
namespace {

using Level = Finding::Level;

// What plain Lua has and a script does not, and what does its work here.
const std::map<std::string, std::string>& absent_names() {
  static const std::map<std::string, std::string> kAbsent = {
      {"collectgarbage", "memory is freed, and bounded, by the host"},
      {"debug", "an error has its place and traceback in its message"},
      {"dofile", "use require \"lib.name\""},
      {"io", "use fs.read and fs.write, with permissions.read and permissions.write"},
      {"load", "a script runs the code of its own files alone"},
      {"loadfile", "use require \"lib.name\""},
      {"loadstring", "a script runs the code of its own files alone"},
      {"package", "use require \"lib.name\""},
      {"setfenv", "it is no part of Lua 5.4"},
      {"unpack", "write table.unpack"},
      {"warn", "use log.warn"},
  };
  return kAbsent;
}

std::set<std::string> known_names(const Facts& facts) {
  std::set<std::string> names(facts.assigned.begin(), facts.assigned.end());
  for (const sandbox::Module& module : sandbox::modules()) {
    if (!module.is_kits) names.insert(module.name);
  }
  for (const sandbox::Module& module : sandbox::language()) {
    if (*module.name != '\0') names.insert(module.name);
  }
  for (const auto& function : sandbox::language().front().functions) names.insert(function.name);
  return names;
}

std::string unknown_message(const GlobalName& global, const std::set<std::string>& known) {
  const std::string& name = global.node->text;
  const auto absent = absent_names().find(name);
  if (absent != absent_names().end()) {
    return "'" + name + "' is not there for scripts: " + absent->second;
  }
  std::vector<std::string> near(known.begin(), known.end());
  for (const Local& local : global.file->tree.locals) {
    if (local.line <= global.node->line) near.push_back(local.name);
  }
  return "nothing is named '" + shorten(name, 60) + "' here" + did_you_mean(name, near);
}

void check_global(const GlobalName& global, const std::set<std::string>& known,
                  std::set<std::string>& told, std::vector<Finding>& findings) {
  const std::string& name = global.node->text;
  if (global.node->written) {
    if (!told.insert(global.file->name + ":" + name).second) return;
    findings.push_back(finding_at(Level::warning, *global.file, global.node->line,
                                  "assigned-global",
                                  "'" + shorten(name, 60) + "' is assigned as a global: write '" +
                                      "local " + shorten(name, 60) + "'"));
  } else if (!known.contains(name)) {
    findings.push_back(finding_at(Level::error, *global.file, global.node->line, "unknown-global",
                                  unknown_message(global, known)));
  }
}

std::vector<std::string> members_of(const sandbox::Module& module) {
  std::vector<std::string> names;
  for (const auto& function : module.functions) names.emplace_back(function.name);
  return names;
}

void check_member(const Use& use, std::vector<Finding>& findings) {
  if (use.function != nullptr) return;
  const std::string whole = std::string(use.module->name) + "." + shorten(use.node->text, 60);
  findings.push_back(
      finding_at(Level::error, *use.file, use.node->line, "unknown-function",
                 "there is no " + whole + did_you_mean(use.node->text, members_of(*use.module))));
}

std::string counted(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " argument is" : " arguments are") + " given";
}

// How many arguments a call hands over: at least `count`, and no more unless `open`.
struct Given {
  std::size_t count = 0;
  bool open = false;
};

Given given_by(const Node& call) {
  Given given{call.children.size() - 1, false};
  if (given.count == 0) return given;
  const Node::Kind last = call.children.back()->kind;
  given.open =
      last == Node::Kind::call || last == Node::Kind::method || last == Node::Kind::varargs;
  if (given.open) --given.count;
  return given;
}

void check_call(const Use& use, std::vector<Finding>& findings) {
  if (use.function == nullptr || use.call == nullptr) return;
  std::string name = use.module->name;
  name += (name.empty() ? "" : ".") + std::string(use.function->name);
  if (use.function->params == nullptr) {
    findings.push_back(finding_at(Level::error, *use.file, use.call->line, "no-function",
                                  name + " is a value, no function"));
    return;
  }
  const auto parameters = sandbox::parameters_of(use.function->params);
  const bool endless = !parameters.empty() && parameters.back().name == "...";
  const std::size_t most = parameters.size();
  std::size_t least = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const bool needed = !parameters[i].optional && parameters[i].name != "...";
    if (needed && parameters[i].type != "any") least = i + 1;
  }
  const Given given = given_by(*use.call);
  const bool too_many = !endless && given.count > most;
  const bool too_few = !given.open && given.count < least;
  if (!too_many && !too_few) return;
  findings.push_back(finding_at(Level::error, *use.file, use.call->line, "arguments",
                                name + "(" + use.function->params + "): " + counted(given.count)));
}

}  // namespace

void check_names(const Facts& facts, std::vector<Finding>& findings) {
  const std::set<std::string> known = known_names(facts);
  std::set<std::string> told;
  for (const GlobalName& global : facts.globals) check_global(global, known, told, findings);
  for (const Use& use : facts.uses) check_member(use, findings);
}

void check_calls(const Facts& facts, std::vector<Finding>& findings) {
  for (const Use& use : facts.uses) check_call(use, findings);
  for (const Use& use : facts.plain_calls) check_call(use, findings);
}

}  // namespace yoke::lint

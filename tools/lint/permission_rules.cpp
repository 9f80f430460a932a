#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/broker/paths.h"
#include "tools/lint/literal.h"
#include "tools/lint/rules.h"

namespace yoke::lint {
namespace {

using Level = Finding::Level;

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Whether the permissions hold what a function of the table needs: "net", "kv write" …
bool holds(const Permissions& permissions, std::string_view needs, std::string_view module) {
  if (needs == "net") return !permissions.net.empty();
  if (needs == "read") return !permissions.read.empty();
  if (needs == "write") return !permissions.write.empty();
  if (needs == "kv read") return permissions.kv >= Access::read;
  if (needs == "kv write") return permissions.kv == Access::write;
  if (needs == "memory read") return permissions.memory >= Access::read;
  if (needs == "memory write") return permissions.memory == Access::write;
  return has(permissions.modules(), module);
}

// How the permission is written.
std::string example_of(std::string_view needs) {
  if (needs == "net") return "net = { \"api.example\" }";
  if (needs == "read" || needs == "write") return std::string(needs) + " = { \"folder\" }";
  if (needs == "model") return "model = { \"default\" }";
  if (needs == "sqlite") return "sqlite = { \"data/x.db\" }";
  if (needs == "smtp") return "smtp = { \"smtp.example:587\" }";
  if (needs == "sqlite") return "sqlite = { \"data/app.db\" }";
  if (needs == "smtp") return "smtp = { \"smtp.example:587\" }";
  if (needs == "tools") return "tools = { \"name\" }";
  const std::size_t space = needs.find(' ');
  if (space == std::string_view::npos) return std::string(needs);
  return std::string(needs.substr(0, space)) + " = \"" + std::string(needs.substr(space + 1)) +
         "\"";
}

std::string named(const ToolText& tool) {
  return tool.name.empty() ? "the tool" : "the tool '" + tool.name + "'";
}

std::string function_of(const Use& use) {
  return std::string(use.module->name) + "." + use.node->text;
}

// The tools that may run a piece of code.
std::vector<const ToolText*> runners(const Facts& facts, int tool) {
  std::vector<const ToolText*> out;
  if (tool != kShared) return {&facts.tools[static_cast<std::size_t>(tool)]};
  for (const ToolText& each : facts.tools) out.push_back(&each);
  return out;
}

bool all_known(const std::vector<const ToolText*>& tools) {
  return !tools.empty() && std::all_of(tools.begin(), tools.end(), [](const auto* tool) {
    return tool->permissions.has_value();
  });
}

// True when at least one of the tools declares what is needed.
bool check_declared(const Facts& facts, const Use& use, std::vector<Finding>& findings) {
  const std::vector<const ToolText*> tools = runners(facts, use.tool);
  const std::string_view needs = use.function->needs;
  if (!all_known(tools)) return true;
  const bool declared = std::any_of(tools.begin(), tools.end(), [&](const ToolText* tool) {
    return holds(*tool->permissions, needs, use.module->name);
  });
  if (declared) return true;
  const std::string who =
      tools.size() == 1 ? named(*tools[0]) + " does not declare" : "no tool of this file declares";
  findings.push_back(finding_at(Level::error, *use.file, use.node->line, "undeclared-permission",
                                function_of(use) + " needs a permission that " + who +
                                    ": permissions = { " + example_of(needs) + " }"));
  return false;
}

// The part of an address that tells the host, where the text tells it whole; else empty.
std::string host_part(const Beginning& address) {
  if (address.whole) return address.text;
  const std::size_t scheme = address.text.find("://");
  if (scheme == std::string::npos) return {};
  const std::size_t end = address.text.find_first_of("/?", scheme + 3);
  return end == std::string::npos ? "" : address.text.substr(0, end) + "/";
}

// The expression of the address of an http call; null where it is not seen.
const Node* address_of(const Use& use) {
  if (use.call == nullptr || use.call->children.size() < 2) return nullptr;
  const Node* first = use.call->children[1];
  if (use.node->text != "request") return first;
  return first->kind == Node::Kind::table ? field_of(*first, "url") : nullptr;
}

std::string literal_host(const Use& use, Url& url) {
  const Node* address = address_of(use);
  if (address == nullptr) return {};
  const std::string text = host_part(beginning_of(use.file->tree, *address));
  if (text.empty()) return {};
  Result<Url> parsed = parse_url(text);
  if (!parsed) return {};
  url = std::move(*parsed);
  const Result<std::string> host = normal_host(url.host);
  return host ? *host : std::string();
}

void check_address(const Facts& facts, const Use& use, std::vector<Finding>& findings) {
  Url url;
  const std::string host = literal_host(use, url);
  if (host.empty()) return;
  const std::vector<const ToolText*> tools = runners(facts, use.tool);
  if (!all_known(tools)) return;
  bool covered = false;
  bool plain = false;
  for (const ToolText* tool : tools) {
    for (const HostPattern& pattern : tool->permissions->net) {
      if (!pattern.covers(host, url.port)) continue;
      covered = true;
      plain = plain || pattern.plain;
    }
  }
  std::string why;
  if (!covered) why = "permissions.net does not list it";
  if (covered && !url.tls && !plain) {
    why = "permissions.net grants it over https only; \"http://" + url.authority() +
          "\" would allow this";
  }
  if (why.empty()) return;
  findings.push_back(finding_at(Level::error, *use.file, use.call->line, "outside-grant",
                                function_of(use) + ": '" + url.authority() + "': " + why));
}

const std::vector<std::string>& paths_of(const Permissions& permissions, std::string_view needs) {
  if (needs == "sqlite") return permissions.sqlite;
  return needs == "write" ? permissions.write : permissions.read;
}

void check_path(const Facts& facts, const Use& use, std::vector<Finding>& findings) {
  if (use.call == nullptr || use.call->children.size() < 2) return;
  const std::optional<Json> given = value_of(use.file->tree, *use.call->children[1]);
  if (!given || !given->is_string()) return;
  const std::vector<const ToolText*> tools = runners(facts, use.tool);
  if (!all_known(tools)) return;
  const std::string function = function_of(use);
  const Result<std::string> path = normal_path(given->get<std::string>());
  bool covered = false;
  for (const ToolText* tool : tools) {
    for (const std::string& grant : paths_of(*tool->permissions, use.function->needs)) {
      covered = covered || (path && lies_below(*path, grant));
    }
  }
  if (covered) return;
  const std::string shown = "'" + shorten(given->get<std::string>(), 80) + "': permissions.";
  const std::string why =
      path ? shown + use.function->needs + " does not cover it" : path.error().detail;
  findings.push_back(
      finding_at(Level::error, *use.file, use.call->line, "outside-grant", function + ": " + why));
}

// All that a tool may be seen to do: its own code, and what any tool of the file may run.
std::vector<const Use*> uses_of(const Facts& facts, int tool) {
  std::vector<const Use*> out;
  for (const Use& use : facts.uses) {
    if (use.tool == tool || use.tool == kShared) out.push_back(&use);
  }
  return out;
}

// One permission of a tool that nothing in the text uses.
class Unused {
 public:
  Unused(const Facts& facts, int tool, std::vector<Finding>& findings)
      : facts_(facts),
        tool_(facts.tools[static_cast<std::size_t>(tool)]),
        uses_(uses_of(facts, tool)),
        findings_(findings) {}

  void check() {
    const Permissions& declared = *tool_.permissions;
    if (!declared.net.empty()) check_need("net", "net", "http");
    if (!declared.read.empty()) check_need("read", "read", "fs");
    if (!declared.write.empty()) check_need("write", "write", "fs");
    if (!declared.model.empty()) check_need("model", "model", "model");
    if (!declared.tools.empty()) check_need("tools", "tools", "tools");
    if (!declared.sqlite.empty()) check_need("sqlite", "sqlite", "sqlite");
    if (!declared.smtp.empty()) check_need("smtp", "smtp", "mail");
    check_access("kv", declared.kv);
    check_access("memory", declared.memory);
    check_hosts();
  }

 private:
  bool handed_on(const char* module) const { return facts_.handed_on.contains(module); }
  bool used(std::string_view needs) const {
    return std::any_of(uses_.begin(), uses_.end(), [&](const Use* use) {
      return use->function != nullptr && needs == use->function->needs;
    });
  }
  void tell(const std::string& message) {
    findings_.push_back(finding_at(Level::warning, *facts_.files.front(), tool_.line,
                                   "unused-permission", message));
  }
  void check_need(const std::string& key, std::string_view needs, const char* module) {
    if (handed_on(module) || used(needs)) return;
    tell(named(tool_) + " declares permissions." + key + ", and nothing in its code uses it");
  }
  void check_access(const std::string& module, Access declared) {
    if (declared == Access::none || handed_on(module.c_str())) return;
    const bool writes = used(module + " write");
    if (!writes && !used(module + " read")) {
      tell(named(tool_) + " declares permissions." + module + ", and nothing in its code uses it");
    } else if (!writes && declared == Access::write) {
      tell(named(tool_) + " declares permissions." + module + " = \"write\" and only reads: \"" +
           "read\" would do");
    }
  }
  // Hosts that no address leads to, where every address is seen.
  void check_hosts() {
    std::vector<std::pair<std::string, int>> hosts;
    for (const Use* use : uses_) {
      if (std::string_view(use->module->name) != "http") continue;
      Url url;
      const std::string host = literal_host(*use, url);
      if (host.empty()) return;
      hosts.emplace_back(host, url.port);
    }
    if (hosts.empty() || handed_on("http")) return;
    for (const HostPattern& pattern : tool_.permissions->net) {
      const bool met = std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) {
        return pattern.covers(host.first, host.second);
      });
      if (!met) tell(named(tool_) + " declares net '" + pattern.text + "', where no address leads");
    }
  }

  const Facts& facts_;
  const ToolText& tool_;
  const std::vector<const Use*> uses_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_permissions(const Facts& facts, std::vector<Finding>& findings) {
  if (facts.tools.empty()) return;  // a library: whoever requires it has the permissions
  for (const Use& use : facts.uses) {
    if (use.function == nullptr || *use.function->needs == '\0') continue;
    if (!check_declared(facts, use, findings)) continue;
    if (std::string_view(use.module->name) == "http") check_address(facts, use, findings);
    const std::string_view module = use.module->name;
    if (module == "fs" || module == "sqlite") check_path(facts, use, findings);
  }
  for (std::size_t i = 0; i < facts.tools.size(); ++i) {
    if (facts.tools[i].permissions) Unused(facts, static_cast<int>(i), findings).check();
  }
}

}  // namespace yoke::lint

#include "tools/narrowing.h"

#include <algorithm>
#include <optional>

#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "tools/broker/paths.h"

namespace yoke {
namespace {

std::string place_of(const NarrowingText& text, const std::string& key) {
  const auto known = text.places.find(key);
  return known == text.places.end() ? text.place : known->second;
}

Result<std::vector<std::string>> names_of(const Json& value) {
  std::vector<std::string> names;
  const bool is_list =
      value.is_array() &&
      std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); });
  if (!is_list) {
    return Error{Errc::invalid, "permissions.secrets: expected a list of names, found " +
                                    shorten(to_text(value), 80)};
  }
  for (const Json& item : value) names.push_back(item.get<std::string>());
  return names;
}

// As a script would write it; "none" stands for no access.
Json as_declared(const std::string& key, const Json& value) {
  if ((key == "kv" || key == "memory") && (value == "none" || value == Json::array())) return false;
  return value;
}

bool covers_names(const HostPattern& wide, const HostPattern& narrow) {
  if (!narrow.wildcard) {
    HostPattern any_port = wide;
    any_port.port = 0;
    return any_port.covers(narrow.host, 0);
  }
  if (wide.host == "*") return true;
  return wide.wildcard && narrow.host != "*" &&
         (narrow.host == wide.host || narrow.host.ends_with(wide.host.substr(1)));
}

std::string written(const HostPattern& pattern) {
  const bool own_address = !pattern.wildcard && parse_host_pattern(pattern.host)->inside;
  const bool v6 = pattern.host.find(':') != std::string::npos;
  std::string out = pattern.inside && !own_address ? "private:" : "";
  if (pattern.plain && !is_loopback_name(pattern.host)) out += "http://";
  out += v6 ? "[" + pattern.host + "]" : pattern.host;
  if (pattern.port != 0) out += ":" + std::to_string(pattern.port);
  return out;
}

// What both allow; none where they have nothing in common.
std::optional<HostPattern> common(const HostPattern& declared, const HostPattern& most) {
  const bool inner = covers_names(most, declared);
  if (!inner && !covers_names(declared, most)) return std::nullopt;
  if (declared.port != 0 && most.port != 0 && declared.port != most.port) return std::nullopt;
  HostPattern out = inner ? declared : most;
  out.port = declared.port != 0 ? declared.port : most.port;
  out.plain = declared.plain && most.plain;
  out.inside = declared.inside && most.inside;
  if (out.port == declared.port && inner && out.plain == declared.plain &&
      out.inside == declared.inside) {
    return declared;
  }
  out.text = written(out);
  return out;
}

// Whether every name that `narrow` stands for is one of `wide`. A '?' takes one character, and the
// '*' of the narrow one stands for any number.
bool covers_glob(const std::string& wide, const std::string& narrow) {
  if (wide == narrow) return true;
  const bool differs = wide.find('?') != std::string::npos && narrow.find('*') != std::string::npos;
  return !differs && glob_match(wide, narrow);
}

std::string access_name(Access access) { return access == Access::write ? "write" : "read"; }

// Narrows the permissions of one tool by one table after the other.
class Cutting {
 public:
  explicit Cutting(Permissions& permissions) : had_(permissions) {}

  void hosts(const std::vector<HostPattern>& most, const std::string& place) {
    std::vector<HostPattern> left;
    for (const HostPattern& declared : had_.net) {
      bool whole = false;
      for (const HostPattern& each : most) {
        const std::optional<HostPattern> both = common(declared, each);
        if (!both) continue;
        whole = whole || both->text == declared.text;
        left.push_back(*both);
      }
      if (!whole) withhold("http", describe(declared), place);
    }
    had_.net = std::move(left);
    drop_secrets_without_host(place);
  }

  void paths(std::vector<std::string>& had, const std::vector<std::string>& most,
             const std::string& verb, const std::string& place, const char* module = "fs") {
    std::vector<std::string> left;
    for (const std::string& declared : had) {
      bool whole = false;
      for (const std::string& each : most) {
        whole = whole || lies_below(declared, each);
        if (lies_below(declared, each)) left.push_back(declared);
        if (!lies_below(declared, each) && lies_below(each, declared)) left.push_back(each);
      }
      if (!whole) withhold(module, verb + " " + shown_path(declared), place);
    }
    had = std::move(left);
  }

  void secrets(const std::vector<std::string>& most, const std::string& place) {
    keep_secrets(
        [&](const SecretUse& use) {
          return std::find(most.begin(), most.end(), use.name) != most.end();
        },
        place);
  }

  template <class Keep>
  void mail_servers(Keep keep, const std::string& place) {
    std::vector<MailServer> left;
    for (const MailServer& server : had_.smtp) {
      if (keep(server)) {
        left.push_back(server);
      } else {
        withhold("mail", "send mail through " + server.host.text, place);
      }
    }
    had_.smtp = std::move(left);
  }

  void access(Access& had, Access most, const std::string& module, const std::string& place) {
    if (had <= most) return;
    withhold(module, module + " = \"" + access_name(had) + "\"", place);
    had = most;
  }

  void names(std::vector<std::string>& had, const std::vector<std::string>& most,
             const std::string& module, const std::string& place) {
    std::vector<std::string> left;
    for (const std::string& declared : had) {
      const auto covers = [&](const std::string& each) { return covers_glob(each, declared); };
      const bool whole = std::any_of(most.begin(), most.end(), covers);
      if (whole) left.push_back(declared);
      if (whole) continue;
      withhold(module, module + " " + declared, place);
      for (const std::string& each : most) {
        if (glob_match(declared, each)) left.push_back(each);
      }
    }
    had = std::move(left);
  }

  std::vector<Withheld> take() { return std::move(withheld_); }

 private:
  static std::string shown_path(const std::string& path) {
    return path == "." ? "any file of the project" : path + " and what lies in it";
  }
  void withhold(std::string module, std::string words, const std::string& place) {
    withheld_.push_back(Withheld{std::move(module), std::move(words), place, {}});
  }
  template <class Keep>
  void keep_secrets(Keep keep, const std::string& place) {
    std::vector<SecretUse> left;
    for (const SecretUse& use : had_.secrets) {
      if (keep(use)) {
        left.push_back(use);
        continue;
      }
      withheld_.push_back(
          Withheld{"http", "have the secret " + use.name + " sent", place, use.host.host});
    }
    had_.secrets = std::move(left);
  }
  void drop_secrets_without_host(const std::string& place) {
    keep_secrets(
        [&](const SecretUse& use) {
          return std::any_of(had_.net.begin(), had_.net.end(), [&](const HostPattern& pattern) {
            return pattern.covers(use.host.host, use.host.port != 0 ? use.host.port : pattern.port);
          });
        },
        place);
  }

  Permissions& had_;
  std::vector<Withheld> withheld_;
};

Json texts(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& each : list) out.push_back(each);
  return out;
}

bool is_same_server(const MailServer& left, const MailServer& right) {
  return left.host.host == right.host.host && left.host.port == right.host.port;
}

bool holds_log_in(const std::vector<std::string>& names, const MailServer& server) {
  const auto has = [&](const std::string& name) {
    return name.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  return has(server.user) && has(server.password);
}

Json written(const MailServer& server) {
  if (server.user.empty()) return server.host.text;
  return Json{{"server", server.host.text}, {"user", server.user}, {"password", server.password}};
}

// Puts what is left back into the form that scripts write; keys that were not there stay away.
Json rewritten(const Json& declared, const Permissions& left) {
  Json out = declared;
  const auto put = [&](const char* key, Json value) {
    if (out.contains(key)) out[key] = std::move(value);
  };
  Json hosts = Json::array();
  for (const HostPattern& pattern : left.net) hosts.push_back(pattern.text);
  put("net", std::move(hosts));
  put("read", texts(left.read));
  put("write", texts(left.write));
  put("sqlite", texts(left.sqlite));
  Json servers = Json::array();
  for (const MailServer& server : left.smtp) servers.push_back(written(server));
  put("smtp", std::move(servers));
  put("model", texts(left.model));
  put("tools", texts(left.tools));
  for (const auto& [key, access] : {std::pair{"kv", left.kv}, std::pair{"memory", left.memory}}) {
    put(key, access == Access::none ? Json(false) : Json(access_name(access)));
  }
  if (!out.contains("secrets")) return out;
  Json secrets = Json::object();
  for (const SecretUse& use : left.secrets) secrets[use.name] = declared["secrets"][use.name];
  out["secrets"] = std::move(secrets);
  return out;
}

void narrow_mail_servers(Cutting& cutting, const std::vector<MailServer>& most,
                         const std::string& place) {
  const auto is_listed = [&](const MailServer& server) {
    return std::any_of(most.begin(), most.end(),
                       [&](const MailServer& each) { return is_same_server(each, server); });
  };
  cutting.mail_servers(is_listed, place);
}

}  // namespace

Result<Narrowing> Narrowing::from_tables(const std::vector<NarrowingText>& tables) {
  Narrowing narrowing;
  for (const NarrowingText& text : tables) {
    Table table;
    table.text = text;
    for (const auto& [key, value] : text.caps.items()) {
      if (key == "secrets") {
        Result<std::vector<std::string>> names = names_of(value);
        if (!names) return Error{Errc::invalid, names.error().detail, place_of(text, key)};
        table.secrets = std::move(*names);
        continue;
      }
      const Result<Permissions> one = parse_permissions(Json{{key, as_declared(key, value)}});
      if (!one) return Error{Errc::invalid, one.error().detail, place_of(text, key)};
    }
    Json most = text.caps;
    most.erase("secrets");
    for (auto& [key, value] : most.items()) value = as_declared(key, value);
    table.most = *parse_permissions(most);
    narrowing.tables_.push_back(std::move(table));
  }
  return narrowing;
}

Narrowed Narrowing::apply(std::string_view tool, const Json& permissions) const {
  Narrowed out;
  out.permissions = permissions;
  Result<Permissions> parsed = parse_permissions(permissions);
  if (!parsed) return out;
  Permissions& left = *parsed;
  Cutting cutting(left);
  bool matched = false;
  for (const Table& table : tables_) {
    if (!glob_match(table.text.tools, tool)) continue;
    matched = true;
    const Json& caps = table.text.caps;
    const auto place = [&](const char* key) { return place_of(table.text, key); };
    if (caps.contains("net")) cutting.hosts(table.most.net, place("net"));
    if (caps.contains("read")) cutting.paths(left.read, table.most.read, "read", place("read"));
    if (caps.contains("write")) {
      cutting.paths(left.write, table.most.write, "create, change and delete", place("write"));
    }
    if (caps.contains("sqlite")) {
      cutting.paths(left.sqlite, table.most.sqlite, "query", place("sqlite"), "sqlite");
    }
    if (caps.contains("smtp")) narrow_mail_servers(cutting, table.most.smtp, place("smtp"));
    if (caps.contains("secrets")) {
      cutting.secrets(table.secrets, place("secrets"));
      cutting.mail_servers(
          [&](const MailServer& server) { return holds_log_in(table.secrets, server); },
          place("secrets"));
    }
    if (caps.contains("kv")) cutting.access(left.kv, table.most.kv, "kv", place("kv"));
    if (caps.contains("memory")) {
      cutting.access(left.memory, table.most.memory, "memory", place("memory"));
    }
    if (caps.contains("model")) {
      cutting.names(left.model, table.most.model, "model", place("model"));
    }
    if (caps.contains("tools")) {
      cutting.names(left.tools, table.most.tools, "tools", place("tools"));
    }
  }
  out.withheld = cutting.take();
  if (matched && permissions.is_object()) out.permissions = rewritten(permissions, left);
  return out;
}

std::vector<Error> Narrowing::check(std::span<const std::string> tools) const {
  std::vector<Error> errors;
  for (const Table& table : tables_) {
    const std::string& glob = table.text.tools;
    const bool matches = std::any_of(tools.begin(), tools.end(), [&](const std::string& name) {
      return glob_match(glob, name);
    });
    if (matches || glob == "*" || glob.find(':') != std::string::npos) continue;
    errors.push_back(Error{Errc::not_found,
                           "[permissions.\"" + shorten(printable(glob), 80) +
                               "\"] narrows a tool that there is none of" +
                               did_you_mean(glob, tools),
                           table.text.place});
  }
  return errors;
}

}  // namespace yoke

#include "tools/broker/permissions.h"

#include <algorithm>
#include <array>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "tools/broker/paths.h"

namespace yoke {
namespace {

const std::vector<std::string> kKeys = {"net",    "read",  "write", "secrets", "kv",
                                        "memory", "model", "tools", "sqlite",  "smtp"};
const std::vector<std::string> kServerKeys = {"server", "user", "password"};
const std::vector<std::string> kSecretKeys = {"host", "header", "query", "prefix"};

Error wrong(std::string_view key, std::string_view why) {
  return Error{Errc::invalid, "permissions." + std::string(key) + ": " + std::string(why)};
}

// A list of texts; one text stands for a list of one, and Lua's empty table for an empty list.
Result<std::vector<std::string>> texts_of(std::string_view key, const Json& value) {
  std::vector<std::string> texts;
  if (value.is_object() && value.empty()) return texts;
  if (value.is_string()) return std::vector<std::string>{value.get<std::string>()};
  if (!value.is_array()) return wrong(key, "expected a list of texts, found " + to_text(value));
  for (const Json& item : value) {
    if (!item.is_string()) return wrong(key, "expected a text, found " + to_text(item));
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Result<std::vector<HostPattern>> hosts_of(const Json& value) {
  const Result<std::vector<std::string>> texts = texts_of("net", value);
  if (!texts) return texts.error();
  std::vector<HostPattern> hosts;
  for (const std::string& text : *texts) {
    Result<HostPattern> host = parse_host_pattern(text);
    if (!host) return wrong("net", host.error().detail);
    hosts.push_back(std::move(*host));
  }
  return hosts;
}

Result<std::vector<std::string>> paths_of(std::string_view key, const Json& value) {
  Result<std::vector<std::string>> texts = texts_of(key, value);
  if (!texts) return texts.error();
  for (std::string& text : *texts) {
    Result<std::string> path = normal_path(text);
    if (!path) return wrong(key, path.error().detail);
    if (is_host_owned(*path)) {
      return wrong(key, "'" + *path + "' belongs to the host and is granted to no script");
    }
    text = std::move(*path);
  }
  return texts;
}

Result<Access> access_of(std::string_view key, const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? Access::write : Access::none;
  if (value == "read") return Access::read;
  if (value == "write") return Access::write;
  return wrong(key, "expected \"read\" or \"write\", found " + to_text(value));
}

bool is_field_name(std::string_view name) {
  static constexpr std::string_view kMarks = "-_.";
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_prefix(std::string_view prefix) {
  return prefix.size() <= 64 &&
         std::all_of(prefix.begin(), prefix.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Where in the request the secret goes.
Result<void> read_place(SecretUse& use, const std::string& key, const Json& value) {
  const std::string header = string_at(value, "header");
  const std::string query = string_at(value, "query");
  if (header.empty() == query.empty()) {
    return wrong(key, "name one place: header = \"X-Api-Key\" or query = \"key\"");
  }
  use.place = header.empty() ? SecretUse::Place::query : SecretUse::Place::header;
  use.field = header.empty() ? query : to_lower(header);
  use.prefix = string_at(value, "prefix");
  if (!is_field_name(use.field))
    return wrong(key, "'" + printable(use.field) + "' is no such name");
  if (!is_prefix(use.prefix)) return wrong(key, "the prefix is over 64 characters, or not plain");
  return {};
}

Result<SecretUse> secret_of(const std::string& name, const Json& value,
                            const std::vector<HostPattern>& net) {
  const std::string key = "secrets." + name;
  if (!value.is_object()) return wrong(key, "expected { host = …, header = … }");
  for (const auto& [field, unused] : value.items()) {
    if (std::find(kSecretKeys.begin(), kSecretKeys.end(), field) == kSecretKeys.end()) {
      return wrong(key, "unknown key '" + field + "'" + did_you_mean(field, kSecretKeys));
    }
  }
  SecretUse use;
  use.name = name;
  Result<HostPattern> host = parse_host_pattern(string_at(value, "host"));
  if (!host) return wrong(key, host.error().detail);
  if (host->wildcard)
    return wrong(key, "a secret is bound to one host, not to '" + host->text + "'");
  use.host = std::move(*host);
  const bool reachable = std::any_of(net.begin(), net.end(), [&](const HostPattern& pattern) {
    return pattern.covers(use.host.host, use.host.port != 0 ? use.host.port : pattern.port);
  });
  if (!reachable) return wrong(key, "its host '" + use.host.host + "' is not in permissions.net");
  if (Result<void> place = read_place(use, key, value); !place) return place.error();
  return use;
}

Result<void> read_secrets(Permissions& permissions, const Json& value) {
  if (!value.is_object()) return wrong("secrets", "expected { NAME = { host = …, header = … } }");
  for (const auto& [name, place] : value.items()) {
    if (!is_field_name(name))
      return wrong("secrets", "'" + printable(name) + "' is no secret's name");
    Result<SecretUse> use = secret_of(name, place, permissions.net);
    if (!use) return use.error();
    permissions.secrets.push_back(std::move(*use));
  }
  return {};
}

// "smtp.example:587", or { server = …, user = …, password = … } with the names of secrets.
Result<MailServer> mail_server_of(const Json& value) {
  MailServer out;
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else if (value.is_object()) {
    for (const auto& [field, unused] : value.items()) {
      if (std::find(kServerKeys.begin(), kServerKeys.end(), field) == kServerKeys.end()) {
        return wrong("smtp", "unknown key '" + field + "'" + did_you_mean(field, kServerKeys));
      }
    }
    text = string_at(value, "server");
    out.user = string_at(value, "user");
    out.password = string_at(value, "password");
  }
  Result<HostPattern> host = parse_host_pattern(text);
  if (!host) return wrong("smtp", host.error().detail);
  if (host->wildcard || host->port == 0) {
    return wrong("smtp", "name one server with its port, as in \"smtp.example:587\"");
  }
  if (out.user.empty() != out.password.empty()) {
    return wrong("smtp", "name both user and password, or neither");
  }
  for (const std::string& name : {out.user, out.password}) {
    if (!name.empty() && !is_field_name(name)) {
      return wrong("smtp", "'" + printable(name) + "' is no secret's name");
    }
  }
  out.host = std::move(*host);
  return out;
}

Result<std::vector<MailServer>> mail_servers_of(const Json& value) {
  std::vector<MailServer> servers;
  if (value.is_object() && value.empty()) return servers;
  if (!value.is_array()) return wrong("smtp", "expected a list such as { \"smtp.example:587\" }");
  for (const Json& item : value) {
    Result<MailServer> server = mail_server_of(item);
    if (!server) return server.error();
    servers.push_back(std::move(*server));
  }
  return servers;
}

template <class T>
Result<void> read_into(T& field, Result<T> value) {
  if (!value) return value.error();
  field = std::move(*value);
  return {};
}

Result<void> read_key(Permissions& permissions, const std::string& key, const Json& value) {
  if (key == "net") return read_into(permissions.net, hosts_of(value));
  if (key == "read") return read_into(permissions.read, paths_of(key, value));
  if (key == "write") return read_into(permissions.write, paths_of(key, value));
  if (key == "sqlite") return read_into(permissions.sqlite, paths_of(key, value));
  if (key == "smtp") return read_into(permissions.smtp, mail_servers_of(value));
  if (key == "kv") return read_into(permissions.kv, access_of(key, value));
  if (key == "memory") return read_into(permissions.memory, access_of(key, value));
  if (key == "model") return read_into(permissions.model, texts_of(key, value));
  if (key == "tools") return read_into(permissions.tools, texts_of(key, value));
  if (key == "secrets") return {};  // read last: they refer to `net`
  return wrong(key, "there is no such permission" + did_you_mean(key, kKeys));
}

std::string folder_words(const std::string& path) {
  return path == "." ? "any file of the project" : path + " and what lies in it";
}

std::string access_name(Access access) { return access == Access::write ? "write" : "read"; }

void add_secret(std::vector<Power>& powers, const SecretUse& use) {
  const std::string place = use.place == SecretUse::Place::header ? "header" : "query parameter";
  powers.push_back({"secret " + use.name + " " + use.host.text + " " + place + " " + use.field +
                        " " + use.prefix,
                    "have the secret " + use.name + " sent to " + use.host.host + " in the " +
                        place + " " + use.field + " (it never sees the value)"});
}

void add_mail_server(std::vector<Power>& powers, const MailServer& server) {
  std::string token = "smtp " + server.host.text;
  std::string words =
      "send mail through " + server.host.host + ", port " + std::to_string(server.host.port);
  if (!server.user.empty()) {
    token += " " + server.user + " " + server.password;
    words += ", logged in with the secrets " + server.user + " and " + server.password +
             " (it never sees them)";
  }
  powers.push_back({std::move(token), std::move(words)});
}

void add_values(std::vector<Power>& powers, const Permissions& permissions) {
  if (permissions.kv != Access::none) {
    const std::string access = access_name(permissions.kv);
    powers.push_back({"kv " + access, access == "write" ? "keep small values between calls"
                                                        : "read the small values it kept"});
  }
  if (permissions.memory != Access::none) {
    const std::string access = access_name(permissions.memory);
    powers.push_back({"memory " + access, access + " what agents remember"});
  }
  for (const std::string& route : permissions.model) {
    powers.push_back({"model " + route, "ask the model " + route + " (which may cost money)"});
  }
  for (const std::string& tool : permissions.tools) {
    powers.push_back({"tools " + tool, "call the tool " + tool});
  }
}

}  // namespace

bool Permissions::only_reads() const {
  return net.empty() && write.empty() && secrets.empty() && smtp.empty() && kv != Access::write &&
         memory != Access::write && model.empty() && tools.empty();
}

std::vector<std::string> Permissions::modules() const {
  std::vector<std::string> names;
  if (!read.empty() || !write.empty()) names.emplace_back("fs");
  if (!net.empty()) names.emplace_back("http");
  if (kv != Access::none) names.emplace_back("kv");
  if (!smtp.empty()) names.emplace_back("mail");
  if (memory != Access::none) names.emplace_back("memory");
  if (!model.empty()) names.emplace_back("model");
  if (!sqlite.empty()) names.emplace_back("sqlite");
  if (!tools.empty()) names.emplace_back("tools");
  if (drives_tools) names.emplace_back("test");
  // What is withheld is there and refuses, so that the error can say why.
  for (const Withheld& power : withheld) names.push_back(power.module);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<Permissions> parse_permissions(const Json& value) {
  Permissions permissions;
  if (value.is_null() || (value.is_array() && value.empty())) return permissions;
  if (!value.is_object()) {
    return Error{Errc::invalid,
                 "permissions: expected a table such as { net = { \"api.example\" } }"};
  }
  for (const auto& [key, item] : value.items()) {
    if (Result<void> read = read_key(permissions, key, item); !read) return read.error();
  }
  const Json& secrets = member_at(value, "secrets");
  if (!secrets.is_null()) {
    if (Result<void> read = read_secrets(permissions, secrets); !read) return read.error();
  }
  return permissions;
}

std::vector<Power> powers_of(const Permissions& permissions) {
  std::vector<Power> powers;
  for (const HostPattern& host : permissions.net) {
    powers.push_back({"net " + host.text, describe(host)});
  }
  for (const std::string& path : permissions.read) {
    powers.push_back({"read " + path, "read " + folder_words(path)});
  }
  for (const std::string& path : permissions.write) {
    powers.push_back({"write " + path, "create, change and delete " + folder_words(path)});
  }
  for (const std::string& path : permissions.sqlite) {
    powers.push_back({"sqlite " + path, "query the database " + path + ", reading only"});
  }
  for (const MailServer& server : permissions.smtp) add_mail_server(powers, server);
  for (const SecretUse& use : permissions.secrets) add_secret(powers, use);
  add_values(powers, permissions);
  return powers;
}

}  // namespace yoke

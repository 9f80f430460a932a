#include <cstdlib>
#include <filesystem>

#include "hosts/config/mcp_config.h"
#include "runtime/base/ascii.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

// `.mcp.json`, as other programs write it. Whoever wrote it is a stranger: nothing of it is started
// before a person has said so.
namespace yoke {
namespace {

Error bad_entry(const std::string& name, const std::string& why) {
  return Error{Errc::invalid, "the MCP server '" + printable(shorten(name, 60)) + "' " + why,
               ".mcp.json"};
}

struct Variable {
  std::string value;
  bool of_file = false;  // .env gave it
};

std::optional<Variable> variable(const Config& config, const std::string& name) {
  if (const char* value = std::getenv(name.c_str())) return Variable{value};
  const auto found = config.env.find(name);
  if (found == config.env.end()) return std::nullopt;
  return Variable{found->second, true};
}

constexpr std::size_t kSecretBytesMin = 8;  // what is shorter would be cut out of honest text

// What a program is given may be a key, unless it plainly is something else.
bool may_be_secret(const std::string& name, const std::string& value) {
  for (const char* open : {"HOME", "PATH", "PWD", "USER", "LOGNAME", "SHELL", "LANG", "TMPDIR"}) {
    if (name == open) return false;
  }
  std::error_code ignored;
  return value.size() >= kSecretBytesMin &&
         !(value.starts_with('/') && std::filesystem::exists(value, ignored));
}

// Fills texts in, and keeps what it took for that.
class Filler {
 public:
  Filler(const Config& config, McpConfig& server) : config_(config), server_(server) {}

  // ${NAME} and ${NAME:-otherwise}.
  Result<std::string> filled(std::string_view text) {
    std::string out;
    while (true) {
      const std::size_t open = text.find("${");
      out += text.substr(0, open);
      if (open == std::string_view::npos) return out;
      const std::size_t close = text.find('}', open);
      if (close == std::string_view::npos) return Error{Errc::invalid, "has a '${' without a '}'"};
      const std::string_view inside = text.substr(open + 2, close - open - 2);
      const std::size_t dash = inside.find(":-");
      const std::string name(inside.substr(0, dash));
      const std::optional<Variable> value = variable(config_, name);
      if (!value && dash == std::string_view::npos) {
        return Error{Errc::not_found, "needs the environment variable " + printable(name)};
      }
      if (value && may_be_secret(name, value->value)) server_.secrets.emplace_back(value->value);
      if (value && value->of_file) of_file_[name] = value->value;
      out += value ? value->value : std::string(inside.substr(dash + 2));
      text.remove_prefix(close + 1);
    }
  }

  Result<std::map<std::string, std::string>> filled_map(const Json& table) {
    std::map<std::string, std::string> out;
    if (!table.is_object()) return out;
    for (const auto& [name, value] : table.items()) {
      if (!value.is_string()) return Error{Errc::invalid, "has values that are no texts"};
      Result<std::string> text = filled(value.get<std::string>());
      if (!text) return text.error();
      out[name] = std::move(*text);
    }
    return out;
  }

  // Once all is filled in.
  void note_file() {
    if (of_file_.empty()) return;
    Hasher hasher;
    for (const auto& [name, value] : of_file_) {
      hasher.field(name).field(value);
      server_.of_env_file.push_back(name);
    }
    server_.of_env_file_hash = to_hex(hasher.finish());
  }

 private:
  const Config& config_;
  McpConfig& server_;
  std::map<std::string, std::string> of_file_;
};

std::string name_from(const std::string& theirs) {
  std::string name = to_lower(theirs);
  for (char& c : name) {
    if (!is_section_name(std::string_view(&c, 1))) c = '-';
  }
  return name.substr(0, 32);
}

Result<McpConfig> entry(const Config& config, const std::string& name, const Json& value) {
  McpConfig server;
  server.name = name_from(name);
  server.is_strangers = true;
  server.place = ".mcp.json";
  const std::string type = string_at(value, "type", string_at(value, "transport"));
  if (type == "sse") return Error{Errc::unsupported, "has the SSE transport of 2024"};
  const std::string command = string_at(value, "command");
  Filler filler(config, server);
  Result<std::string> url = filler.filled(string_at(value, "url"));
  if (!url) return url.error();
  server.url = std::move(*url);
  if (command.empty() == server.url.empty()) {
    return Error{Errc::invalid, "needs either 'command' or 'url'"};
  }
  std::vector<std::string> words;
  if (!command.empty()) words.push_back(command);
  for (const Json& word : member_at(value, "args")) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  for (const std::string& word : words) {
    Result<std::string> text = filler.filled(word);
    if (!text) return text.error();
    server.command.push_back(std::move(*text));
  }
  auto env = filler.filled_map(member_at(value, "env"));
  if (!env) return env.error();
  server.env = std::move(*env);
  auto headers = filler.filled_map(member_at(value, "headers"));
  if (!headers) return headers.error();
  server.headers = std::move(*headers);
  filler.note_file();
  server.cwd = string_at(value, "cwd");
  server.enabled = !bool_at(value, "disabled");
  server.written = {{"command", words},
                    {"url", string_at(value, "url")},
                    {"cwd", server.cwd},
                    {"env", member_at(value, "env")},
                    {"headers", member_at(value, "headers")}};
  return server;
}

}  // namespace

Result<std::vector<McpConfig>> read_mcp_json(const Config& config, const std::string& text,
                                             std::vector<Error>& problems) {
  const Result<Json> value = parse_json(text);
  if (!value) return Error{Errc::invalid, value.error().message(), ".mcp.json"};
  const Json& servers = member_at(*value, "mcpServers");
  if (!servers.is_object()) {
    return Error{Errc::invalid, "there is no table 'mcpServers'", ".mcp.json"};
  }
  std::vector<McpConfig> all;
  for (const auto& [name, one] : servers.items()) {
    Result<McpConfig> server = entry(config, name, one);
    if (server) {
      all.push_back(std::move(*server));
    } else {
      problems.push_back(bad_entry(name, server.error().detail));
    }
  }
  return all;
}

}  // namespace yoke

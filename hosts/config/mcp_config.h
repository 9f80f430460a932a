#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"
#include "runtime/base/json.h"
#include "runtime/base/secret.h"

namespace yoke {

// [mcp.NAME], or an entry of .mcp.json: an MCP server whose tools are the project's,
// mcp:NAME.TOOL. One of `command` and `url`.
struct McpConfig {
  std::string name;
  std::vector<std::string> command = {};        // its program and arguments
  std::map<std::string, std::string> env = {};  // beside PATH and HOME; a value may be a reference
  std::string cwd = {};                         // empty: the project's folder
  std::string url = {};
  std::map<std::string, std::string> headers = {};  // a value may be a reference
  std::optional<std::chrono::milliseconds> timeout = {};
  std::vector<std::string> tools = {"*"};  // globs over the server's own names: these alone
  std::vector<std::string> roots = {"."};  // folders that it is told of
  bool trusts_annotations = false;         // what it says of its tools' effects counts
  std::string sampling = "off";            // "off", "ask" or "allow"
  std::optional<bool> listed = {};         // true: always; false: they are to be looked for
  bool allow_private = false;              // the name in `url` may lead to a private address
  bool enabled = true;
  std::string place = {};     // "yoke.toml:12", ".mcp.json"
  bool is_strangers = false;  // it stands in .mcp.json: no value of it is a reference
  // Of a stranger's: what it says, nothing filled in. A person says yes to that as a whole.
  Json written = nullptr;
  std::vector<Secret> secrets = {};  // what was filled into it
  // Of that, what the project's .env gave: the names, and one hash of them with their values.
  // Whoever may write the project writes that file too.
  std::vector<std::string> of_env_file = {};
  std::string of_env_file_hash = {};
};

// [mcp]: how many tools of all servers together an agent's model is shown.
struct McpListing {
  std::size_t listed_max = 40;
};
McpListing read_mcp_listing(TomlReader& reader, const toml::table& root);
Result<McpListing> mcp_listing_of(const Config& config);  // as mcp_config_of()

// What is wrong is left with the reader. The table `auth` is read by whoever keeps credentials.
std::vector<McpConfig> read_mcp_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from, then those of the project's .mcp.json whose names are
// still free. Errors: invalid, with file:line. `problems`: entries of .mcp.json that cannot be
// used.
Result<std::vector<McpConfig>> mcp_config_of(const Config& config, std::vector<Error>& problems);

// The entries of a .mcp.json (mcpServers: command, args, env, url, type, headers), with ${NAME} and
// ${NAME:-otherwise} filled in from the environment. References ("file:…", "vault:…") stay the
// texts that they are: whoever wrote them must not choose what of ours is read. Errors: invalid.
Result<std::vector<McpConfig>> read_mcp_json(const Config& config, const std::string& text,
                                             std::vector<Error>& problems);

}  // namespace yoke

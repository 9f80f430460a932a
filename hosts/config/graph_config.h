#pragma once

#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

inline constexpr const char* kGraphAddress = "https://graph.microsoft.com/v1.0";

// [graph]: Microsoft Graph, which answers capabilities of declarative agents. How it is signed in
// to stands in [graph.auth].
struct GraphConfig {
  bool is_there = false;
  std::string base_url = kGraphAddress;        // of a national cloud another one
  bool is_written = false;                     // the address is the operator's
  bool allow_private = false;                  // and may lie on a private one
  std::vector<std::string> capabilities = {};  // those that agents may have; all unless said
  bool by_token = false;                       // it is shown a token of the operator's own
  int line = 0;
};

// What is wrong is left with the reader.
GraphConfig read_graph_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<GraphConfig> graph_config_of(const Config& config);

}  // namespace yoke

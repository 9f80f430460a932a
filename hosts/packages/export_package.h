#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// What of ours becomes a package for Microsoft 365 Copilot.
struct ExportedAgent {
  enum class Way : std::uint8_t { openapi, mcp };
  std::string name;         // that `yoke serve` knows it by
  std::string description;  // may be empty
  std::vector<std::string> starters = {};
  std::string url;  // where `yoke serve` is reached: "https://agents.example.com"
  Way way = Way::openapi;
  std::string version = "1.0.0";
  std::string developer = "Yoke project";
  std::string website = {};  // each empty one: a page below `url`
  std::string privacy = {};
  std::string terms = {};
  std::string accent = "#3B5B8C";
  std::string key_id = {};  // under which Microsoft's vault keeps the key; empty: a placeholder
};

// The files of the app package: manifest 1.19, declarative agent v1.8, plugin v2.4, our OpenAPI
// document or MCP endpoint, and two icons. The same agent gives the same bytes, and its app id is
// made from its name and address. Errors: invalid: the address is not https, a text does not fit.
Result<std::map<std::string, std::string>> exported_package(const ExportedAgent& agent);

}  // namespace yoke

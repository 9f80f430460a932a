#include "models/tool_names.h"

#include "runtime/base/hash.h"

namespace yoke {
namespace {

bool is_wire_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string plain_wire(std::string_view ours) {
  std::string wire(ours);
  for (char& c : wire) {
    if (!is_wire_char(c)) c = '_';
  }
  return wire;
}

std::string hashed_wire(std::string_view ours) {
  constexpr std::size_t kHashChars = 8;
  std::string wire = plain_wire(ours).substr(0, kWireNameCharsMax - kHashChars - 1);
  const Hash hash = sha256(ours);
  return wire + "_" + to_hex(hash).substr(0, kHashChars);
}

bool fits(std::string_view wire) { return !wire.empty() && wire.size() <= kWireNameCharsMax; }

}  // namespace

ToolNames::ToolNames(const std::vector<ToolSpec>& tools) {
  std::unordered_map<std::string, int> claims;
  for (const ToolSpec& tool : tools) ++claims[plain_wire(tool.name)];
  for (const ToolSpec& tool : tools) {
    std::string wire = plain_wire(tool.name);
    const bool already_wire = wire == tool.name;  // keeps its name, whoever else would like it
    if (!fits(wire) || (claims[wire] > 1 && !already_wire)) wire = hashed_wire(tool.name);
    wire_of_.emplace(tool.name, wire);
    ours_of_.emplace(std::move(wire), tool.name);
  }
}

std::string ToolNames::wire(const std::string& ours) const {
  const auto known = wire_of_.find(ours);
  if (known != wire_of_.end()) return known->second;
  std::string wire = plain_wire(ours);
  if (fits(wire) && !ours_of_.contains(wire)) return wire;
  return hashed_wire(ours);
}

std::string ToolNames::ours(const std::string& wire) const {
  const auto known = ours_of_.find(wire);
  return known == ours_of_.end() ? wire : known->second;
}

}  // namespace yoke

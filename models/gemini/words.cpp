#include "models/gemini/words.h"

namespace yoke::gemini {
namespace {

bool begins_well(std::string_view name) {
  const char first = name.empty() ? '0' : name.front();
  return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
}

}  // namespace

std::string wire_name(const ToolNames& names, const std::string& ours) {
  std::string wire = names.wire(ours);
  return begins_well(wire) ? wire : "_" + wire;
}

std::string_view without_prefix(std::string_view wire) {
  const bool prefixed = wire.size() > 1 && wire[0] == '_' && !begins_well(wire.substr(1));
  return prefixed ? wire.substr(1) : wire;
}

bool demands_signatures(std::string_view model) {
  if (!model.starts_with("gemini-")) return false;
  for (const std::string_view older : {"gemini-1", "gemini-2", "gemini-exp", "gemini-pro-vision"}) {
    if (model.starts_with(older)) return false;
  }
  return true;
}

}  // namespace yoke::gemini

#include "tools/mcp/wire/versions.h"

#include <algorithm>
#include <array>

namespace yoke::mcp {
namespace {

constexpr std::array<std::string_view, 1> kModernVersions = {kModernVersion};
constexpr std::array<std::string_view, 4> kLegacyVersions = {kLegacyVersion, kFirstVersionInHeader,
                                                             "2025-03-26", "2024-11-05"};

bool has_version(std::span<const std::string_view> all, std::string_view version) {
  return std::ranges::find(all, version) != all.end();
}

}  // namespace

std::string_view name_of(Era era) { return era == Era::modern ? "modern" : "legacy"; }

std::span<const std::string_view> versions(Era era) {
  if (era == Era::modern) return kModernVersions;
  return kLegacyVersions;
}

std::optional<Era> era_of(std::string_view version) {
  if (has_version(kModernVersions, version)) return Era::modern;
  if (has_version(kLegacyVersions, version)) return Era::legacy;
  return std::nullopt;
}

std::string_view common_version(std::span<const std::string_view> offered) {
  for (const Era era : {Era::modern, Era::legacy}) {
    for (const std::string_view ours : versions(era)) {
      if (has_version(offered, ours)) return ours;
    }
  }
  return {};
}

std::string_view legacy_answer(std::string_view requested) {
  for (const std::string_view ours : kLegacyVersions) {
    if (ours == requested) return ours;
  }
  return kLegacyVersion;
}

}  // namespace yoke::mcp

#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace yoke::testing {

// The folder of plugins and agents that others published: where YOKE_COPILOT_DATA says, else beside
// the project. They are not ours to keep in it. Empty: they are not here.
inline std::string real_manifests() {
  if (const char* named = std::getenv("YOKE_COPILOT_DATA")) return named;
  const std::filesystem::path beside = "../shared/data/copilot";
  return std::filesystem::exists(beside / "pnp") ? beside.string() : std::string();
}

// False, and says so: a test that reads them is passed by.
inline bool has_real_manifests() {
  if (!real_manifests().empty()) return true;
  WARN("passed by: the real manifests are not here (YOKE_COPILOT_DATA names their folder)");
  return false;
}

}  // namespace yoke::testing

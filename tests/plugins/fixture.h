#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>

#include "runtime/base/ensure.h"
#include "tools/plugins/findings.h"
#include "tools/plugins/package.h"

namespace Catch {

template <class T>
struct StringMaker<yoke::Result<T>> {  // REQUIRE(result) shows what went wrong
  static std::string convert(const yoke::Result<T>& result) {
    return result ? "a value" : "the error \"" + result.error().message() + "\"";
  }
};

}  // namespace Catch

namespace yoke::testing {

// JSON as a test writes it.
inline Json json_of(std::string_view text) {
  const Result<Json> parsed = parse_json(text);
  ENSURE(parsed);
  return *parsed;
}

// All findings, a line each.
inline std::string lines_of(const PluginFindings& findings) {
  std::string all;
  for (const PluginFinding& finding : findings) all += to_line(finding) + "\n";
  return all;
}

}  // namespace yoke::testing

#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/ensure.h"
#include "tests/support/test_loop.h"
#include "tools/broker/call_scope.h"
#include "tools/broker/host_module.h"

namespace Catch {

template <class T>
struct StringMaker<yoke::Result<T>> {  // REQUIRE(result) shows what went wrong
  static std::string convert(const yoke::Result<T>& result) {
    return result ? "a value" : "the error \"" + result.error().message() + "\"";
  }
};

}  // namespace Catch

namespace yoke {

// A folder that is gone when the test ends.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "yoke-tools-XXXXXX").string();
    ENSURE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::filesystem::path at(const std::string& name) const { return path_ / name; }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(at(name).parent_path());
    std::ofstream(at(name), std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(at(name), std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  std::filesystem::path path_;
};

struct RecordedContext final : CallContext {
  std::vector<std::string> lines;
  void progress(double done, double total, std::string_view message) override {
    std::ostringstream line;
    line << "progress " << done << "/" << total << " " << message;
    lines.push_back(line.str());
  }
  void log(std::string_view level, std::string_view message) override {
    lines.push_back(std::string(level) + " " + std::string(message));
  }
};

struct FixedSecrets final : SecretSource {
  std::map<std::string, std::string, std::less<>> values;
  Result<Secret> secret(std::string_view name, const ToolRequest&) override {
    const auto found = values.find(name);
    if (found != values.end()) return Secret(found->second);
    return Error{Errc::not_found, "the secret " + std::string(name) + " is not set"};
  }
};

// Says what the test told it to say of each name; "default" otherwise.
struct FixedPolicy final : Policy {
  std::map<std::string, Verdict> verdicts;
  std::string rule;  // the one that every verdict comes from
  mutable std::vector<PolicyQuery> asked;
  PolicyDecision decide(const PolicyQuery& query) const override {
    asked.push_back(query);
    const auto found = verdicts.find(query.tool);
    if (found == verdicts.end()) return {Verdict::allow, "default"};
    return {found->second, rule.empty() ? "rule of " + query.tool : rule};
  }
};

struct FixedWallClock final : WallClock {
  Micros at = 1'700'000'000'000'000;
  Micros now() override { return at; }
};

inline ToolRequest request_of(const std::string& call_id = "c1") {
  ToolRequest request;
  request.run_id = "r1";
  request.call_id = call_id;
  request.idempotency_key = "r1/" + call_id;
  request.agent = "tester";
  request.tenant = "local";
  request.label = kTrustedPublic;
  return request;
}

inline Permissions permissions_of(const Json& declared) {
  Result<Permissions> permissions = parse_permissions(declared);
  ENSURE(permissions.has_value());
  return std::move(*permissions);
}

// One call's scope with everything it borrows.
struct ScopeFixture {
  explicit ScopeFixture(const Json& permissions)
      : scope(policy, permissions_of(permissions), request_of(), "lua:tools/x.lua", context) {}

  FixedPolicy policy;
  RecordedContext context;
  CallScope scope;
};

}  // namespace yoke

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "runtime/schema/schema.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

// Every group must agree case by case, or be refused when it is compiled. YOKE_SCHEMA_SUITE_DIR
// names a newer copy of the suite than the packaged one.
fs::path suite_folder() {
  const char* const other = std::getenv("YOKE_SCHEMA_SUITE_DIR");
  return other == nullptr ? YOKE_SCHEMA_SUITE : other;
}

Json read(const fs::path& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Result<Json> parsed = parse_json(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

struct Tally {
  int groups = 0;
  int cases = 0;
  std::vector<std::string> refused;
  std::vector<std::string> disagreed;
};

void run_group(const std::string& name, const Json& group, const std::string& dialect,
               Tally& tally) {
  ++tally.groups;
  Json schema = group["schema"];
  if (schema.is_object() && !schema.contains("$schema")) schema["$schema"] = dialect;
  const auto compiled = Schema::compile(schema);
  if (!compiled) {
    tally.refused.push_back(name + ": " + compiled.error().message());
    return;
  }
  for (const Json& one : group["tests"]) {
    ++tally.cases;
    const bool is_valid = one["valid"].get<bool>();
    const bool agrees = (*compiled)->fits(one["data"]) == is_valid &&
                        (*compiled)->check(one["data"]).empty() == is_valid;
    if (!agrees) tally.disagreed.push_back(name + ": " + string_at(one, "description"));
  }
}

Tally run_draft(const std::string& draft, const std::string& dialect) {
  Tally tally;
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(suite_folder() / draft)) {
    if (entry.path().extension() == ".json") files.insert(entry.path());
  }
  for (const fs::path& file : files) {
    for (const Json& group : read(file)) {
      const std::string name = file.stem().string() + ": " + string_at(group, "description");
      run_group(name, group, dialect, tally);
    }
  }
  std::string report = draft + ": " + std::to_string(tally.groups) + " groups, " +
                       std::to_string(tally.cases) + " cases checked, " +
                       std::to_string(tally.refused.size()) + " groups refused";
  for (const std::string& one : tally.disagreed) report += "\n  disagreed: " + one;
  WARN(report);
  return tally;
}

TEST_CASE(
    "the published draft 7 cases agree, and only references that leave the schema are refused") {
  const Tally tally = run_draft("draft7", "http://json-schema.org/draft-07/schema#");
  CHECK(tally.disagreed.empty());
  CHECK(tally.cases >= 402);
  for (const std::string& refused : tally.refused) {
    CHECK(refused.find("nothing is ever fetched") != std::string::npos);
  }
  CHECK(tally.refused.size() <= 12);
}

TEST_CASE("the published draft 6 cases agree") {
  const Tally tally = run_draft("draft6", "http://json-schema.org/draft-06/schema#");
  CHECK(tally.disagreed.empty());
  CHECK(tally.refused.size() <= 12);
}

TEST_CASE(
    "the published draft 4 cases agree, but for 1.0, which is an integer to every later draft") {
  const Tally tally = run_draft("draft4", "http://json-schema.org/draft-04/schema#");
  for (const std::string& disagreed : tally.disagreed) {
    CHECK(disagreed.find("float") != std::string::npos);
  }
  CHECK(tally.refused.size() <= 12);
}

TEST_CASE("the published cases of newer drafts agree where the suite has them") {
  for (const auto& [draft, dialect] :
       {std::pair("draft2019-09", "https://json-schema.org/draft/2019-09/schema"),
        std::pair("draft2020-12", "https://json-schema.org/draft/2020-12/schema")}) {
    if (!fs::exists(suite_folder() / draft)) continue;
    CHECK(run_draft(draft, dialect).disagreed.empty());
  }
  // What the packaged suite is too old for is tested case by case in schema_test.cpp.
  SUCCEED();
}

}  // namespace
}  // namespace yoke

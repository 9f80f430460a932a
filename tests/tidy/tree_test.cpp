#include <catch2/catch.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "tests/tidy/fixture.h"
#include "tests/tidy/rules.h"

// The rules, held against the repository itself.
namespace yoke::tidy {
namespace {

// Prints what was found, a line each, so that an editor can jump there. True when that is nothing.
bool holds(const Findings& findings) {
  for (const Finding& finding : findings) std::cerr << to_text(finding) << "\n";
  return findings.empty();
}

const std::vector<Source>& tree() {
  static const std::vector<Source> all = read_tree(".");
  REQUIRE(all.size() > 50);  // else the tests run in the wrong folder
  return all;
}

bool holds_everywhere(Findings (*rule)(const Source&)) {
  Findings all;
  for (const Source& source : tree()) {
    const Findings found = rule(source);
    all.insert(all.end(), found.begin(), found.end());
  }
  return holds(all);
}

}  // namespace

TEST_CASE("every line, function and file keeps within its limit") {
  CHECK(holds_everywhere(check_limits));
}

TEST_CASE("includes point only down the picture of the folders") {
  CHECK(holds_everywhere(check_includes));
}

TEST_CASE("no await stands where g++ 12 miscompiles it") { CHECK(holds_everywhere(check_awaits)); }

TEST_CASE("no source holds a banned word or a swallowed exception") {
  CHECK(holds_everywhere(check_words));
}

TEST_CASE("every test is named as a behaviour") { CHECK(holds_everywhere(check_test_names)); }

TEST_CASE("no file names a place of one machine or a registry") {
  CHECK(holds_everywhere(check_places));
}

TEST_CASE("every source is built and every header included") {
  CHECK(holds(check_dead_files(tree())));
}

TEST_CASE("every folder lists its public headers and keeps the others to itself") {
  CHECK(holds(check_folders(tree())));
}

TEST_CASE("no two types of the program have one name") { CHECK(holds(check_type_names(tree()))); }

}  // namespace yoke::tidy

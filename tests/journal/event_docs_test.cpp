#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/journal/event_table.h"

// docs/events.md is written by hand, for people; here it is held against the table.
namespace yoke {
namespace {

std::string edge_word(CallEdge edge) {
  switch (edge) {
    case CallEdge::opens:
      return "opens";
    case CallEdge::touches:
      return "touches";
    case CallEdge::closes:
      return "closes";
    case CallEdge::none:
      return "";
  }
  return "";
}

std::string row_of(const EventSpec& spec) {
  std::string row = "| `" + std::string(spec.name) + "` | " + edge_word(spec.edge) + " | " +
                    std::string(spec.meaning) + " | ";
  for (const FieldSpec& field : spec.fields) {
    if (&field != spec.fields.data()) row += ", ";
    row += "`" + std::string(field.name) + "`" + (field.required ? "" : "?");
  }
  return row + " |";
}

std::vector<std::string> documented_rows() {
  std::ifstream file("docs/events.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
}

TEST_CASE("docs/events.md has a row for every kind of event, with its fields, and nothing more") {
  const std::vector<std::string> rows = documented_rows();
  std::size_t at = 0;
  for (const EventSpec& spec : event_table()) {
    REQUIRE(at < rows.size());
    CHECK(rows[at++] == row_of(spec));
  }
  CHECK(rows.size() == at);
}

}  // namespace
}  // namespace yoke

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke {

enum class Known : std::uint8_t { unknown, no, yes };
std::string_view name_of(Known known);

// What is known of a model. Unknown is no "no": only what is known not to be possible is refused.
struct ModelFacts {
  std::optional<std::int64_t> context_tokens = {};  // input and output together
  std::optional<std::int64_t> output_tokens_max = {};
  Known images_in = Known::unknown;
  Known images_out = Known::unknown;
  Known tools = Known::unknown;
  Known structured = Known::unknown;  // keeps to a schema by itself
  Known reasoning = Known::unknown;
  Known embeddings = Known::unknown;  // makes vectors
  std::string source = {};            // where it was read, and when; empty: nothing is known

  bool operator==(const ModelFacts&) const = default;
};

// Facts by a glob over the vendor's model name; the longest pattern that matches counts.
using FactsMap = std::map<std::string, ModelFacts, std::less<>>;

// A row of the table that ships with the program; what it leaves out is unknown.
struct FactsRow {
  std::string_view preset;  // "*": whoever serves the model
  std::string_view model;   // glob
  ModelFacts facts;
};
std::span<const FactsRow> facts_table();
std::string_view facts_date();  // ISO 8601: when the rows were read

// The longest pattern that matches; null: none does.
const ModelFacts* find_facts(const FactsMap& facts, std::string_view model);

// `own` (what yoke.toml says) field by field over the table's.
ModelFacts facts_of(std::string_view preset, std::string_view model, const FactsMap& own);

// `over` field by field over `under`; the source names both where both say something.
ModelFacts merged(const ModelFacts& under, const ModelFacts& over);

// Whether images may be sent to the model, as facts_of() knows it.
Known takes_images(std::string_view preset, std::string_view model, const FactsMap& own);

// {"context": 32768, "output": 8192, "images": true, "images_out": false, "tools": true,
//  "structured": true, "reasoning": false, "embeddings": false}, each of which may be left out.
// `place` is named in errors.
Result<ModelFacts> facts_from_json(const Json& value, const std::string& place);
Json to_json(const ModelFacts& facts);  // what is not known is left out

}  // namespace yoke

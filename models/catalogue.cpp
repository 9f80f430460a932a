#include "models/catalogue.h"

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kDate = "2026-11-21";

struct Field {
  std::string_view name;
  Known ModelFacts::*known;
};
constexpr std::array kFields{
    Field{"images", &ModelFacts::images_in},    Field{"images_out", &ModelFacts::images_out},
    Field{"tools", &ModelFacts::tools},         Field{"structured", &ModelFacts::structured},
    Field{"reasoning", &ModelFacts::reasoning}, Field{"embeddings", &ModelFacts::embeddings}};

ModelFacts thinks_and_calls(std::string_view source) {
  ModelFacts facts;
  facts.tools = Known::yes;
  facts.reasoning = Known::yes;
  facts.source = std::string(source) + ", read " + std::string(kDate);
  return facts;
}

ModelFacts thinks(std::string_view source) {
  ModelFacts facts = thinks_and_calls(source);
  facts.tools = Known::unknown;
  return facts;
}

ModelFacts with_context(ModelFacts facts, std::int64_t tokens) {
  facts.context_tokens = tokens;
  return facts;
}

// Only what a page of the vendor, or its own client library, says; what it does not say is unknown.
const std::vector<FactsRow>& table() {
  constexpr std::string_view kThinkingMode = "api-docs.deepseek.com, thinking mode";
  constexpr std::string_view kMoonshot = "npm @ai-sdk/moonshotai, 2026-11";
  constexpr std::string_view kGemini = "npm @google/genai 2.32";
  constexpr std::string_view kMai = "Microsoft's announcement of MAI-Thinking-1, 2026-06-02";
  static const std::vector<FactsRow> rows = {
      {"deepseek", "deepseek-v4*", thinks_and_calls(kThinkingMode)},
      {"deepseek", "deepseek-reasoner*", thinks(kThinkingMode)},
      {"moonshot", "kimi-k3*", thinks_and_calls(kMoonshot)},
      {"moonshot", "kimi-k2.7*", thinks_and_calls(kMoonshot)},
      {"moonshot", "kimi-k2.6*", thinks_and_calls(kMoonshot)},
      {"gemini", "gemini-3*", thinks_and_calls(kGemini)},
      {"mai", "MAI-Thinking-1*", with_context(thinks_and_calls(kMai), 256'000)},
      {"*", "*MAI-DS-R1*", thinks("the model's card, microsoft/MAI-DS-R1")},
  };
  return rows;
}

Known known_of(bool value) { return value ? Known::yes : Known::no; }

bool says_something(const ModelFacts& facts) {
  ModelFacts nothing;
  nothing.source = facts.source;
  return facts != nothing;
}

Result<std::int64_t> tokens_in(const Json& value, const std::string& place) {
  constexpr std::int64_t kMost = 1'000'000'000;
  if (value.is_number_integer()) {
    const auto tokens = value.get<std::int64_t>();
    if (tokens > 0 && tokens <= kMost) return tokens;
  }
  return Error{Errc::invalid, place + ": it must be a whole number of tokens, 1 or more"};
}

std::vector<std::string> fact_keys() {
  std::vector<std::string> keys{"context", "output"};
  for (const Field& field : kFields) keys.emplace_back(field.name);
  return keys;
}

}  // namespace

std::string_view name_of(Known known) {
  return known == Known::yes ? "yes" : known == Known::no ? "no" : "unknown";
}

std::span<const FactsRow> facts_table() { return table(); }
std::string_view facts_date() { return kDate; }

ModelFacts merged(const ModelFacts& under, const ModelFacts& over) {
  if (!says_something(over)) return under;
  ModelFacts facts = under;
  if (over.context_tokens) facts.context_tokens = over.context_tokens;
  if (over.output_tokens_max) facts.output_tokens_max = over.output_tokens_max;
  for (const Field& field : kFields) {
    if (over.*field.known != Known::unknown) facts.*field.known = over.*field.known;
  }
  facts.source = over.source;
  if (says_something(under)) facts.source += "; " + under.source;
  return facts;
}

const ModelFacts* find_facts(const FactsMap& facts, std::string_view model) {
  const ModelFacts* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [glob, given] : facts) {
    if (!glob_match(glob, model) || glob.size() <= longest) continue;
    longest = glob.size();
    found = &given;
  }
  return found;
}

ModelFacts facts_of(std::string_view preset, std::string_view model, const FactsMap& own) {
  ModelFacts facts;
  std::size_t longest = 0;
  for (const FactsRow& row : table()) {
    const bool served = row.preset == "*" || row.preset == preset;
    if (!served || !glob_match(row.model, model) || row.model.size() <= longest) continue;
    longest = row.model.size();
    facts = row.facts;
  }
  const ModelFacts* const over = find_facts(own, model);
  return over == nullptr ? facts : merged(facts, *over);
}

Known takes_images(std::string_view preset, std::string_view model, const FactsMap& own) {
  return facts_of(preset, model, own).images_in;
}

Result<ModelFacts> facts_from_json(const Json& value, const std::string& place) {
  if (!value.is_object()) return Error{Errc::invalid, place + ": it must be a table of facts"};
  ModelFacts facts;
  facts.source = "yoke.toml";
  for (const auto& [key, fact] : value.items()) {
    const std::string at = place + "." + key;
    if (key == "context" || key == "output") {
      const Result<std::int64_t> tokens = tokens_in(fact, at);
      if (!tokens) return tokens.error();
      (key == "context" ? facts.context_tokens : facts.output_tokens_max) = *tokens;
      continue;
    }
    const auto field =
        std::find_if(kFields.begin(), kFields.end(),
                     [&name = key](const Field& known) { return known.name == name; });
    if (field == kFields.end()) {
      return Error{Errc::invalid, at + ": unknown key" + did_you_mean(key, fact_keys())};
    }
    if (!fact.is_boolean()) return Error{Errc::invalid, at + ": it must be true or false"};
    facts.*field->known = known_of(fact.get<bool>());
  }
  return facts;
}

Json to_json(const ModelFacts& facts) {
  Json out = Json::object();
  if (facts.context_tokens) out["context"] = *facts.context_tokens;
  if (facts.output_tokens_max) out["output"] = *facts.output_tokens_max;
  for (const Field& field : kFields) {
    const Known known = facts.*field.known;
    if (known != Known::unknown) out[std::string(field.name)] = known == Known::yes;
  }
  if (!facts.source.empty()) out["source"] = facts.source;
  return out;
}

}  // namespace yoke

#include "models/catalogue.h"

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr Known kYes = Known::yes;
constexpr Known kUnknown = Known::unknown;
constexpr std::int64_t kMillion = 1'048'576;

// Only what was read on the page that stands beside it; what that page does not say is unknown.
constexpr std::string_view kUiPath = "docs.uipath.com, supported models and limits";
constexpr std::string_view kVercel = "vercel.com/ai-gateway, gpt-5 and gpt-5-mini";
constexpr std::string_view kMixtape = "docs.rs mixtape-core, models of Anthropic";
constexpr std::string_view kFastGpt =
    "github.com/labring/fastgpt-plugin, pull requests 242 and 297";

constexpr std::array kRows{
    FactsRow{"openai", "gpt-5", 400'000, 128'000, kYes, kYes, kYes, kYes, kVercel},
    FactsRow{"openai", "gpt-5-mini*", 400'000, 128'000, kYes, kYes, kYes, kYes, kVercel},
    FactsRow{"openai", "gpt-5.1", 400'000, 128'000, kYes, kYes, kYes, kUnknown, kFastGpt},
    FactsRow{"openai", "gpt-5-chat*", 128'000, 16'000, kYes, kUnknown, kUnknown, kUnknown,
             kFastGpt},
    FactsRow{"openai", "gpt-4o-2024-11-20", 128'000, 16'384, kUnknown, kUnknown, kUnknown, kUnknown,
             kUiPath},
    FactsRow{"anthropic", "claude-haiku-4-5*", 200'000, 64'000, kYes, kYes, kUnknown, kUnknown,
             kFastGpt},
    FactsRow{"anthropic", "claude-sonnet-4-2*", 200'000, 64'000, kYes, kYes, kUnknown, kUnknown,
             kFastGpt},
    FactsRow{"anthropic", "claude-sonnet-4-5*", 200'000, 64'000, kUnknown, kUnknown, kUnknown,
             kUnknown, kUiPath},
    FactsRow{"anthropic", "claude-opus-4-1*", 200'000, 32'000, kYes, kYes, kUnknown, kUnknown,
             kMixtape},
    FactsRow{"gemini", "gemini-2.5-pro*", kMillion, 65'535, kUnknown, kUnknown, kUnknown, kUnknown,
             kUiPath},
};

constexpr std::string_view kDate = "2026-11-21";

Known known_of(bool value) { return value ? Known::yes : Known::no; }

void put(Known over, Known& under) {
  if (over != Known::unknown) under = over;
}

void put_over(const ModelFacts& own, ModelFacts& facts) {
  if (own.context_tokens) facts.context_tokens = own.context_tokens;
  if (own.output_tokens_max) facts.output_tokens_max = own.output_tokens_max;
  put(own.images_in, facts.images_in);
  put(own.images_out, facts.images_out);
  put(own.tools, facts.tools);
  put(own.structured, facts.structured);
  put(own.reasoning, facts.reasoning);
  facts.source = own.source;
}

ModelFacts from_row(const FactsRow& row) {
  ModelFacts facts;
  facts.context_tokens = row.context_tokens;
  facts.output_tokens_max = row.output_tokens_max;
  facts.images_in = row.images_in;
  facts.tools = row.tools;
  facts.structured = row.structured;
  facts.reasoning = row.reasoning;
  facts.source = std::string(row.source) + ", read " + std::string(kDate);
  return facts;
}

Result<std::int64_t> tokens_in(const Json& value, const std::string& place) {
  constexpr std::int64_t kMost = 1'000'000'000;
  if (value.is_number_integer()) {
    const auto tokens = value.get<std::int64_t>();
    if (tokens > 0 && tokens <= kMost) return tokens;
  }
  return Error{Errc::invalid, place + ": it must be a whole number of tokens, 1 or more"};
}

}  // namespace

std::string_view name_of(Known known) {
  return known == Known::yes ? "yes" : known == Known::no ? "no" : "unknown";
}

std::span<const FactsRow> facts_table() { return kRows; }
std::string_view facts_date() { return kDate; }

ModelFacts facts_of(std::string_view preset, std::string_view model, const FactsMap& overrides) {
  ModelFacts facts;
  std::size_t longest = 0;
  for (const FactsRow& row : kRows) {
    const bool fits = row.preset == preset && glob_match(row.model, model);
    if (!fits || row.model.size() <= longest) continue;
    longest = row.model.size();
    facts = from_row(row);
  }
  const ModelFacts* own = nullptr;
  longest = 0;
  for (const auto& [glob, given] : overrides) {
    if (!glob_match(glob, model) || glob.size() <= longest) continue;
    longest = glob.size();
    own = &given;
  }
  if (own != nullptr) put_over(*own, facts);
  return facts;
}

Result<ModelFacts> facts_from_json(const Json& value, const std::string& place) {
  static const std::vector<std::string> kKeys{"context", "output",     "images",   "images_out",
                                              "tools",   "structured", "reasoning"};
  if (!value.is_object()) return Error{Errc::invalid, place + ": it must be a table of facts"};
  ModelFacts facts;
  facts.source = "yoke.toml";
  for (const auto& [key, fact] : value.items()) {
    const std::string at = place + "." + key;
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      return Error{Errc::invalid, at + ": unknown key" + did_you_mean(key, kKeys)};
    }
    if (key == "context" || key == "output") {
      const Result<std::int64_t> tokens = tokens_in(fact, at);
      if (!tokens) return tokens.error();
      (key == "context" ? facts.context_tokens : facts.output_tokens_max) = *tokens;
      continue;
    }
    if (!fact.is_boolean()) return Error{Errc::invalid, at + ": it must be true or false"};
    const Known known = known_of(fact.get<bool>());
    if (key == "images") facts.images_in = known;
    if (key == "images_out") facts.images_out = known;
    if (key == "tools") facts.tools = known;
    if (key == "structured") facts.structured = known;
    if (key == "reasoning") facts.reasoning = known;
  }
  return facts;
}

Json to_json(const ModelFacts& facts) {
  Json out = Json::object();
  if (facts.context_tokens) out["context"] = *facts.context_tokens;
  if (facts.output_tokens_max) out["output"] = *facts.output_tokens_max;
  const auto put_known = [&out](const char* key, Known known) {
    if (known != Known::unknown) out[key] = known == Known::yes;
  };
  put_known("images", facts.images_in);
  put_known("images_out", facts.images_out);
  put_known("tools", facts.tools);
  put_known("structured", facts.structured);
  put_known("reasoning", facts.reasoning);
  if (!facts.source.empty()) out["source"] = facts.source;
  return out;
}

}  // namespace yoke

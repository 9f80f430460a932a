#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/label.h"

namespace yoke {

// What a call does to the world: decides what happens to it after a crash.
enum class Effect : std::uint8_t {
  read,        // nothing: may be called again freely
  idempotent,  // the same key has the same effect once: may be called again with it
  once,        // never repeated silently
};
std::string_view name_of(Effect effect);
Result<Effect> effect_from_name(std::string_view name);

// How whoever made a tool wants its calls confirmed, where the operator and the agent say nothing.
struct Confirmation {
  std::optional<bool> asks = {};  // none: as its effect is
  std::string title = {};         // words for whoever is asked; untrusted as the description is
  std::string body = {};
};

// What a tool says of itself. Plain data.
struct ToolSpec {
  std::string name;                    // dotted, unique: "csv.stats"
  std::string description;             // untrusted text where the tool is a stranger's
  Json input_schema = Json::object();  // JSON Schema, normalised
  Json output_schema = nullptr;        // null: not checked
  Effect effect = Effect::once;
  std::chrono::milliseconds timeout{30'000};
  bool has_probe = false;
  std::string origin;                 // "lua:tools/csv.lua", "builtin", "plugin:contacts" …
  std::string source_hash;            // hex; changes when its code changes
  Json permissions = Json::object();  // as declared, for people and for policy
  Confirmation confirmation = {};
  // Not empty: a call is a child run of this agent of the program's family, and call() is not
  // asked.
  std::string agent = {};
};
Json to_json(const ToolSpec& spec);

}  // namespace yoke

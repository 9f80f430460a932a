#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/backend.h"
#include "models/prices.h"
#include "runtime/ports/script_host.h"

namespace yoke {

// A Lua function in a model's place: `model { name = …, reply = function(request) … end }`. No
// neural model, and it says so: its replies carry the model name "scripted:NAME@" and the hash of
// its source.
//
// The function is given the request as canonical JSON and returns
//   { reasoning = "…", text = "…", calls = { { tool = "…", args = {…}, id = "…" } },
//     finish = "stop", stop_sequence = "…" (one of the request's `stop`),
//     usage = { input = 1, output = 1 } }
// of which everything may be left out, but not both text and calls. An id that is left out is
// "call_N", counted over the whole conversation, so that the same request gets the same ids. It
// costs nothing, save at prices that are given for it.
//
// Ownership: borrows `scripts`, which must outlive it.
// Errors:    what goes wrong in the script is a failure of class client with its file:line.
class ScriptedBackend final : public Backend {
 public:
  // Errors: the file's own, or that it defines no model. `place` is named in front:
  // "backends.demo".
  static Result<std::unique_ptr<Backend>> make(std::string name,
                                               std::shared_ptr<const ScriptSource> source,
                                               ScriptHost& scripts, PriceMap prices = {});

  struct Definition {
    std::string name;
    int index = 0;  // in what the file returned
  };
  ScriptedBackend(std::string name, std::shared_ptr<const ScriptSource> source,
                  std::vector<Definition> definitions, ScriptHost& scripts, PriceMap prices);

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  std::optional<Price> price_of(const std::string& model) const override;
  Result<void> check_model(const std::string& model) const override;

 private:
  const Definition* find(const std::string& model) const;
  std::string self_description(const Definition& definition) const;

  const std::string name_;
  const std::shared_ptr<const ScriptSource> source_;  // shared with the calls under way
  const std::string source_hash_;
  const std::vector<Definition> definitions_;
  ScriptHost& scripts_;
  const PriceMap prices_;
};

// What the function returned, as a reply; the error says what is wrong with it. Pure.
Result<ModelReply> reply_of_script(const Json& value, const ModelRequest& request);

}  // namespace yoke

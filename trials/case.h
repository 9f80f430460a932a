#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/money.h"
#include "runtime/ports/model.h"

// What is asked in a trial, what came back, and what a check says of it. Plain data.
namespace yoke {

struct TrialCase {
  std::string id;                        // unique in its trial
  std::string place;                     // where it is from: "prompts.jsonl:3"
  std::string prompt;                    // what the user says last, for people and for checks
  Json expected = nullptr;               // what a good answer is; null: not said
  ModelRequest request;                  // its target is the trial's to say
  std::vector<std::string> images = {};  // files and addresses, not yet in the request
  std::string group = {};                // cases that belong together: pairs that differ in a word
};

struct TrialAnswer {
  std::string text;
  std::string reasoning;
  std::string finish;
  Json calls = Json::array();          // the tool calls it wants: {"tool","args"}
  std::optional<double> usd = {};      // what it cost; nothing: not known
  std::optional<double> seconds = {};  // from the question to its end
  std::optional<double> steps = {};    // model calls of an agent's run
  std::optional<double> tokens = {};   // input and output together
};
TrialAnswer answer_of(const Message& reply, std::string finish);

// What one check says of one answer.
struct Finding {
  std::string check;
  bool judged = true;  // false: the check itself came to nothing; `why` says how
  bool passed = false;
  double score = 0;  // 0 to 1
  double weight = 1;
  bool pairwise = false;  // it compares with the first route: no part of passing
  std::string why;
  NanoUsd cost = 0;  // of a judge
};

// The cases of a prompts file: JSON lines where the first line begins with "{", else a prompt a
// line. An object has "prompt", and may have "id", "system", "schema", "expected", "images",
// "temperature", "max_tokens". Without an id a case is called by its line's number.
// Errors: invalid, with file:line.
Result<std::vector<TrialCase>> read_cases(std::string_view text, const std::string& file);

// One case from such an object. Its prompt is the request's message; its place and, without an id,
// its id are the caller's to say. `more`: names that it may have besides, which others read.
// Errors: invalid, without a place.
Result<TrialCase> case_from_json(const Json& fields, const std::vector<std::string>& more = {});

}  // namespace yoke

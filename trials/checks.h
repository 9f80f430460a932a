#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ports/script_host.h"
#include "runtime/schema/schema.h"
#include "trials/case.h"

// What an answer is held to: a small format that every kind of evaluation reads.
namespace yoke {

enum class CheckKind : unsigned char {
  contains,
  not_contains,
  equals,
  matches,
  not_matches,
  schema,
  calls,
  not_calls,
  usd_at_most,
  seconds_at_most,
  steps_at_most,
  tokens_at_most,
  refuses,
  alike,
  lua,
  judge,
};
std::string_view name_of(CheckKind kind);

// One entry of a checks file as plain data.
struct CheckText {
  Json fields = Json::object();
  std::string place;                          // file:line of the entry
  std::map<std::string, std::string> places;  // of its fields
};

struct JudgeSpec {
  std::string route;
  std::string rubric;
  bool pairwise = false;  // compares with the first route's answer, in both orders
};

// What is looked at in the answers of a group, which must be alike in it.
struct AlikeSpec {
  std::string matches;             // an expression: its first group, else what it matches
  std::string json;                // a JSON pointer; both empty: the answer but for its dress
  std::optional<double> within{};  // numbers, that lie no further apart
};

struct Check {
  CheckKind kind = CheckKind::contains;
  std::string name;
  std::string place;
  std::vector<std::string> only;  // globs of case ids; none: every case
  std::string of_case;            // the one case that it is written in; empty: it is of all
  double weight = 1;
  bool ignore_case = false;
  std::string text;  // contains, equals, matches: the words, in which {expected} is the case's;
                     // calls: the tool, in which * stands for any
  Json args = Json::object();  // calls: what its arguments must hold
  double most = 0;             // usd_at_most and its like
  bool wanted = true;          // refuses
  AlikeSpec alike = {};
  std::shared_ptr<const Schema> schema = {};        // shared: immutable, compiled once
  std::shared_ptr<const ScriptSource> script = {};  // lua; shared with the calls of it
  JudgeSpec judge = {};

  bool applies_to(const TrialCase& one) const;
  // It is decided over several answers, not one by one.
  bool is_of_several() const { return judge.pairwise || kind == CheckKind::alike; }
};

// What the entries name besides themselves.
struct CheckFiles {
  std::function<Result<Json>(const std::string& file)> json;
  std::function<Result<ScriptSource>(const std::string& file)> script;
  ScriptHost* scripts = nullptr;  // where a Lua check is looked into; borrowed for the call
};

// Errors: invalid, with the place and the mend.
Result<std::vector<Check>> read_checks(const std::vector<CheckText>& entries,
                                       const CheckFiles& files);

// That every case has what the checks want of it: an `expected` where one speaks of {expected}.
Result<void> check_fit(const std::vector<Check>& checks, const std::vector<TrialCase>& cases);

// Whether the check decides by itself over one answer: neither a script nor a model is asked.
bool is_pure(const Check& check);
// What a pure check says of an answer.
Finding evaluate(const Check& check, const TrialAnswer& answer, const TrialCase& one);
// What it says where there is no answer, and why: `failure` as its run has it.
Finding evaluate_failure(const Check& check, const std::string& failure);

// An answer of a group; null: there is none.
struct GroupAnswer {
  std::string case_id;
  const TrialAnswer* answer = nullptr;
};
// Whether the answers to the cases of a group are alike in what the check looks at.
Finding evaluate_alike(const Check& check, const std::vector<GroupAnswer>& group);
// Whether a text reads as declining what was asked: by its first words, in English.
bool reads_as_refusal(std::string_view text);

// The text with {expected} filled in.
std::string filled(const std::string& text, const TrialCase& one);

}  // namespace yoke

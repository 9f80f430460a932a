#pragma once

#include "runtime/ports/message.h"
#include "runtime/ports/script_host.h"

// A script that checks replies: `return check { run = function(reply, case) … end }`. Whoever holds
// replies to such scripts, a route or a comparison, gives them the same and takes the same for an
// answer, so that one file serves all.
namespace yoke {

// What a check's `reply` is. `calls`: a list of {"tool","args"}.
struct CheckedReply {
  std::string text;
  std::string reasoning;
  std::string finish;
  Json calls = Json::array();
};
CheckedReply checked_reply(const Message& message, std::string finish);
// With "json" where the text is JSON.
Json to_json(const CheckedReply& reply);

// What the script said.
struct CheckVerdict {
  bool judged = true;  // false: it came to nothing; `why` says how
  bool passed = false;
  double score = 0;  // 0 to 1
  std::string why;
};
// From true or false, a score (from 0.5 on it passes), or { pass = …, score = …, why = … }.
CheckVerdict check_verdict_of(const ToolOutcome& outcome, const std::string& script);

// That the file defines one check, and nothing else. Errors: those of define(); invalid.
Result<void> require_check(const ScriptSource& source, ScriptHost& scripts);

}  // namespace yoke

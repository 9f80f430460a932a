#pragma once

#include <string>
#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/engine/critical_arguments.h"
#include "runtime/engine/source_texts.h"
#include "runtime/ports/flow_policy.h"

namespace yoke {

// What a run has been shown, told apart by who wrote it: so that an argument can be traced to its
// source. A pure function of the run's state, its program and what policy says of each tool.
//
// Trusted are the task, the input, the instructions, what people wrote before and answered, and
// results that policy calls trusted or whose label is; signals are not. A result of the project's
// own data is, when nothing untrusted had come in before or when each of its arguments stands in
// trusted text.
class Provenance {
 public:
  Provenance(const RunState& state, const Program& program, const FlowPolicy& policy);

  // What brought untrusted content in: "mail.read (c5.0)"; at most five names.
  const std::vector<std::string>& untrusted() const { return brought_in_; }
  ArgumentSource source_of(const ArgumentValue& value) const;

 private:
  void take_people(const RunState& state, const Program& program);
  void take_prior(const RunState& state, const Program& program, const FlowPolicy& policy);
  void take_call(const CallState& call, Trust trust);
  void take_signal(const SignalState& signal);
  bool is_clean(const Json& args) const;
  void taint(const std::string& from);

  SourceTexts trusted_;
  SourceTexts untrusted_texts_;
  std::vector<std::string> brought_in_;
};

// The call with all that is known of where its arguments came from.
FlowQuery flow_query_of(const RunState& state, const Program& program, const FlowPolicy& policy,
                        const ToolSpec& tool, PolicyQuery call);

}  // namespace yoke

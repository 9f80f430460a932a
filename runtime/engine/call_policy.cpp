#include "runtime/engine/call_policy.h"

#include "runtime/engine/provenance.h"

namespace yoke {
namespace {

constexpr std::size_t kSourcesMax = 20;

Json sources_of(const FlowDecision& said) {
  Json list = Json::array();
  for (const ArgumentSource& source : said.sources) {
    if (list.size() == kSourcesMax) break;
    list.push_back(to_json(source));
  }
  return list;
}

}  // namespace

FlowDecision decide_call(const RunState& state, const Program& program, const Policy& policy,
                         const ToolSpec& tool, PolicyQuery query, bool of_caller) {
  FlowDecision said;
  const auto* flow = dynamic_cast<const FlowPolicy*>(&policy);
  if (flow == nullptr || of_caller) {
    said.decision = policy.decide(query);
    return said;
  }
  FlowQuery whole;
  if (flow->traces()) {
    whole = flow_query_of(state, program, *flow, tool, std::move(query));
  } else {
    whole.call = std::move(query);
  }
  return flow->decide_flow(whole);
}

Json decided_fields(const FlowDecision& said, const std::string& tool) {
  Json fields{
      {"verdict", name_of(said.decision.verdict)}, {"rule", said.decision.rule}, {"tool", tool}};
  if (!said.why.empty()) fields["why"] = said.why;
  if (!said.argument.empty()) fields["argument"] = said.argument;
  if (!said.sources.empty()) fields["sources"] = sources_of(said);
  return fields;
}

Json question_body(const FlowDecision& said, const std::string& tool, const Json& args) {
  Json body{{"tool", tool}, {"args", args}, {"rule", said.decision.rule}};
  if (!said.why.empty()) body["why"] = said.why;
  return body;
}

}  // namespace yoke

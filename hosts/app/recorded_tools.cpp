#include "hosts/app/recorded_tools.h"

#include <map>

#include "runtime/base/text.h"
#include "trials/run_facts.h"

namespace yoke {
namespace {

constexpr std::size_t kArgsShownBytes = 200;

// Of one tool, by the text of its arguments.
using Recordings = std::map<std::string, std::vector<RecordedCall>>;

class RecordedTool final : public Tool {
 public:
  RecordedTool(const Tool& real, Recordings recordings)
      : real_(real), spec_(real.spec()), recordings_(std::move(recordings)) {
    spec_.effect = Effect::read;  // nothing is touched
    spec_.has_probe = false;
    spec_.permissions = Json::object();
    spec_.confirmation = Confirmation();
  }

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override { return real_.check(args); }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext&) override {
    co_return outcome_of(request);
  }
  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome(); }

 private:
  ToolOutcome outcome_of(const ToolRequest& request) {
    ToolOutcome out;
    const std::string args = to_text(request.args);
    const auto found = recordings_.find(args);
    if (found == recordings_.end()) {
      out.outcome = Outcome::error;
      out.message = std::string(kNotRecorded) + " no result of " + spec_.name +
                    " is recorded for " + shorten(args, kArgsShownBytes);
      return out;
    }
    std::size_t& given = given_[request.run_id + " " + args];
    const std::vector<RecordedCall>& results = found->second;
    const RecordedCall& result = results[std::min(given, results.size() - 1)];
    ++given;
    out.outcome = result.outcome;
    out.value = result.value;
    out.message = result.message;
    out.label = result.label;
    return out;
  }

  const Tool& real_;  // of the set that is kept beside it
  ToolSpec spec_;
  const Recordings recordings_;
  std::map<std::string, std::size_t> given_;  // by run and arguments
};

class RecordedSet final : public ToolSet {
 public:
  RecordedSet(std::shared_ptr<const ToolSet> real, std::map<std::string, Recordings> recordings)
      : real_(std::move(real)) {
    for (const ToolSpec* spec : real_->list()) {
      if (!spec->agent.empty()) continue;
      const Tool* tool = real_->find(spec->name);
      tools_.emplace(spec->name,
                     std::make_unique<RecordedTool>(*tool, std::move(recordings[spec->name])));
    }
  }

  Tool* find(std::string_view name) const override {
    const auto found = tools_.find(name);
    return found == tools_.end() ? real_->find(name) : found->second.get();
  }
  std::vector<const ToolSpec*> list() const override {
    std::vector<const ToolSpec*> specs;
    for (const ToolSpec* spec : real_->list()) specs.push_back(&find(spec->name)->spec());
    return specs;
  }

 private:
  std::shared_ptr<const ToolSet> real_;  // shared with the program it was taken from
  std::map<std::string, std::unique_ptr<RecordedTool>, std::less<>> tools_;
};

}  // namespace

Result<std::shared_ptr<const ToolSet>> with_recorded(std::shared_ptr<const ToolSet> tools,
                                                     const Json& recorded) {
  if (!recorded.is_array()) return Error{Errc::invalid, "'recorded' is a list of calls"};
  std::map<std::string, Recordings> by_tool;
  for (const Json& each : recorded) {
    Result<RecordedCall> call = recorded_call_from_json(each);
    if (!call) return call.error();
    by_tool[call->tool][to_text(call->args)].push_back(std::move(*call));
  }
  return std::shared_ptr<const ToolSet>(
      std::make_shared<const RecordedSet>(std::move(tools), std::move(by_tool)));
}

Json recorded_source(Json source, const Json& recorded) {
  const auto family = source.find("family");
  if (family != source.end() && family->is_object()) {
    for (auto& [name, member] : family->items()) member[kRecorded] = recorded;
  }
  source[kRecorded] = recorded;
  return source;
}

}  // namespace yoke

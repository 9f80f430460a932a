#include <array>
#include <utility>

#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "runtime/ports/model.h"
#include "runtime/ports/policy.h"
#include "runtime/ports/script_host.h"
#include "runtime/ports/tool.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {
namespace {

// These names are journaled: a name once given keeps its meaning for good.
template <class Enum>
using Name = std::pair<Enum, std::string_view>;

constexpr std::array kEffects{
    Name<Effect>{Effect::read, "read"},
    Name<Effect>{Effect::idempotent, "idempotent"},
    Name<Effect>{Effect::once, "once"},
};

constexpr std::array kOutcomes{
    Name<Outcome>{Outcome::ok, "ok"},
    Name<Outcome>{Outcome::error, "error"},
    Name<Outcome>{Outcome::timeout, "timeout"},
    Name<Outcome>{Outcome::denied, "denied"},
    Name<Outcome>{Outcome::cancelled, "cancelled"},
    Name<Outcome>{Outcome::not_started, "not_started"},
};

constexpr std::array kOrigins{
    Name<ScriptOrigin>{ScriptOrigin::own, "own"},
    Name<ScriptOrigin>{ScriptOrigin::stranger, "stranger"},
    Name<ScriptOrigin>{ScriptOrigin::bundled, "bundled"},
};

constexpr std::array kFinishes{
    Name<Finish>{Finish::stop, "stop"},
    Name<Finish>{Finish::tool_calls, "tool_calls"},
    Name<Finish>{Finish::length, "length"},
    Name<Finish>{Finish::content_filter, "content_filter"},
    Name<Finish>{Finish::refusal, "refusal"},
    Name<Finish>{Finish::other, "other"},
};

constexpr std::array kFailureClasses{
    Name<FailureClass>{FailureClass::key, "key"},
    Name<FailureClass>{FailureClass::quota, "quota"},
    Name<FailureClass>{FailureClass::server, "server"},
    Name<FailureClass>{FailureClass::network, "network"},
    Name<FailureClass>{FailureClass::content, "content"},
    Name<FailureClass>{FailureClass::client, "client"},
    Name<FailureClass>{FailureClass::malformed, "malformed"},
    Name<FailureClass>{FailureClass::interrupted, "interrupted"},
    Name<FailureClass>{FailureClass::cancelled, "cancelled"},
    Name<FailureClass>{FailureClass::timed_out, "timed_out"},
    Name<FailureClass>{FailureClass::budget, "budget"},
};

constexpr std::array kStreamFaults{
    Name<StreamFault>{StreamFault::none, "none"},
    Name<StreamFault>{StreamFault::cut, "cut"},
    Name<StreamFault>{StreamFault::idle, "idle"},
    Name<StreamFault>{StreamFault::malformed, "malformed"},
    Name<StreamFault>{StreamFault::error_in_ok, "error_in_ok"},
    Name<StreamFault>{StreamFault::empty, "empty"},
    Name<StreamFault>{StreamFault::too_large, "too_large"},
};

constexpr std::array kVerdicts{
    Name<Verdict>{Verdict::allow, "allow"},
    Name<Verdict>{Verdict::ask, "ask"},
    Name<Verdict>{Verdict::deny, "deny"},
};

template <class Enum, std::size_t N>
std::string_view find_name(const std::array<Name<Enum>, N>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  ENSURE(!"an enumerator without a name");
  return {};
}

template <class Enum, std::size_t N>
Result<Enum> find_value(const std::array<Name<Enum>, N>& names, std::string_view wanted,
                        std::string_view noun) {
  std::vector<std::string> known_names;
  for (const auto& [value, name] : names) {
    if (name == wanted) return value;
    known_names.emplace_back(name);
  }
  std::string detail = "no ";
  detail.append(noun).append(" is named '").append(shorten(wanted, 40)).append("'; there are ");
  return Error{Errc::invalid, detail + join(known_names, ", ")};
}

}  // namespace

std::string_view name_of(Effect effect) { return find_name(kEffects, effect); }
Result<Effect> effect_from_name(std::string_view name) {
  return find_value(kEffects, name, "effect");
}

std::string_view name_of(Outcome outcome) { return find_name(kOutcomes, outcome); }
Result<Outcome> outcome_from_name(std::string_view name) {
  return find_value(kOutcomes, name, "outcome");
}

std::string_view name_of(ScriptOrigin origin) { return find_name(kOrigins, origin); }
Result<ScriptOrigin> script_origin_from_name(std::string_view name) {
  return find_value(kOrigins, name, "origin of a script");
}

std::string_view name_of(Finish finish) { return find_name(kFinishes, finish); }
Result<Finish> finish_from_name(std::string_view name) {
  return find_value(kFinishes, name, "finish");
}

std::string_view name_of(FailureClass failure_class) {
  return find_name(kFailureClasses, failure_class);
}
Result<FailureClass> failure_class_from_name(std::string_view name) {
  return find_value(kFailureClasses, name, "failure class");
}

std::string_view name_of(StreamFault fault) { return find_name(kStreamFaults, fault); }
Result<StreamFault> stream_fault_from_name(std::string_view name) {
  return find_value(kStreamFaults, name, "stream fault");
}

std::string_view name_of(Verdict verdict) { return find_name(kVerdicts, verdict); }

}  // namespace yoke

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.h"
#include "runtime/ports/policy.h"

// What a policy needs to know, and says, of where the arguments of a call came from.
namespace yoke {

// How far what a tool returns is to be believed.
enum class Trust : std::uint8_t {
  trusted,    // as the user's own words
  local,      // the project's own data: as trusted as the arguments it was asked with
  labelled,   // as the label of each result says
  untrusted,  // anybody may have written it
};

// What an argument decides: whom a call reaches, or what it is done to.
enum class CriticalKind : std::uint8_t { recipient, place, path, account };
std::string_view name_of(CriticalKind kind);

// What policy knows of a tool besides its spec.
struct ToolFlow {
  Trust trust = Trust::untrusted;
  // The arguments that the tool or the operator calls critical, by path ("message.to"); none: they
  // are recognised by name and form.
  std::optional<std::vector<std::string>> critical = {};
  bool sends = false;  // it reaches places that its arguments may name
};

// Where a value stands, word for word, in what a run has been shown.
enum class ValueOrigin : std::uint8_t {
  trusted,    // in the task, a person's answer, a trusted result …
  untrusted,  // nowhere but in what anybody may have written
  nowhere,    // in neither: the model made it up or put it together
};
std::string_view name_of(ValueOrigin origin);

// One value of a critical argument.
struct ArgumentSource {
  std::string argument;  // its path in the arguments: "to", "message.to", "cc[1]"
  std::string value;
  CriticalKind kind = CriticalKind::recipient;
  ValueOrigin origin = ValueOrigin::nowhere;
  std::vector<std::string> found_in = {};  // "the task", "mail.read (c5.0)"
};
Json to_json(const ArgumentSource& source);
ArgumentSource argument_source_from_json(const Json& value);  // what is missing is as by default

// A call, and what is known of the run it is made in.
struct FlowQuery {
  PolicyQuery call;
  // What brought untrusted content into the run: "mail.read (c5.0)". Empty: nothing did, and none
  // of what follows is looked for.
  std::vector<std::string> untrusted = {};
  std::vector<ArgumentSource> critical = {};  // each value of a critical argument
  // Where there is none: each short value, for all of them decide what is done.
  std::vector<ArgumentSource> deciding = {};
  // Addresses inside longer texts that go to a person and stand in untrusted content alone.
  std::vector<ArgumentSource> carried = {};
  ToolFlow tool = {};
};

struct FlowDecision {
  PolicyDecision decision;
  std::string why;                           // for people; empty where the rule says it all
  std::string argument;                      // the argument that decided, if one did
  std::vector<ArgumentSource> sources = {};  // of the arguments it was decided by
};

// A policy that also looks at where arguments came from. Whoever has only a Policy asks for this by
// dynamic_cast. Pure as well.
class FlowPolicy : public Policy {
 public:
  // False: it goes by the call alone, and no sources need be looked for.
  virtual bool traces() const = 0;
  virtual ToolFlow flow_of(const ToolSpec& tool) const = 0;
  virtual FlowDecision decide_flow(const FlowQuery& query) const = 0;
  // How long a person has to answer for this call; 0: for ever.
  virtual Micros question_lifetime(const std::string& call_id) const = 0;
};

}  // namespace yoke

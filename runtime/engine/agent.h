#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/journal/run_state.h"
#include "runtime/loop/asio.h"
#include "runtime/ports/durable_script.h"
#include "runtime/ports/model.h"
#include "runtime/ports/tool.h"

namespace yoke {

// What an agent says of itself. Plain data.
struct AgentSpec {
  std::string name;
  std::string description;
  std::string model;  // a route or "backend/model"
  std::string instructions;
  std::vector<std::string> tools;    // patterns of qualified names
  std::vector<std::string> approve;  // patterns: ask a person each time
  std::string strategy = "loop";
  Json output_schema = nullptr;  // null: free text
  RunLimits limits;
  std::int64_t output_tokens_max = 4096;
  std::optional<double> temperature = {};
  int children_at_once = 8;  // of one run; more wait for their turn
  int depth_max = 5;         // runs above one another; a child that would be deeper is refused
};

// What an agent may want next.
struct CallModel {};  // with the history as it stands
struct CallTool {
  std::string call_id;  // call_id_of(turn, index): the call a reply wanted
};
// A call that no reply wanted, through the same checks, policy and approvals.
struct CallNamed {
  std::string call_id;  // unique in the run; none that call_id_of() or model_call_id() may give
  std::string tool;
  Json args;
  std::string called_by;  // what wanted it: a plan's step
};
// A run of an agent of the program's family. What it comes to is the call's result.
struct StartChild {
  std::string call_id;  // as of CallNamed, or a call that a reply wanted
  std::string agent;
  std::string task;
  Json input = nullptr;
  std::string called_by = {};
};
// A durable script. What it comes to is the call's result.
struct RunScript {
  std::string call_id;  // as of CallNamed, or a call that a reply wanted
  std::string name;     // for people
  Json source;          // as Program::scripts understands it; journaled
  Json input = nullptr;
};
struct ProposePlan {  // a model's
  Json plan;          // an object
};
struct ChangePlan {
  Json plan;
  std::string by;
  std::string why;
};
struct Ask {
  std::string id;  // unique in the run
  std::string title;
  Json body;
  Json choices = Json::array();
};
struct SetTimer {
  std::string id;
  Micros due = 0;
};
struct Complete {
  std::string text;
  Json output = nullptr;
};
struct Fail {
  std::string reason;
  std::string message;
};
using Action = std::variant<CallModel, CallTool, CallNamed, StartChild, RunScript, ProposePlan,
                            ChangePlan, Ask, SetTimer, Complete, Fail>;

// A pure function: the same state always gives the same actions. What is already under way (an open
// call, an asked question, a set timer, the newest plan) may be wanted again, in one list too; it
// is not started twice. A Complete beside calls in flight waits for them: the agent is asked again.
class Agent {
 public:
  virtual ~Agent() = default;
  virtual const AgentSpec& spec() const = 0;
  virtual std::vector<Action> next(const RunState& state) const = 0;
  // What to tell the model after this reply besides its calls' results; empty: nothing.
  virtual std::string note_after(const Turn& turn) const = 0;
  // The request of the next model call as the history makes it; an agent that asks something else
  // changes what is asked here, not whom. Pure as well.
  virtual void shape(ModelRequest& request) const { static_cast<void>(request); }
};

struct Program;

// The agents that a run may start as children. Fixed with its program, which holds their code.
class Family {
 public:
  virtual ~Family() = default;
  virtual std::vector<std::string> names() const = 0;  // sorted
  // Errors: not_found; what else keeps its program from being made.
  virtual Result<Program> program(std::string_view agent) const = 0;
};

// All the code of a run: it keeps this until it ends, whatever becomes of the files.
struct Program {
  std::shared_ptr<const Agent> agent;  // shared with the host's catalogue
  std::shared_ptr<const ToolSet> tools;
  Json source;                                   // restores the same program: kept by its hash
  std::shared_ptr<DurableScripts> scripts = {};  // null: it has none
  std::shared_ptr<const Family> family = {};     // null: it has no children
};

// Rebuilds a program from its source.
class Programs {
 public:
  virtual ~Programs() = default;
  virtual awaitable<Result<Program>> restore(Json source) = 0;
};

}  // namespace yoke

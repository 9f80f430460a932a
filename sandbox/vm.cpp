#include "sandbox/vm.h"

#include <algorithm>
#include <lua.hpp>

#include "runtime/base/ensure.h"
#include "sandbox/context.h"
#include "sandbox/definitions.h"
#include "sandbox/environment.h"
#include "sandbox/failure.h"
#include "sandbox/lua_entry.h"
#include "sandbox/program.h"
#include "sandbox/value.h"
#include "sandbox/vm_define.h"

namespace yoke::sandbox {

namespace {

int last_resort(lua_State*) {  // unreachable: everything runs inside a protected call
  ENSURE(false);
  return 0;
}

}  // namespace

struct Vm::State {
  enum class Phase : std::uint8_t { fresh, defined, waiting, paused, over };

  State(std::shared_ptr<const Program> program, const Quota& quota, Inputs inputs)
      : context(std::move(program), quota, std::move(inputs)) {}
  ~State() {
    if (L != nullptr) lua_close(L);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Runs `job(L)` as a call that Lua protects, with the clock running. Where Lua raised past it,
  // the answer is the failure; a job reports its own failures itself.
  template <class Job>
  std::optional<Failed> run(Job job);
  template <class Job>
  static int run_entry(lua_State* L) {
    Job& job = *static_cast<Job*>(lua_touserdata(L, 1));
    lua_settop(L, 0);
    job(L);
    return 0;
  }

  bool open();
  std::optional<Failed> define();
  Step call(int definition, const std::string& function, const Json& args);
  Step go_on(lua_State* thread, int arguments);
  Failed out_of_memory() { return describe_quota(context, Bound::memory); }
  Step end(Failed failure) {
    phase = Phase::over;
    return failure;
  }

  Context context;
  lua_State* L = nullptr;
  Phase phase = Phase::fresh;
  std::optional<Failed> broken;  // why the state is of no use
  std::vector<Definition> definitions;
};

template <class Job>
std::optional<Failed> Vm::State::run(Job job) {
  StackGuard guard(L);
  lua_pushcfunction(L, lua_entry<run_entry<Job>>);
  lua_pushlightuserdata(L, &job);
  context.begin_slice();
  const int status = lua_pcall(L, 1, 0, 0);
  context.end_slice();
  if (status == LUA_OK) return std::nullopt;
  if (context.dead()) return describe_quota(context, context.cause());
  if (status == LUA_ERRMEM) return out_of_memory();
  Failed failure;
  failure.message = to_message(text_at(L, -1));
  return failure;
}

// False when even the bare state has no room.
bool Vm::State::open() {
  L = lua_newstate(&Governor::allocate, static_cast<Governor*>(&context));
  if (L == nullptr) return false;
  *static_cast<Governor**>(lua_getextraspace(L)) = &context;
  lua_atpanic(L, last_resort);
  return true;
}

std::optional<Failed> Vm::State::define() {
  if (!open()) return out_of_memory();
  std::optional<Failed> failure;
  auto job = [&](lua_State* main) {
    open_environment(main, context);
    lua_sethook(main, &Governor::hook, LUA_MASKCOUNT, Governor::kInterval);
    context.enter(main);
    failure = run_body(main, definitions);
  };
  if (auto raised = run(job)) return raised;
  return failure;
}

// Pushes one argument; ctx gets its functions, and a test its kit.
void push_argument(lua_State* L, const Json& value) {
  if (value.is_object() && bool_at(value, "$test")) return push_kit(L, kTestKit);
  if (value.is_object() && bool_at(value, "$code")) return push_library(L, kCodeBody);
  const bool is_context = value.is_object() && bool_at(value, "$ctx");
  push_json(L, value);
  if (!is_context) return;
  lua_pushnil(L);
  lua_setfield(L, -2, "$ctx");
  add_context_functions(L);
}

Step Vm::State::call(int definition, const std::string& function, const Json& args) {
  std::optional<Step> step;
  auto job = [&](lua_State* main) {
    lua_State* const thread = lua_newthread(main);
    set_slot(main, Slot::script_thread);
    context.script = thread;
    get_slot(main, Slot::definitions);
    lua_rawgeti(main, -1, definition + 1);
    push(main, function);
    lua_rawget(main, -2);
    luaL_checkstack(main, static_cast<int>(args.size()) + 4, "too many arguments");
    const bool is_durable = !args.empty() && bool_at(args[0], "$flow");
    if (is_durable) {  // the kit takes the function as its first argument
      push_kit(main, kFlowKit);
      lua_insert(main, -2);
    }
    for (std::size_t i = is_durable ? 1 : 0; i < args.size(); ++i) push_argument(main, args[i]);
    const int count = static_cast<int>(args.size());
    if (lua_checkstack(thread, count + 1) == 0) luaL_error(main, "too many arguments");
    lua_xmove(main, thread, count + 1);
    step = go_on(thread, count);
  };
  if (auto raised = run(job)) return end(std::move(*raised));
  return std::move(*step);
}

// Inside a protected call: runs the script's thread to its next stop.
Step Vm::State::go_on(lua_State* thread, int arguments) {
  int results = 0;
  context.enter(thread);
  const int status = lua_resume(thread, L, arguments, &results);
  context.enter(L);
  context.reply = nullptr;
  if (status == LUA_YIELD && context.waiting) {
    phase = Phase::waiting;
    const HostCall& call = *context.waiting;
    return HostCall{call.module, call.function, std::move(context.waiting->args)};
  }
  if (status == LUA_YIELD && context.take_pause()) {
    phase = Phase::paused;
    return Paused{};
  }
  if (status != LUA_OK || context.dead()) return end(describe_failure(L, thread, status));
  ReadOptions options;
  options.bytes_max = static_cast<std::size_t>(context.quota().output_bytes_max);
  if (results == 0) lua_pushnil(thread);
  Reading reading = read_json(thread, results == 0 ? -1 : -results, options);
  if (reading.too_large) return end(describe_quota(context, Bound::output_bytes));
  if (!reading.problem.empty()) {
    Failed failure;
    failure.kind = Failed::Kind::conversion;
    failure.message = to_message(reading.problem);
    return end(std::move(failure));
  }
  context.charge_output(thread, reading.bytes);
  phase = Phase::over;
  return Done{std::move(reading.value)};
}

Vm::Vm(std::shared_ptr<const Program> program, const Quota& quota, Inputs inputs)
    : state_(std::make_unique<State>(std::move(program), quota, std::move(inputs))) {}

Vm::~Vm() = default;

namespace {

Error to_error(const Failed& failure) {
  const bool quota = failure.kind == Failed::Kind::quota;
  return Error{quota ? Errc::exhausted : Errc::invalid, failure.message, failure.place};
}

Failed refusal(std::string message) {
  Failed failure;
  failure.message = std::move(message);
  return failure;
}

}  // namespace

Result<std::vector<Definition>> Vm::define() {
  if (state_->phase == State::Phase::fresh) {
    state_->phase = State::Phase::defined;
    state_->broken = state_->define();
  }
  if (state_->broken) return to_error(*state_->broken);
  return state_->definitions;
}

Step Vm::start(int definition, const std::string& function, const Json& args) {
  if (state_->phase == State::Phase::fresh) static_cast<void>(define());
  if (state_->broken) return *state_->broken;
  if (state_->phase != State::Phase::defined) return refusal("this state has already run a call");
  const auto& definitions = state_->definitions;
  if (definition < 0 || static_cast<std::size_t>(definition) >= definitions.size()) {
    return refusal("the file has no definition number " + std::to_string(definition));
  }
  const auto& names = definitions[static_cast<std::size_t>(definition)].functions;
  if (std::find(names.begin(), names.end(), function) == names.end()) {
    return refusal("the definition has no function '" + to_message(function) + "'");
  }
  if (!args.is_array()) return refusal("the arguments of a call are a list");
  return state_->call(definition, function, args);
}

Step Vm::resume(const HostReply& reply) {
  if (state_->phase != State::Phase::waiting) return refusal("no host call waits for an answer");
  Context& context = state_->context;
  context.begin_stretch();
  context.waiting.reset();
  context.reply = &reply;
  std::optional<Step> step;
  auto job = [&](lua_State*) { step = state_->go_on(context.script, 0); };
  if (auto raised = state_->run(job)) return state_->end(std::move(*raised));
  return std::move(*step);
}

Step Vm::go_on() {
  if (state_->phase != State::Phase::paused) return refusal("this state is not paused");
  std::optional<Step> step;
  auto job = [&](lua_State*) { step = state_->go_on(state_->context.script, 0); };
  if (auto raised = state_->run(job)) return state_->end(std::move(*raised));
  return std::move(*step);
}

void Vm::pause_after(std::chrono::microseconds slice) { state_->context.pause_after(slice); }

Meter Vm::meter() const { return state_->context.meter(); }

}  // namespace yoke::sandbox

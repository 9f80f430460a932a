#include "tools/lua_tools.h"

#include <algorithm>
#include <utility>

#include "runtime/base/text.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

Json context_of(const ToolRequest& request) {
  Json ctx = Json::object();
  ctx["$ctx"] = true;
  ctx["run_id"] = request.run_id;
  ctx["call_id"] = request.call_id;
  ctx["idempotency_key"] = request.idempotency_key;
  ctx["agent"] = request.agent;
  ctx["session"] = request.session;
  ctx["attempt"] = request.attempt;
  return ctx;
}

Error misfit(const std::string& what, const std::vector<SchemaError>& errors) {
  return Error{Errc::invalid, what + ": " + describe(errors)};
}

ProbeOutcome unknown(std::string message) {
  ProbeOutcome out;
  out.message = std::move(message);
  return out;
}

void move_into(LoadedTools& all, LoadedTools more) {
  std::move(more.tools.begin(), more.tools.end(), std::back_inserter(all.tools));
  std::move(more.errors.begin(), more.errors.end(), std::back_inserter(all.errors));
}

}  // namespace

Result<Json> LuaTool::check(const Json& args) const {
  Json given = args.is_null() ? Json::object() : args;
  // Lua and some models write an empty list where an empty object is meant.
  if (given.is_array() && given.empty()) given = Json::object();
  Json filled = definition_.input->with_defaults(std::move(given));
  const std::vector<SchemaError> errors = definition_.input->check(filled);
  if (!errors.empty()) return misfit("the arguments do not fit " + spec().name, errors);
  return filled;
}

ScriptCall LuaTool::script_call(const char* function, ToolRequest request) const {
  ScriptCall call;
  call.definition = definition_.index;
  call.function = function;
  call.args = Json::array();
  call.args.push_back(request.args);
  call.args.push_back(context_of(request));
  Narrowed left = narrowed();
  call.permissions = std::move(left.permissions);
  call.withheld = std::move(left.withheld);
  call.identity = std::move(request);
  const Deadline own = LoopClock::now() + spec().timeout;
  call.identity.deadline = std::min(call.identity.deadline, own);
  // What a stranger wrote may say anything, even where it saw only trusted values.
  if (origin() == ScriptOrigin::stranger) {
    call.identity.label.integrity = Label::Integrity::untrusted;
  }
  return call;
}

Result<void> LuaTool::check_result(const Json& value) const {
  if (definition_.output == nullptr) return {};
  const std::vector<SchemaError> errors = definition_.output->check(value);
  if (errors.empty()) return {};
  return misfit("the tool " + spec().name + " returned what its own output schema forbids", errors);
}

awaitable<ToolOutcome> LuaTool::call(ToolRequest request, CallContext& context) {
  ToolOutcome out;
  out.label = request.label;
  const GrantDecision decision = grant();
  if (!decision.granted) {
    out.outcome = Outcome::denied;
    out.label = kTrustedPrivate;
    out.message = decision.why;
    co_return out;
  }
  ScriptCall call = script_call("run", std::move(request));
  out = co_await services_.scripts.call(source_, std::move(call), context);
  if (out.outcome == Outcome::timeout) {
    out.message += " (the tool's timeout is " + to_short_text(spec().timeout) + ")";
  }
  if (out.outcome != Outcome::ok) co_return out;
  if (const Result<void> checked = check_result(out.value); !checked) {
    out.outcome = Outcome::error;
    out.message = checked.error().message();
    out.value = nullptr;
  }
  co_return out;
}

awaitable<ProbeOutcome> LuaTool::probe(ToolRequest request, CallContext& context) {
  const GrantDecision decision = grant();
  if (!decision.granted) co_return unknown(decision.why);
  ScriptCall call = script_call("probe", std::move(request));
  ToolOutcome answer = co_await services_.scripts.call(source_, std::move(call), context);
  if (answer.outcome != Outcome::ok) co_return unknown("the probe failed: " + answer.message);
  if (answer.value.is_null()) co_return unknown("the probe cannot tell");
  const Json& happened = member_at(answer.value, "happened");
  if (!happened.is_boolean()) {
    co_return unknown("the probe answered neither { happened = true or false } nor nil");
  }
  ProbeOutcome out;
  out.answer = ProbeOutcome::Answer::did_not_happen;
  if (!happened.get<bool>()) co_return out;
  out.value = member_at(answer.value, "result");
  if (const Result<void> checked = check_result(out.value); !checked) {
    co_return unknown("the probe says it took place, but " + checked.error().message());
  }
  out.answer = ProbeOutcome::Answer::happened;
  co_return out;
}

LoadedTools load_lua_source(const LuaToolServices& services,
                            std::shared_ptr<const ScriptSource> source) {
  LoadedTools loaded;
  const Result<std::vector<ScriptDefinition>> definitions = services.scripts.define(*source);
  if (!definitions) {
    loaded.errors.push_back(definitions.error());
    if (loaded.errors.back().place.empty()) loaded.errors.back().place = source->name;
    return loaded;
  }
  for (std::size_t i = 0; i < definitions->size(); ++i) {
    const ScriptDefinition& definition = (*definitions)[i];
    if (definition.kind != "tool") continue;
    Result<LuaDefinition> read =
        read_definition(*source, definition, static_cast<int>(i), services.modules);
    if (!read) {
      loaded.errors.push_back(read.error());
      continue;
    }
    loaded.tools.push_back(std::make_unique<LuaTool>(services, source, std::move(*read)));
  }
  return loaded;
}

LoadedTools load_lua_file(const LuaToolServices& services, const std::string& project,
                          const std::string& path, ScriptOrigin origin) {
  const bool theirs = origin == ScriptOrigin::stranger;
  const std::string folder = theirs ? library_folder_of(project, path) : std::string();
  Result<ScriptSource> source = read_script(project, path, {}, folder);
  if (source) {
    source->origin = origin;
    auto shared = std::make_shared<const ScriptSource>(std::move(*source));
    return load_lua_source(services, std::move(shared));
  }
  LoadedTools loaded;
  loaded.errors.push_back(source.error());
  return loaded;
}

LoadedTools load_lua_tools(const LuaToolServices& services, const std::string& project,
                           const std::vector<std::string>& paths, ScriptOrigin origin) {
  LoadedTools all;
  for (const std::string& path : paths) {
    const Result<std::vector<std::string>> files = list_scripts(project, path);
    if (!files) {
      all.errors.push_back(files.error());
      continue;
    }
    for (const std::string& file : *files) {
      move_into(all, load_lua_file(services, project, file, origin));
    }
  }
  return all;
}

}  // namespace yoke

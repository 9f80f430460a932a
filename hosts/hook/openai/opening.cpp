#include "hosts/hook/openai/opening.h"

#include <algorithm>

#include "hosts/app/project.h"
#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/openai/restore.h"
#include "models/catalogue.h"
#include "models/router.h"
#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

constexpr std::int64_t kOutputTokensUnknown = 4096;  // of a model of which nothing is known
constexpr std::int64_t kOutputTokensKnown = 32'768;  // at most, of one whose bound is known

Refusal hidden(const std::string& model) {
  return no_such_model("the model '" + shorten(printable(model), 120) +
                       "' does not exist, or this key may not use it");
}

std::optional<Refusal> check_right(const Principal& who, const ModelName& name,
                                   const std::string& asked) {
  const bool agent = name.kind == ModelName::Kind::agent;
  const Scope scope = agent ? Scope::run : Scope::models;
  if (!who.scopes.has(scope)) {
    return Refusal{403, "denied",
                   who.name + " may not ask '" + shorten(printable(asked), 120) +
                       "': it takes the scope '" + std::string(name_of(scope)) + "'",
                   "insufficient_scope", "model"};
  }
  const bool may = agent ? may_use_agent(who, name.name) : may_use_model(who, full_name(name));
  if (!may) return hidden(asked);
  return std::nullopt;
}

// What an agent decides by itself cannot be asked of it.
std::optional<Refusal> check_for_agent(HookServices services, const ModelName& name,
                                       const Ask& ask) {
  for (const std::string& param : ask.odd) {
    const bool format = param == "response_format" || param == "text.format";
    if (!format) {
      return unsupported(param, "an agent decides this by itself; ask a route or a model");
    }
    ProgramChoice choice;
    choice.agent = name.name;
    const Result<Program> program = services.app.choose(choice);
    if (program && !program->agent->spec().output_schema.is_null()) continue;
    return unsupported(
        param, "the agent '" + name.name + "' answers in free text: give it an output of its own");
  }
  if (ask.request.options.parallel_tools == false) {
    return unsupported("parallel_tool_calls", "an agent decides this by itself");
  }
  return std::nullopt;
}

std::int64_t bound_of(const Config& config, const std::string& target) {
  const std::size_t slash = target.find('/');
  const std::string backend = target.substr(0, slash);
  const auto found = config.backends.find(backend);
  FactsMap own;
  std::string preset = backend;
  if (found != config.backends.end()) {
    preset = found->second.preset;
    for (const auto& [glob, facts] : found->second.models) {
      const Result<ModelFacts> read = facts_from_json(facts.facts, glob);
      if (read) own.emplace(glob, *read);
    }
  }
  const ModelFacts facts = facts_of(preset, target.substr(slash + 1), own);
  return std::min(facts.output_tokens_max.value_or(kOutputTokensUnknown), kOutputTokensKnown);
}

// A client that names no bound wants all there is; what is reserved for it has to have one.
std::int64_t output_tokens_of(App& app, const ModelName& name) {
  const Result<std::vector<std::string>> targets = app.models().targets_of(name.name);
  std::int64_t least = kOutputTokensKnown;
  if (!targets) return kOutputTokensUnknown;
  for (const std::string& target : *targets) {
    least = std::min(least, bound_of(app.config(), target));
  }
  return least;
}

// The results that the last messages are, of calls that one run of an agent waits for. Their ids
// become those that the run knows.
struct Going {
  std::string run_id;
  std::vector<ToolResultPart> results;
};
std::optional<Going> going_on(const std::vector<Message>& messages) {
  Going going;
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if (message->role != Role::tool) break;
    for (const Part& part : message->parts) {
      const auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr) continue;
      const std::optional<CallRef> ref = parse_call_id(result->id);
      if (!ref || (!going.run_id.empty() && going.run_id != ref->run_id)) return std::nullopt;
      going.run_id = ref->run_id;
      going.results.push_back(*result);
      going.results.back().id = ref->call;
    }
  }
  if (going.results.empty()) return std::nullopt;
  std::reverse(going.results.begin(), going.results.end());
  return going;
}

Refusal nothing_to_do(const std::string& agent) {
  return bad_param("messages", "the last message to agent '" + agent +
                                   "' is the user's, or the results of calls that a run of it "
                                   "waits for");
}

std::optional<Refusal> aim(TalkRequest& talk, const Ask& ask) {
  talk.request = ask.request;
  if (talk.target.kind != ModelName::Kind::agent) return std::nullopt;
  const std::vector<Message>& messages = ask.request.messages;
  if (messages.back().role == Role::user) return std::nullopt;
  std::optional<Going> going = going_on(messages);
  if (!going) return nothing_to_do(talk.target.name);
  talk.run_id = std::move(going->run_id);
  talk.results = std::move(going->results);
  return std::nullopt;
}

}  // namespace

std::string session_of(const HookCall& call, const Ask& ask) {
  const std::string header(call.request.headers.get("X-Yoke-Session"));
  return header.empty() ? string_at(ask.metadata, "session") : header;
}

awaitable<Opening> open_talk(HookServices services, Principal who, Ask ask, TalkTerms terms) {
  const Result<ModelName> name = find_model_name(services.app, ask.model);
  if (!name && name.error().code == Errc::not_found) co_return no_such_model(name.error().detail);
  if (!name) co_return bad_param("model", name.error().detail);
  std::optional<Refusal> refused = check_right(who, *name, ask.model);
  if (refused) co_return std::move(*refused);
  const bool agent = name->kind == ModelName::Kind::agent;
  if (agent) refused = check_for_agent(services, *name, ask);
  if (refused) co_return std::move(*refused);
  if (!agent) {
    auto restoring = restore_from_runs(services.app.store(), who.tenant, ask.request.messages);
    co_await std::move(restoring);
    if (ask.request.output_tokens_max == 0) {
      ask.request.output_tokens_max = output_tokens_of(services.app, *name);
    }
  }
  TalkRequest talk;
  talk.target = *name;
  refused = aim(talk, ask);
  if (refused) co_return std::move(*refused);
  talk.who = std::move(who);
  talk.wire = std::move(terms.wire);
  if (agent) talk.session = std::move(terms.session);
  talk.idem_key = std::move(terms.idem_key);
  talk.note = std::move(terms.note);
  talk.outlives_client = terms.outlives_client;
  auto beginning = begin_talk(services, std::move(talk));
  TalkBegun begun = co_await std::move(beginning);
  if (auto* refusal = std::get_if<Refusal>(&begun)) co_return openai_status(std::move(*refusal));
  OpenedTalk opened;
  opened.target = *name;
  opened.talk = std::get<std::unique_ptr<Talk>>(std::move(begun));
  co_return std::move(opened);
}

}  // namespace yoke::openai

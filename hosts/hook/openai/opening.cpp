#include "hosts/hook/openai/opening.h"

#include <algorithm>

#include "hosts/app/project.h"
#include "hosts/hook/caller_words.h"
#include "hosts/hook/model_access.h"
#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/openai/restore.h"

namespace yoke::openai {
namespace {

constexpr std::int64_t kOutputTokensUnknown = 4096;  // of a model of which nothing is known
constexpr std::int64_t kOutputTokensKnown = 32'768;  // at most, of one whose bound is known

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

// A client that names no bound wants all there is; what is reserved for it has to have one.
std::int64_t output_tokens_of(App& app, const ModelName& name) {
  const std::vector<std::string> targets = answering(app, name);
  if (targets.empty()) return kOutputTokensUnknown;
  std::int64_t least = kOutputTokensKnown;
  for (const std::string& target : targets) {
    const ModelFacts facts = facts_of_target(app.config(), target).facts;
    least = std::min(least, facts.output_tokens_max.value_or(kOutputTokensUnknown));
  }
  return least;
}

// The results that the last messages are, of calls that one run of an agent waits for. Their ids
// become those that the run knows. What the user says behind them goes with the last.
struct Going {
  std::string run_id;
  std::vector<ToolResultPart> results;
  std::string said;
  bool image = false;
};
std::optional<Going> going_on(const std::vector<Message>& messages) {
  Going going;
  auto message = messages.rbegin();
  for (; message != messages.rend() && message->role == Role::user; ++message) {
    const std::string text = text_of(*message);
    if (!text.empty()) going.said = "\n\n" + text + going.said;
    going.image = going.image || has_image(*message);
  }
  for (; message != messages.rend() && message->role == Role::tool; ++message) {
    for (const Part& part : message->parts) {
      const auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr) continue;
      const std::optional<CallRef> ref = parse_call_id(result->id);
      if (!ref || !is_of_agent(*ref)) return std::nullopt;
      if (!going.run_id.empty() && going.run_id != ref->run_id) return std::nullopt;
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

Refusal no_image(const std::string& wire) {
  return unsupported(wire == kResponsesWire ? "input" : "messages",
                     "an agent's run takes what its caller's tools came to as texts, and no image; "
                     "say in words what it shows, or ask a route or a model");
}

std::optional<Refusal> aim(TalkRequest& talk, const Ask& ask) {
  talk.request = ask.request;
  if (talk.target.kind != ModelName::Kind::agent) return std::nullopt;
  const std::vector<Message>& messages = ask.request.messages;
  std::optional<Going> going = going_on(messages);
  if (!going && messages.back().role == Role::user) return std::nullopt;
  if (!going) return nothing_to_do(talk.target.name);
  if (going->image) return no_image(talk.wire);
  going->results.back().content += going->said;
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
  const std::variant<Refusal, ModelName> found = model_for(services.app, who, ask.model);
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return *refusal;
  const ModelName& name = std::get<ModelName>(found);
  std::optional<Refusal> refused;
  const bool agent = name.kind == ModelName::Kind::agent;
  if (agent) refused = check_for_agent(services, name, ask);
  if (refused) co_return std::move(*refused);
  if (!agent) {
    const std::vector<std::string> handed_out = call_ids_in(ask.request.messages);
    auto restoring = restore_from_runs(services.app.store(), who, ask.request.messages);
    co_await std::move(restoring);
    if (terms.notes_call_ids && !handed_out.empty()) terms.note[kCallIdsNote] = handed_out;
    if (ask.request.output_tokens_max == 0) {
      ask.request.output_tokens_max = output_tokens_of(services.app, name);
    }
  }
  TalkRequest talk;
  talk.target = name;
  talk.wire = std::move(terms.wire);
  refused = aim(talk, ask);
  if (refused) co_return std::move(*refused);
  talk.who = std::move(who);
  if (agent) talk.session = std::move(terms.session);
  talk.idem_key = std::move(terms.idem_key);
  talk.note = std::move(terms.note);
  talk.outlives_client = terms.outlives_client;
  OpenedTalk opened;
  if (!talk.run_id.empty()) {
    auto finding = services.app.store().get(talk.run_id);
    const Result<RunRow> row = co_await std::move(finding);
    if (row) opened.after_seq = row->head_seq;
  }
  auto beginning = begin_talk(services, std::move(talk));
  TalkBegun begun = co_await std::move(beginning);
  if (auto* refusal = std::get_if<Refusal>(&begun)) co_return openai_status(std::move(*refusal));
  opened.target = name;
  opened.talk = std::get<std::unique_ptr<Talk>>(std::move(begun));
  co_return std::move(opened);
}

}  // namespace yoke::openai

#include "hosts/hook/openai/kept.h"

#include <algorithm>

#include "hosts/app/response_turns.h"
#include "hosts/hook/caller_words.h"
#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/signals.h"

namespace yoke::openai {
namespace {

constexpr const char* kNote = "response";
constexpr const char* kBefore = "before";
constexpr std::int64_t kKeptMicrosPerSecond = 1'000'000;

bool is_one_call(const KeptResponse& kept) { return kept.state.agent == kResponsesWire; }

// Whether nothing is under way but scripts: what those wait for is all that the run waits for.
bool only_scripts_are_open(const RunState& state) {
  return std::all_of(state.calls.begin(), state.calls.end(), [](const auto& each) {
    return !each.second.open || each.second.kind == CallKind::script;
  });
}

// The caller's tools, the person and the signals that a run waits for.
void add_waits(const RunState& state, TalkReply& reply) {
  for (const auto& [id, question] : state.questions) {
    if (question.answer || question.expired) continue;
    if (question.purpose == "tool") {
      ToolCallPart call;
      call.id = id;
      call.name = string_at(question.body, "tool");
      call.args = member_at(question.body, "args");
      reply.message.parts.emplace_back(std::move(call));
      reply.finish = "tool_calls";
    } else {
      reply.questions.push_back(
          {state.run_id, id, question.title, question.body, question.choices});
    }
  }
  if (!only_scripts_are_open(state)) return;
  for (std::string& name : awaited_signals(state)) {
    reply.signals.push_back({state.run_id, std::move(name)});
  }
}

bool is_refusal(const KeptResponse& kept) {
  return kept.state.status == RunStatus::failed && kept.state.reason == "refused";
}

// What follows the instructions of the request itself.
std::string lifted_part(const std::string& all, const std::string& own) {
  if (own.empty() || !all.starts_with(own)) return all;
  std::string_view rest = std::string_view(all).substr(own.size());
  while (rest.starts_with('\n')) rest.remove_prefix(1);
  return std::string(rest);
}

Message system_message(std::string text) {
  Message message;
  message.role = Role::system;
  message.parts.emplace_back(TextPart{std::move(text)});
  return message;
}

// The reply with its calls as the client knows them, and a mark in the place of its thoughts.
Message as_handed_out(const KeptResponse& kept, const TalkReply& reply) {
  Message message = reply.message;
  std::size_t index = 0;
  for (Part& part : message.parts) {
    auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    call->id = handed_out_id(reply, index, kept.head.of_agent);
    call->opaque.reset();
    ++index;
  }
  return message;
}

void add_asked(const RunState& state, std::vector<Message>& messages) {
  Message task = user_message(state.task);
  for (const ImagePart& image : state.images) task.parts.emplace_back(image);
  messages.insert(messages.end(), state.messages.begin(), state.messages.end());
  messages.push_back(std::move(task));
}

// Without the instructions of that request, which were its own.
void drop_instructions(const std::string& own, std::vector<Message>& messages) {
  if (messages.empty()) return;
  const std::optional<std::string> said = caller_instructions_in(messages.front());
  if (!said) return;
  const std::string rest = lifted_part(*said, own);
  messages.erase(messages.begin());
  if (!rest.empty()) messages.insert(messages.begin(), system_message(rest));
}

bool may_use(const Principal& who, const RunState& state, ResponseUse use) {
  const bool acts = who.scopes.has(Scope::run);
  if (use == ResponseUse::act ? acts : who.scopes.has(Scope::read)) return true;
  const bool of_agent = state.agent != kResponsesWire;
  return of_agent ? acts : who.scopes.has(Scope::models) && state.caller == who.name;
}

}  // namespace

Refusal no_such_response(const std::string& id) {
  return {404, "not found", "there is no response '" + shorten(printable(id), 80) + "'",
          "response_not_found"};
}

Json note_of(const ResponseHead& head, const std::string& before) {
  Json note{{kNote, to_json(head)}};
  if (!before.empty()) note[kBefore] = before;
  return note;
}

std::string before_of(const RunState& state) { return string_at(state.note, kBefore); }

// The responses of a run after its first, oldest first.
awaitable<Json> turns_after_first(Store& store, std::string run_id) {
  auto reading = store.kv_get(kResponseTurns, std::move(run_id));
  const Result<Json> kept = co_await std::move(reading);
  Json turns = Json::array();
  if (kept && kept->is_array()) turns = *kept;
  co_return turns;
}

awaitable<std::string> newest_response(Store& store, std::string run_id) {
  auto reading = turns_after_first(store, run_id);
  const Json turns = co_await std::move(reading);
  co_return response_id(run_id, turns.size() + 1);
}

awaitable<std::size_t> keep_turn(Store& store, ResponseHead head, std::int64_t begin) {
  auto reading = turns_after_first(store, head.run_id);
  Json turns = co_await std::move(reading);
  turns.push_back({{kNote, to_json(head)}, {"created", head.created_s}, {"begin", begin}});
  const std::size_t turn = turns.size() + 1;
  auto writing = store.kv_set(kResponseTurns, head.run_id, std::move(turns));
  const Result<void> kept = co_await std::move(writing);
  if (!kept) throw Fault("the response cannot be kept: " + kept.error().message());
  co_return turn;
}

awaitable<Checked<KeptResponse>> find_response(Store& store, Principal who, std::string id,
                                               ResponseUse use) {
  const std::optional<ResponseRef> ref = parse_response_id(id);
  if (!ref) co_return no_such_response(id);
  auto reading = read_state_at(store, ref->run_id, 0);
  Result<RunState> state = co_await std::move(reading);
  if (!state || !may_see(who, owner_of(*state))) co_return no_such_response(id);
  if (!may_use(who, *state, use)) co_return no_such_response(id);
  auto looking = turns_after_first(store, ref->run_id);
  const Json turns = co_await std::move(looking);
  if (ref->turn > turns.size() + 1) co_return no_such_response(id);
  const Json first{{kNote, member_at(state->note, kNote)},
                   {"created", state->started_at / kKeptMicrosPerSecond}};
  const Json& turn = ref->turn < 2 ? first : turns[ref->turn - 2];
  const Json& note = member_at(turn, kNote);
  if (!note.is_object() || !bool_at(note, "store")) co_return no_such_response(id);
  KeptResponse kept;
  kept.begin = integer_at(turn, "begin");
  if (ref->turn <= turns.size()) {
    kept.end = integer_at(turns[ref->turn - 1], "begin");
    auto then = read_state_at(store, ref->run_id, kept.end);
    state = co_await std::move(then);
    if (!state) co_return no_such_response(id);
  }
  kept.head = response_head_from_json(note);
  kept.head.id = id;
  kept.head.run_id = ref->run_id;
  kept.head.of_agent = state->agent != kResponsesWire;
  kept.head.created_s = integer_at(turn, "created");
  kept.state = std::move(*state);
  co_return std::move(kept);
}

std::optional<TalkReply> reply_of(const KeptResponse& kept) {
  const RunState& state = kept.state;
  TalkReply reply;
  reply.run_id = state.run_id;
  reply.usage = state.usage;
  reply.usage += state.children_usage;
  reply.cost = state.cost + state.children_cost;
  reply.finish = "stop";
  reply.message.role = Role::assistant;
  if (state.status == RunStatus::completed || is_refusal(kept)) {
    if (is_one_call(kept)) {
      if (state.turns.empty()) return std::nullopt;
      reply.message = state.turns.back().reply;
      reply.finish = state.turns.back().finish;
    } else if (is_refusal(kept)) {
      const bool said = !state.turns.empty();
      reply.message = declined(said ? state.turns.back().reply : Message(), state.text);
      reply.finish = said ? state.turns.back().finish : std::string(name_of(Finish::refusal));
    } else {
      reply.message.parts.emplace_back(TextPart{state.text});
    }
    return reply;
  }
  // The journal says what is waited for, and nothing of who drives the run.
  if (is_final(state.status)) return std::nullopt;
  if (!state.turns.empty()) {
    const std::string text = text_of(state.turns.back().reply);
    if (!text.empty()) reply.message.parts.emplace_back(TextPart{text});
  }
  add_waits(state, reply);
  const bool waits =
      !reply.questions.empty() || !reply.signals.empty() || reply.finish == "tool_calls";
  if (!waits) return std::nullopt;
  return reply;
}

Json response_json(const KeptResponse& kept) {
  const std::optional<TalkReply> reply = reply_of(kept);
  if (reply) return response_json(kept.head, *reply);
  switch (kept.state.status) {
    case RunStatus::cancelled:
      return response_json(kept.head, std::string("cancelled"));
    case RunStatus::failed:
    case RunStatus::quarantined: {
      const std::string& failure = kept.state.last_failure;
      return response_json(
          kept.head,
          refusal_of_failure(kept.state.reason, failure.empty() ? kept.state.reason : failure));
    }
    case RunStatus::ready:
      return response_json(kept.head, std::string("queued"));
    default:
      return response_json(kept.head, std::string("in_progress"));
  }
}

awaitable<Checked<std::vector<Message>>> asked_of(HookServices services, KeptResponse kept) {
  std::vector<Message> messages;
  const std::string own = string_at(kept.head.echo, "instructions");
  if (is_one_call(kept)) {
    auto restoring = services.app.engine().program_of(kept.state.program);
    const Result<Program> program = co_await std::move(restoring);
    if (!program) co_return no_such_response(kept.head.id);
    ModelRequest asked;
    program->agent->shape(asked);
    const std::string lifted = lifted_part(program->agent->spec().instructions, own);
    if (!lifted.empty()) messages.push_back(system_message(lifted));
    messages.insert(messages.end(), asked.messages.begin(), asked.messages.end());
  } else {
    add_asked(kept.state, messages);
    drop_instructions(own, messages);
  }
  co_return std::move(messages);
}

awaitable<Checked<std::vector<Message>>> history_of(HookServices services, KeptResponse kept) {
  const std::optional<TalkReply> reply = reply_of(kept);
  if (!reply) {
    co_return bad_param("previous_response_id",
                        "the response '" + kept.head.id + "' has no answer to go on from");
  }
  auto asking = asked_of(services, kept);
  Checked<std::vector<Message>> messages = co_await std::move(asking);
  if (messages) messages->push_back(as_handed_out(kept, *reply));
  co_return std::move(messages);
}

}  // namespace yoke::openai

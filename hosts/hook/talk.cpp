#include "hosts/hook/talk.h"

#include <set>
#include <utility>

#include "agents/one_call.h"
#include "hosts/hook/awaited_of_run.h"
#include "hosts/hook/caller_words.h"
#include "hosts/hook/session_name.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/journal/event_table.h"

namespace yoke {
namespace {

constexpr std::size_t kTitleMax = 200;
constexpr std::size_t kArgsMax = 120;  // of a call in a note

// What the journal has told so far, on its way to an end.
struct Heard {
  Message reply;  // the model's last
  std::string finish = "stop";
  std::string stop_sequence;
  std::string model;
  Usage usage;
  NanoUsd cost = 0;
  std::optional<std::chrono::milliseconds> retry_after;  // that the last failure asks for
  std::vector<TalkQuestion> questions;                   // open, for a person
  std::vector<ToolCallPart> calls;                       // open, for the caller
};

void hear_model(Heard& heard, const Event& event) {
  heard.usage += usage_from_json(member_at(event.fields, "usage"));
  heard.cost += integer_at(event.fields, "cost");
  const std::string target = string_at(event.fields, "target");
  if (!target.empty()) heard.model = target;
  const std::int64_t wait_ms = integer_at(event.fields, "retry_after_ms");
  heard.retry_after.reset();
  if (wait_ms > 0) heard.retry_after = std::chrono::milliseconds(wait_ms);
  if (event.kind != EventKind::model_replied) return;
  Result<Message> message = message_from_json(member_at(event.fields, "message"));
  if (message) heard.reply = std::move(*message);
  heard.finish = string_at(event.fields, "finish", "stop");
  heard.stop_sequence = string_at(event.fields, "stop_sequence");
}

// What it spent was spent for whoever asked.
void hear_child(Heard& heard, const Event& event) {
  heard.usage += usage_from_json(member_at(event.fields, "usage"));
  heard.cost += integer_at(event.fields, "cost");
}

void hear_question(Heard& heard, const Event& event) {
  const std::string id = string_at(event.fields, "question");
  const Json& body = member_at(event.fields, "body");
  if (string_at(event.fields, "purpose") == "tool") {
    heard.calls.push_back(ToolCallPart{id, string_at(body, "tool"), member_at(body, "args")});
    return;
  }
  TalkQuestion question;
  question.run_id = event.run_id;
  question.id = id;
  question.title = string_at(event.fields, "title");
  question.body = body;
  question.choices = member_at(event.fields, "choices");
  heard.questions.push_back(std::move(question));
}

void hear_answer(Heard& heard, const Event& event) {
  const std::string id = string_at(event.fields, "question");
  const auto answered = [&id](const auto& open) { return open.id == id; };
  std::erase_if(heard.questions, answered);
  std::erase_if(heard.calls, answered);
}

void hear(Heard& heard, const Event& event) {
  switch (event.kind) {
    case EventKind::model_replied:
    case EventKind::model_failed:
      return hear_model(heard, event);
    case EventKind::child_finished:
      return hear_child(heard, event);
    case EventKind::question_asked:
      return hear_question(heard, event);
    case EventKind::question_answered:
    case EventKind::question_expired:
      return hear_answer(heard, event);
    default:
      return;
  }
}

std::string note_of(const Event& event) {
  if (event.kind != EventKind::tool_called) return {};
  const std::string args = to_text(member_at(event.fields, "args"));
  return string_at(event.fields, "tool") + " " + shorten(args, kArgsMax);
}

bool is_interruption(const Event& event) {
  return event.kind == EventKind::model_failed &&
         string_at(event.fields, "class") == name_of(FailureClass::interrupted);
}

// An answer that is a refusal is still the model's answer, an agent's too.
bool is_refusal(const Event& end) {
  return end.kind == EventKind::run_failed && end.reason == "refused";
}

TalkReply reply_of(const std::string& run_id, Heard heard) {
  TalkReply reply;
  reply.run_id = run_id;
  reply.message = std::move(heard.reply);
  reply.finish = std::move(heard.finish);
  reply.usage = heard.usage;
  reply.cost = heard.cost;
  reply.model = std::move(heard.model);
  reply.questions = std::move(heard.questions);
  return reply;
}

TalkEnd end_of(Heard heard, const Event& end, bool one_call) {
  if (end.kind != EventKind::run_completed && !is_refusal(end)) {
    const std::string cancelled = "run " + end.run_id + " was cancelled";
    const std::string why = string_at(end.fields, "message", cancelled);
    Refusal refusal = refusal_of_failure(end.reason, why);
    if (end.reason.starts_with("model.")) refusal.retry_after = heard.retry_after;
    return TalkFailure{end.run_id, std::move(refusal)};
  }
  std::string stop_sequence = std::move(heard.stop_sequence);
  TalkReply reply = reply_of(end.run_id, std::move(heard));
  if (one_call) {
    reply.stop_sequence = std::move(stop_sequence);
    return reply;
  }
  if (is_refusal(end)) {
    reply.message = declined(std::move(reply.message), string_at(end.fields, "message"));
    return reply;
  }
  reply.message = Message{Role::assistant, {TextPart{string_at(end.fields, "text")}}};
  reply.finish = name_of(Finish::stop);
  reply.output = member_at(end.fields, "output");
  return reply;
}

// The run waits, for the caller's tools, for a person or a signal. What the model said stays, save
// the calls: those that are the caller's have ids by which they are answered.
TalkEnd waiting_end(const std::string& run_id, const Heard& heard) {
  TalkReply reply = reply_of(run_id, heard);
  std::erase_if(reply.message.parts,
                [](const Part& part) { return std::holds_alternative<ToolCallPart>(part); });
  for (const ToolCallPart& call : heard.calls) reply.message.parts.emplace_back(call);
  reply.message.role = Role::assistant;
  reply.finish = name_of(heard.calls.empty() ? Finish::stop : Finish::tool_calls);
  return reply;
}

class RunTalk final : public Talk {
 public:
  struct Run {
    std::string id;
    std::string tenant;
    std::string by;
    bool one_call = false;
    bool outlives_client = false;
    bool followed = false;  // told again from its journal
    // The names of the tools that a model is offered; none: they are for an agent to know.
    std::optional<std::set<std::string>> offered = {};
  };

  RunTalk(HookServices services, Run run, std::unique_ptr<RunFeed::Reader> reader)
      : services_(services),
        run_(std::move(run)),
        reader_(std::move(reader)),
        watch_(services.drivers, run_.id, [this] { on_rest(); }) {}

  ~RunTalk() override {
    if (end_ || run_.outlives_client) return;
    const bool others_wait = services_.drivers.watchers(run_.id) > 1;
    if (others_wait) return;
    services_.drivers.cancel_later(run_.id, run_.tenant, run_.by);
  }

  const std::string& run_id() const override { return run_.id; }
  void look_first() { on_rest(); }

  awaitable<Next> next(Deadline quiet_until) override {
    while (true) {
      if (end_) co_return *end_;
      Result<RunFeed::Reader::Next> told = co_await reader_->next(quiet_until);
      if (!told) {
        end_ = TalkFailure{run_.id, refusal_of(told.error())};
      } else if (told->why == RunFeed::Reader::Why::item) {
        std::optional<Next> next = take(*told->item);
        if (next) co_return std::move(*next);
      } else if (told->why == RunFeed::Reader::Why::ended) {
        end_ = TalkFailure{run_.id, ended_before()};
      } else if (told->why == RunFeed::Reader::Why::closed) {
        end_ = TalkFailure{run_.id, {503, "unavailable", "this yoke is being stopped"}};
      } else if (std::exchange(rests_, false)) {
        co_await look_at_rest();
      } else if (LoopClock::now() >= quiet_until) {
        co_return Quiet{};
      }
    }
  }

 private:
  // It is driven no more: because it waits, has ended, or was lost to a fault.
  awaitable<void> look_at_rest() {
    if (waits()) {
      end_ = waiting_end(run_.id, heard_);
      co_return;
    }
    const Result<RunRow> row = co_await services_.app.store().get(run_.id);
    if (row && row->status == RunStatus::waiting) {
      AwaitedOfRun awaited = co_await awaited_of_run(services_.app.store(), run_.id);
      const bool any = !awaited.questions.empty() || !awaited.signals.empty();
      if (any && !services_.drivers.is_active(run_.id)) {
        TalkReply reply = std::get<TalkReply>(waiting_end(run_.id, heard_));
        reply.questions = std::move(awaited.questions);
        reply.signals = std::move(awaited.signals);
        end_ = std::move(reply);
        co_return;
      }
    }
    const bool goes_on = row && (is_final(row->status) || row->status == RunStatus::waiting ||
                                 services_.drivers.is_active(run_.id));
    if (goes_on) co_return;
    const std::string detail = "run " + run_.id + " is driven no more here; it can be resumed";
    end_ = TalkFailure{run_.id, {503, "unavailable", detail, "run.lost"}};
  }

  Refusal ended_before() const {
    return for_good({409, "conflict",
                     "run " + run_.id + " had ended before: GET /v1/runs/" + run_.id +
                         " says how; ask anew for another answer",
                     "run.ended"});
  }

  bool waits() const { return !heard_.questions.empty() || !heard_.calls.empty(); }

  void on_rest() {
    rests_ = !services_.drivers.is_active(run_.id);
    reader_->nudge();
  }

  std::optional<Next> take(const FeedItem& item) {
    if (const auto* live = std::get_if<LiveDelta>(&item.what())) {
      if (is_of_no_tool(live->delta)) return std::nullopt;
      return live->delta;
    }
    if (std::holds_alternative<LiveReset>(item.what())) {
      of_no_tool_.clear();
      return Delta{Delta::Kind::reset, {}};
    }
    const auto* event = std::get_if<Event>(&item.what());
    if (event == nullptr) return std::nullopt;
    hear(heard_, *event);
    const auto status = spec_of(event->kind).status_after;
    if (status && is_final(*status)) {
      end_ = end_of(std::move(heard_), *event, run_.one_call);
      return *end_;
    }
    if (event->kind == EventKind::model_replied) return Turn{heard_.reply};
    if (run_.followed && is_interruption(*event)) return Cut{};
    std::string note = note_of(*event);
    if (note.empty()) return std::nullopt;
    return Note{std::move(note)};
  }

  // A piece of a call of what was not offered: for it the run fails, and nobody is to act on it
  // before.
  bool is_of_no_tool(const Delta& delta) {
    if (delta.kind == Delta::Kind::reset) of_no_tool_.clear();
    if (delta.kind != Delta::Kind::tool_args || !run_.offered) return false;
    const bool named = !delta.tool.empty();
    if (named && !run_.offered->contains(delta.tool)) of_no_tool_.insert(delta.index);
    return of_no_tool_.contains(delta.index);
  }

  HookServices services_;
  const Run run_;
  std::set<int> of_no_tool_;  // calls, by their place in the reply
  std::unique_ptr<RunFeed::Reader> reader_;
  Heard heard_;
  bool rests_ = false;
  std::optional<TalkEnd> end_;
  Drivers::Watch watch_;  // last: it refers to what is above
};

std::set<std::string> names_of(const std::vector<ToolSpec>& tools) {
  std::set<std::string> names;
  for (const ToolSpec& tool : tools) names.insert(tool.name);
  return names;
}

std::string last_user_text(const std::vector<Message>& messages) {
  for (auto each = messages.rbegin(); each != messages.rend(); ++each) {
    if (each->role == Role::user) return text_of(*each);
  }
  return {};
}

Result<StartRun> start_of_model(const TalkRequest& asked) {
  OneCall call;
  call.name = asked.wire;
  call.request = asked.request;
  call.request.target = asked.target.name;
  StartRun start;
  start.task = shorten(last_user_text(asked.request.messages), kTitleMax);
  if (start.task.empty()) start.task = "(no text)";
  Result<Program> program = one_call_program(std::move(call));
  if (!program) return program.error();
  start.program = std::move(*program);
  return start;
}

Error no_task(const std::string& agent) {
  return Error{Errc::invalid, "the last message must be the user's: it is the task of " + agent};
}

// All but the last message. What is the system's there is the caller's: an agent has instructions
// of its own.
std::vector<Message> said_before(const ModelRequest& request) {
  std::vector<Message> said;
  if (!request.instructions.empty()) said.push_back(caller_instructions(request.instructions));
  for (std::size_t index = 0; index + 1 < request.messages.size(); ++index) {
    const Message& message = request.messages[index];
    const bool system = message.role == Role::system;
    said.push_back(system ? caller_instructions(text_of(message)) : message);
  }
  return said;
}

// The last message is the task; those before it were said already.
Result<StartRun> start_of_agent(App& app, const TalkRequest& asked) {
  const std::vector<Message>& messages = asked.request.messages;
  if (messages.empty() || messages.back().role != Role::user) {
    return no_task("agent/" + asked.target.name);
  }
  ProgramChoice choice;
  choice.agent = asked.target.name;
  Result<Program> program = app.choose(choice);
  if (!program) return program.error();
  StartRun start;
  start.program = std::move(*program);
  start.task = text_of(messages.back());
  for (const Part& part : messages.back().parts) {
    if (const auto* image = std::get_if<ImagePart>(&part)) start.images.push_back(*image);
  }
  if (start.task.empty() && start.images.empty()) return no_task("agent/" + asked.target.name);
  start.session = asked.session;
  if (!asked.session.empty()) start.on_busy = OnBusy::enqueue;
  if (asked.session.empty()) {
    start.messages = said_before(asked.request);
  }
  start.caller_tools = asked.request.tools;
  return start;
}

std::optional<Refusal> not_allowed(const TalkRequest& asked) {
  const bool agent = asked.target.kind == ModelName::Kind::agent;
  const bool may = agent ? may_use_agent(asked.who, asked.target.name)
                         : may_use_model(asked.who, asked.target.name);
  if (may) return std::nullopt;
  return Refusal{403, "denied", asked.who.name + " may not use " + asked.target.name,
                 "model_not_allowed", "model"};
}

Refusal no_such_run(const std::string& run_id) {
  return {404, "not found", "there is no run " + printable(run_id), "run.not_found"};
}

// What the engine takes as the outcome of a call that its caller carried out.
Json answer_of(const ToolResultPart& result) {
  if (result.is_error) return Json{{"error", result.content}};
  return result.content;
}

// That each is of a call that was handed to the caller: what a person is asked is answered with
// the right to do so, elsewhere.
awaitable<std::optional<Refusal>> check_results(Store& store, std::string run_id,
                                                std::vector<ToolResultPart> results) {
  const Result<RunState> state = co_await read_state_at(store, run_id, 0);
  if (!state) co_return refusal_of(state.error());
  for (const ToolResultPart& result : results) {
    const auto asked = state->questions.find(result.id);
    if (asked != state->questions.end() && asked->second.purpose == kPurposeTool) continue;
    co_return Refusal{404, "not found",
                      "run " + run_id + " has called no tool of yours by the id '" +
                          shorten(printable(result.id), kArgsMax) + "'",
                      "call.not_found"};
  }
  co_return std::nullopt;
}

awaitable<TalkBegun> go_on(HookServices services, TalkRequest request) {
  const std::string run_id = request.run_id;
  const Result<RunRow> row = co_await find_visible(services.app.store(), request.who, run_id);
  if (!row) co_return no_such_run(run_id);
  const std::optional<Refusal> refused =
      co_await check_results(services.app.store(), run_id, request.results);
  if (refused) co_return *refused;
  // From its present end on: what came before was told.
  const FeedPosition end{row->head_seq, 0};
  auto reader = std::make_unique<RunFeed::Reader>(services.feed, run_id, end);
  for (const ToolResultPart& result : request.results) {
    Json value = answer_of(result);
    const Result<Posted> posted = co_await services.app.engine().answer(
        run_id, result.id, std::move(value), request.who.name);
    if (!posted) co_return for_good(refusal_of(posted.error()));
  }
  services.drivers.wake(run_id, request.who.tenant);
  RunTalk::Run run{run_id, request.who.tenant, request.who.name, false, request.outlives_client};
  co_return std::make_unique<RunTalk>(services, std::move(run), std::move(reader));
}

awaitable<TalkBegun> begin_new(HookServices services, TalkRequest request) {
  const bool one_call = request.target.kind != ModelName::Kind::agent;
  Result<StartRun> start =
      one_call ? start_of_model(request) : start_of_agent(services.app, request);
  if (!start) co_return refusal_of(start.error());
  const Result<void> named = check_session_name(start->session);
  if (!named) co_return refusal_of(named.error());
  const bool visible = co_await may_see_session(services.app.store(), request.who, start->session);
  if (!visible) co_return hidden_session(start->session);
  start->tenant = request.who.tenant;
  start->by = request.who.name;
  start->idem_key = request.idem_key;
  start->note = request.note;
  const Result<Created> created = co_await services.drivers.start(std::move(*start));
  if (!created) co_return refusal_of(created.error());
  const Claim& claim = created->claim;
  std::unique_ptr<RunFeed::Reader> reader;
  if (created->existed || created->queued) {
    reader = std::make_unique<RunFeed::Reader>(services.feed, claim.run_id, FeedPosition{});
  } else {
    reader = RunFeed::Reader::of_new_run(services.feed, claim);
  }
  const bool outlives = request.outlives_client || created->existed;  // of another client, too
  RunTalk::Run run{claim.run_id, request.who.tenant, request.who.name, one_call, outlives};
  if (one_call) run.offered = names_of(request.request.tools);
  co_return std::make_unique<RunTalk>(services, std::move(run), std::move(reader));
}

}  // namespace

awaitable<TalkBegun> begin_talk(HookServices services, TalkRequest request) {
  if (!request.run_id.empty()) co_return co_await go_on(services, std::move(request));
  if (const std::optional<Refusal> refused = not_allowed(request)) co_return *refused;
  co_return co_await begin_new(services, std::move(request));
}

std::unique_ptr<Talk> follow_talk(HookServices services, FollowTalk follow) {
  const FeedPosition from{follow.after_seq, 0};
  auto reader = std::make_unique<RunFeed::Reader>(services.feed, follow.run_id, from);
  RunTalk::Run run{std::move(follow.run_id), follow.who.tenant, follow.who.name};
  run.one_call = follow.one_call;
  run.outlives_client = true;
  run.followed = true;
  auto talk = std::make_unique<RunTalk>(services, std::move(run), std::move(reader));
  if (follow.waits) talk->look_first();
  return talk;
}

awaitable<TalkEnd> finish_talk(std::unique_ptr<Talk> talk) {
  while (true) {
    Talk::Next next = co_await talk->next(kNoDeadline);
    if (auto* end = std::get_if<TalkEnd>(&next)) co_return std::move(*end);
  }
}

}  // namespace yoke

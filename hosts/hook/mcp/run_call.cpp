#include "hosts/hook/mcp/run_call.h"

#include <algorithm>
#include <array>

#include "hosts/hook/mcp/content.h"
#include "hosts/hook/mcp/task_view.h"
#include "hosts/hook/while_there.h"
#include "runtime/base/text.h"
#include "runtime/journal/event_table.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::milliseconds kSayEvery{500};
constexpr std::size_t kSaidMax = 200;
constexpr std::size_t kArgsMax = 120;
constexpr std::int64_t kStateHoldsMs = 60LL * 60 * 1000;

// Ends that are no outcome of the work: the host, or the tool's own promise, is broken.
bool is_protocol_failure(const Event& end) {
  static constexpr std::array<std::string_view, 3> kReasons = {"output.invalid", "script.changed",
                                                               "program.lost"};
  if (end.kind == EventKind::run_quarantined) return true;
  return std::find(kReasons.begin(), kReasons.end(), end.reason) != kReasons.end();
}

bool is_end(const FeedItem& item) {
  const auto* event = std::get_if<Event>(&item.what());
  if (event == nullptr) return false;
  const auto status = spec_of(event->kind).status_after;
  return status && is_final(*status);
}

Json with_run(Json result, const std::string& run_id) {
  result["_meta"]["yoke/run"] = run_id;
  return result;
}

mcp::RpcError internal(std::string message) {
  return mcp::RpcError{mcp::code::kInternal, std::move(message)};
}

std::string failure_words(const Event& end) {
  if (end.kind == EventKind::run_cancelled) return "the run was cancelled";
  const std::string message = string_at(end.fields, "message");
  return message.empty() ? "the run failed: " + end.reason : message;
}

Answer good_end(const Event& end, const Terms& terms) {
  const std::string text = string_at(end.fields, "text");
  const Json& output = member_at(end.fields, "output");
  switch (terms.shape) {
    case Terms::Shape::tool:
      return with_run(tool_result(text, output), end.run_id);
    case Terms::Shape::prompt:
      return with_run(prompt_result(text, output, terms.words), end.run_id);
    case Terms::Shape::resource:
      return with_run(resource_result(terms.words, terms.mime, text, output), end.run_id);
  }
  return internal("no such shape");
}

// What is open and would be asked of a person, in words.
std::string waiting_words(const std::string& run_id,
                          const std::map<std::string, QuestionState>& open) {
  std::string words = "run " + run_id + " waits";
  if (open.empty()) return words + " and goes on by itself; read run://" + run_id + " later";
  const QuestionState& first = open.begin()->second;
  return words + " for a person: \"" + printable(first.title) + "\". Once it is answered (yoke " +
         "runs answer " + run_id + " " + first.id + " VALUE), read run://" + run_id;
}

}  // namespace

Answer answer_of_end(const Event& end, const Terms& terms, const Json& lacking) {
  if (end.kind == EventKind::run_completed) return good_end(end, terms);
  if (!lacking.is_null()) {
    return lacks_capability(lacking, "this takes a client that can do more: " + to_text(lacking));
  }
  if (is_protocol_failure(end)) return internal(failure_words(end));
  if (terms.shape != Terms::Shape::tool) return internal(failure_words(end));
  return with_run(tool_error(failure_words(end)), end.run_id);
}

RunCall::RunCall(Services services, const Request& request, Terms terms, Run run)
    : services_(std::move(services)),
      request_(request),
      terms_(std::move(terms)),
      run_id_(run.id),
      open_(std::move(run.open)),
      place_(std::move(run.place)),
      given_(member_at(request.params, "inputResponses")),
      follower_(services_.hook, run.id, std::move(run.reader)),
      log_place_(services_.logs, run_id_, *this) {
  if (place_) follower_.look_first();
}

RunCall::~RunCall() {
  if (settled_) return;
  const Principal& who = request_.client.who;
  services_.hook.drivers.cancel_later(run_id_, who.tenant, who.name);
}

void RunCall::hear_log(std::string_view level, std::string_view message) {
  const std::string& least = request_.client.log_level;
  const std::string name = wire_level(level);
  if (least.empty() || !reaches_level(name, least)) return;
  request_.exchange->tell("notifications/message",
                          Json{{"level", name}, {"logger", "yoke"}, {"data", message}});
}

void RunCall::hear_progress(double done, double total, std::string_view message) {
  if (terms_.counts) return tell_progress(done, total, std::string(message));
  step(std::string(message));
}

void RunCall::tell_progress(double done, double total, std::string message) {
  const Json& token = meta_of(request_, mcp::meta::kProgressToken);
  if (token.is_null() || done <= told_) return;
  told_ = done;
  Json params{{"progressToken", token}, {"progress", done}};
  if (total > 0) params["total"] = total;
  if (!message.empty()) params["message"] = std::move(message);
  request_.exchange->tell("notifications/progress", std::move(params));
}

void RunCall::step(std::string message) {
  tell_progress(static_cast<double>(++steps_), 0, std::move(message));
}

// What the model says, a line now and then.
void RunCall::take_delta(const Delta& delta) {
  if (delta.kind == Delta::Kind::reset) said_.clear();
  if (delta.kind != Delta::Kind::text) return;
  said_ += delta.text;
  if (LoopClock::now() < said_until_) return;
  said_until_ = LoopClock::now() + kSayEvery;
  step(shorten(std::exchange(said_, {}), kSaidMax));
}

std::optional<Answer> RunCall::take(const FeedItem& item) {
  if (const auto* live = std::get_if<LiveDelta>(&item.what())) take_delta(live->delta);
  const auto* event = std::get_if<Event>(&item.what());
  return event == nullptr ? std::nullopt : take_event(*event);
}

std::optional<Answer> RunCall::take_event(const Event& event) {
  const auto status = spec_of(event.kind).status_after;
  if (status && is_final(*status)) {
    settled_ = true;
    return answer_of_end(event, terms_, lacking_);
  }
  switch (event.kind) {
    case EventKind::run_started:
      agent_ = string_at(event.fields, "agent");
      break;
    case EventKind::question_asked:
      open_[string_at(event.fields, "question")] = question_from(event);
      break;
    case EventKind::question_answered:
    case EventKind::question_expired:
      open_.erase(string_at(event.fields, "question"));
      break;
    case EventKind::tool_called: {
      const std::string tool = string_at(event.fields, "tool");
      const Json needed = capability_of_tool(tool);
      const bool can = needed.is_null() || request_.client.can(needed.items().begin().key());
      if (!can) lacking_ = needed;
      const std::string args = to_text(member_at(event.fields, "args"));
      if (!terms_.counts) step(tool + " " + shorten(args, kArgsMax));
      break;
    }
    default:
      break;
  }
  return std::nullopt;
}

bool RunCall::may_be_task() const {
  const bool tool = terms_.shape == Terms::Shape::tool;
  return tool && terms_.task != McpTask::never && request_.client.speaks_tasks();
}

awaitable<Answer> RunCall::finish() {
  const bool at_once = terms_.task == McpTask::always || terms_.task == McpTask::required;
  if (may_be_task() && at_once) co_return co_await as_task();
  const Deadline task_at =
      may_be_task() ? LoopClock::now() + terms_.task_after : Deadline(kNoDeadline);
  while (true) {
    Follower::Next next = Follower::Quiet{};
    if (kept_) {
      next = std::move(*std::exchange(kept_, std::nullopt));
    } else {
      next = co_await follower_.next(task_at);
    }
    if (const auto* item = std::get_if<FeedItemRef>(&next)) {
      std::optional<Answer> end = take(**item);
      if (end) co_return std::move(*end);
    } else if (std::holds_alternative<Follower::Rests>(next)) {
      std::optional<Answer> answer = co_await at_rest();
      if (answer) co_return std::move(*answer);
    } else if (std::holds_alternative<Follower::Quiet>(next)) {
      if (LoopClock::now() >= task_at) co_return co_await as_task();
    } else if (std::holds_alternative<Follower::Over>(next)) {
      co_return co_await of_last_event();
    } else {
      settled_ = true;  // it can be resumed
      co_return internal(std::get<Follower::Lost>(next).refusal.detail);
    }
  }
}

// Those that this client can be asked, and may answer.
std::vector<Wanted> RunCall::askable() const {
  std::vector<Wanted> all;
  const bool may = may_answer_here();
  for (const auto& [id, question] : open_) {
    if (posted_.contains(id) || put_off_.contains(id)) continue;
    std::optional<Wanted> wanted = wanted_of(question, request_.client);
    if (wanted && (may || !wanted->of_person)) all.push_back(std::move(*wanted));
  }
  return all;
}

bool RunCall::may_answer_here() const {
  const Principal& who = request_.client.who;
  if (!who.scopes.has(Scope::answer)) return false;
  return !services_.hook.gate.may_answer(who, agent_, who.name).has_value();
}

awaitable<std::optional<Answer>> RunCall::at_rest() {
  const bool all_posted = std::all_of(open_.begin(), open_.end(), [this](const auto& each) {
    return posted_.contains(each.first);
  });
  if (all_posted) co_return co_await look_at_row();
  std::vector<Wanted> wanted = askable();
  if (!wanted.empty() && request_.client.era == mcp::Era::legacy) {
    const bool went_on = co_await ask_legacy(std::move(wanted));
    if (went_on) co_return std::nullopt;
  } else if (!wanted.empty()) {
    const bool went_on = co_await take_given(wanted);
    wanted = askable();
    if (!wanted.empty()) co_return ask_modern(wanted);
    if (went_on) co_return std::nullopt;
  }
  if (may_be_task()) co_return co_await as_task();
  settled_ = true;
  co_return as_waiting();
}

// Nothing is asked: a timer, a fault, or an end whose event is yet to be read.
awaitable<std::optional<Answer>> RunCall::look_at_row() {
  const Result<RunRow> row = co_await services_.hook.app.store().get(run_id_);
  const bool goes_on = row && (is_final(row->status) || row->status == RunStatus::waiting ||
                               services_.hook.drivers.is_active(run_id_));
  if (goes_on) co_return std::nullopt;
  settled_ = true;
  co_return internal("run " + run_id_ + " is driven no more here; it can be resumed");
}

// A question of the run that closes while its client is asked: somebody else answered it, it
// expired, or the run has ended.
class RunCall::Elsewhere final : public HttpCaller {
 public:
  Elsewhere(RunCall& call, std::string question) : call_(call), question_(std::move(question)) {}
  awaitable<void> gone() override { return call_.until_closed(question_); }

 private:
  RunCall& call_;
  const std::string question_;
};

awaitable<void> RunCall::until_closed(std::string question) {
  while (open_.contains(question)) {
    Follower::Next next = co_await follower_.next(kNoDeadline);
    const auto* item = std::get_if<FeedItemRef>(&next);
    const bool rests = std::holds_alternative<Follower::Rests>(next);
    if (rests || std::holds_alternative<Follower::Quiet>(next)) continue;
    if (item == nullptr || is_end(**item)) {
      kept_ = std::move(next);
      co_return;
    }
    take(**item);
  }
}

awaitable<bool> RunCall::ask_legacy(std::vector<Wanted> wanted) {
  bool any = false;
  for (Wanted& each : wanted) {
    if (!open_.contains(each.question)) {
      any = true;
      continue;
    }
    Elsewhere elsewhere(*this, each.question);
    auto asking = request_.exchange->ask(each.method, each.params);
    std::optional<mcp::RpcMessage> came = co_await while_there(&elsewhere, std::move(asking));
    if (kept_) co_return true;
    if (!came) {
      any = true;  // the run goes on without this client's word
      continue;
    }
    mcp::RpcMessage reply = std::move(*came);
    const std::string question = each.question;
    if (reply.kind == mcp::RpcMessage::Kind::result) {
      const bool told = co_await settle(std::move(each), std::move(reply.result));
      any = any || told;
      continue;
    }
    const auto open = open_.find(question);
    const std::optional<Json> failure =
        open == open_.end() ? std::nullopt : run_failure(open->second, reply.error.message);
    put_off_.insert(question);
    if (!failure) continue;
    co_await post(question, *failure);
    any = true;
  }
  co_return any;
}

// What the client brought along: of the first request, answers to questions of its own program
// alone, whose keys their maker chose.
awaitable<bool> RunCall::take_given(std::vector<Wanted> wanted) {
  bool any = false;
  const Json given = std::exchange(given_, Json::object());
  for (Wanted& each : wanted) {
    const Json& response = member_at(given, each.key);
    const bool asked_before = place_ && place_->questions.contains(each.key) &&
                              place_->questions.at(each.key) == each.question;
    if (response.is_null() || (each.of_person && !asked_before)) continue;
    const bool told = co_await settle(std::move(each), response);
    any = any || told;
  }
  co_return any;
}

// False: the run was told nothing.
awaitable<bool> RunCall::settle(Wanted wanted, Json response) {
  const auto open = open_.find(wanted.question);
  if (open == open_.end()) co_return true;  // somebody else was faster
  Result<Json> value = run_answer(open->second, response);
  if (!value) {
    const bool legacy = request_.client.era == mcp::Era::legacy;
    if (value.error().code == Errc::cancelled || legacy) put_off_.insert(wanted.question);
    co_return false;
  }
  co_await post(std::move(wanted.question), std::move(*value));
  co_return true;
}

awaitable<void> RunCall::post(std::string question, Json value) {
  posted_.insert(question);
  const Principal& who = request_.client.who;
  std::string by = who.name;
  co_await services_.hook.app.engine().answer(run_id_, std::move(question), std::move(value),
                                              std::move(by));
  services_.hook.drivers.wake(run_id_, who.tenant);
}

Answer RunCall::ask_modern(const std::vector<Wanted>& wanted) {
  settled_ = true;
  CallPlace place;
  place.run_id = run_id_;
  place.expires_ms = services_.hook.wall.now() / 1000 + kStateHoldsMs;
  Json requests = Json::object();
  for (const Wanted& each : wanted) {
    requests[each.key] = input_request(each);
    place.questions[each.key] = each.question;
  }
  return Json{{"resultType", mcp::result_type::kInputRequired},
              {"inputRequests", std::move(requests)},
              {"requestState", seal_place(services_.state_key, request_, place)}};
}

Answer RunCall::as_waiting() const {
  const std::string words = waiting_words(run_id_, open_);
  if (terms_.shape != Terms::Shape::tool) return internal(words);
  return with_run(tool_error(words), run_id_);
}

awaitable<Answer> RunCall::as_task() {
  settled_ = true;
  const Result<RunRow> row = co_await services_.hook.app.store().get(run_id_);
  if (!row) co_return internal(row.error().message());
  co_return created_task(*row);
}

awaitable<Answer> RunCall::of_last_event() {
  settled_ = true;
  const Result<Event> end = co_await last_event(services_.hook.app.store(), run_id_);
  if (!end) co_return internal(end.error().message());
  co_return answer_of_end(*end, terms_, lacking_);
}

}  // namespace yoke::mcp_hook

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/mcp/session_call.h"
#include "tools/mcp/wire/names.h"

// One request, and the rounds it takes until its result is whole.
namespace yoke::mcp {
namespace {

constexpr std::size_t kLogBytesMax = 2'000;
constexpr std::size_t kAskedMax = 100;  // requests of a server's own during one call
constexpr std::size_t kVisitsMax = 4;
constexpr std::chrono::milliseconds kPollLeast{20};
constexpr std::chrono::milliseconds kPollMost{30'000};
constexpr int kPollFailuresMax = 60;  // in a row, of a task without a deadline
constexpr std::chrono::milliseconds kCancelTimeout{10'000};

ServerReply lost_reply(LinkFailure failure) {
  ServerReply reply;
  reply.failure = std::move(failure);
  return reply;
}

// Of a call that the server has begun: it surely did something, whatever failed after that.
ServerReply lost_midway(LinkFailure failure) {
  if (did_nothing(failure.kind)) failure.kind = LinkFailure::Kind::cut;
  return lost_reply(std::move(failure));
}

ServerReply bad_reply(const std::string& why) {
  return lost_reply({LinkFailure::Kind::bad_answer, why, 0});
}

ServerReply error_reply(RpcError error) {
  ServerReply reply;
  reply.kind = ServerReply::Kind::error;
  reply.error = std::move(error);
  return reply;
}

ServerReply result_reply(Json result) {
  ServerReply reply;
  reply.kind = ServerReply::Kind::result;
  reply.result = std::move(result);
  return reply;
}

std::string log_text(const Json& params) {
  const Json& data = member_at(params, "data");
  const std::string logger = string_at(params, "logger");
  const std::string text = data.is_string() ? data.get<std::string>() : yoke::to_text(data);
  return printable(shorten(logger.empty() ? text : logger + ": " + text, kLogBytesMax));
}

RpcError error_from_task(const Json& task) {
  const Json& error = member_at(task, "error");
  RpcError out;
  out.code = static_cast<int>(integer_at(error, "code", code::kInternal));
  out.message = string_at(error, "message", string_at(task, "statusMessage", "the task failed"));
  out.data = member_at(error, "data");
  return out;
}

std::chrono::milliseconds poll_interval(const Json& task) {
  const std::int64_t wanted = integer_at(task, "pollIntervalMs", 1'000);
  return std::clamp(std::chrono::milliseconds(wanted), kPollLeast, kPollMost);
}

}  // namespace

void Session::Call::notified(const RpcMessage& notification) {
  const Json& params = notification.params;
  if (notification.method == "notifications/progress") {
    const bool ours = ids_.contains(id_text(member_at(params, "progressToken")));
    if (!ours || context_ == nullptr) return;
    context_->progress(number_at(params, "progress"), number_at(params, "total"),
                       printable(shorten(string_at(params, "message"), kLogBytesMax)));
  } else if (notification.method == "notifications/message") {
    if (context_ != nullptr) context_->log(string_at(params, "level", "info"), log_text(params));
  } else {
    session_.notified(notification);
  }
}

void Session::Call::asked(const RpcMessage& request) {
  CallContext* const context = ++asked_ > kAskedMax ? nullptr : context_;
  helpers.spawn(session_.answer(request, context, time_));
}

awaitable<void> Session::answer(RpcMessage request, CallContext* context,
                                std::shared_ptr<CallTime> time) {
  std::string broken;
  WantAnswer answer = RpcError{};
  try {
    auto work = answer_want(request.method, request.params, context, settings_.wants, time);
    answer = co_await std::move(work);
  } catch (const std::exception& failure) {
    broken = failure.what();
  }
  if (!broken.empty()) co_return;  // the call has ended, and whom it asked with it
  if (auto* result = std::get_if<Json>(&answer)) {
    link_.tell(result_message(request.id, std::move(*result)));
  } else {
    link_.tell(error_message(request.id, std::get<RpcError>(answer)));
  }
}

awaitable<ServerReply> Session::ask(ServerAsk ask) {
  if (!ask.time) ask.time = std::make_shared<CallTime>();
  Call call(*this, ask.context, ask.time);
  ServerReply reply;
  std::exception_ptr failure;
  try {
    auto work = rounds(std::move(ask), call);
    reply = co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure || call.helpers.running() > 0) {
    // What answers the server uses the call's context, which ends with this.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    call.helpers.cancel();
    auto joined = call.helpers.join();
    co_await std::move(joined);
  }
  if (failure) std::rethrow_exception(failure);
  co_return reply;
}

awaitable<ServerReply> Session::rounds(ServerAsk ask, Call& call) {
  Json extra = Json::object();
  bool visited = false;
  bool began = false;  // the server has worked on it
  for (int round = 0; round < kRoundsMax; ++round) {
    Json params = ask.params;
    params.update(extra);
    LinkRequest request = request_for(ask, std::move(params));
    call.expect(request.message.id);
    auto work = link_.request(std::move(request), &call);
    LinkAnswer answer = co_await std::move(work);
    if (!answer.message) {
      co_return began ? lost_midway(std::move(answer.failure)) : lost_reply(answer.failure);
    }
    if (answer.message->kind == RpcMessage::Kind::error) {
      const RpcError error = answer.message->error;
      if (error.code != code::kLegacyUrlElicitation || visited) co_return error_reply(error);
      auto visit = visit_urls(error, ask);
      visited = co_await std::move(visit);
      if (!visited) co_return error_reply(error);
      continue;
    }
    began = true;
    Json result = std::move(answer.message->result);
    const std::string type = result_type_of(result);
    if (type == result_type::kComplete) co_return result_reply(std::move(result));
    if (type == result_type::kTask) {
      auto followed = follow_task(std::move(ask), std::move(result), call);
      co_return co_await std::move(followed);
    }
    if (type != result_type::kInputRequired) {
      co_return bad_reply("a result of type '" + shorten(printable(type), 60) + "' is not known");
    }
    auto work_for = fulfil(member_at(result, "inputRequests"), ask.context, ask.time);
    Result<Json> responses = co_await std::move(work_for);
    if (!responses) co_return bad_reply(responses.error().message());
    const bool sheds_load = responses->empty();
    extra = Json::object();
    if (!sheds_load) extra["inputResponses"] = std::move(*responses);
    if (result.contains("requestState")) extra["requestState"] = result["requestState"];
    if (sheds_load) co_await sleep_until(LoopClock::now() + kPollLeast * (round + 1));
  }
  co_return bad_reply("the server asks again and again, over " + std::to_string(kRoundsMax) +
                      " times");
}

// One after the other: a person reads one question at a time.
awaitable<Result<Json>> Session::fulfil(Json wanted, CallContext* context,
                                        std::shared_ptr<CallTime> time) {
  Json responses = Json::object();
  if (!wanted.is_object()) co_return responses;
  if (wanted.size() > kWantsMax) {
    co_return Error{Errc::too_large,
                    "the server wants more than " + std::to_string(kWantsMax) + " things at once"};
  }
  for (const auto& [key, one] : wanted.items()) {
    const std::string name = key;
    auto work = answer_want(string_at(one, "method"), member_at(one, "params"), context,
                            settings_.wants, time);
    WantAnswer answer = co_await std::move(work);
    if (const auto* refused = std::get_if<RpcError>(&answer)) {
      co_return Error{Errc::denied, "the server wants what it does not get (" +
                                        shorten(printable(string_at(one, "method")), 60) +
                                        "): " + refused->message};
    }
    responses[name] = std::move(std::get<Json>(answer));
  }
  co_return responses;
}

// Before 2026 a server refused a call until a person had been to an address.
awaitable<bool> Session::visit_urls(RpcError error, ServerAsk ask) {
  const Json wanted = member_at(error.data, "elicitations");
  if (!wanted.is_array() || wanted.empty() || wanted.size() > kVisitsMax) co_return false;
  for (const Json& one : wanted) {
    Json params = one;
    params["mode"] = "url";
    auto work = answer_want("elicitation/create", std::move(params), ask.context, settings_.wants,
                            ask.time);
    const WantAnswer answer = co_await std::move(work);
    const auto* result = std::get_if<Json>(&answer);
    if (result == nullptr || string_at(*result, "action") != "accept") co_return false;
  }
  co_return true;
}

awaitable<ServerReply> Session::follow_task(ServerAsk ask, Json task, Call& call) {
  const Json params = {{"taskId", member_at(task, "taskId")}};
  ServerReply reply;
  std::exception_ptr failure;
  try {
    auto work = poll_task(std::move(ask), std::move(task), call);
    reply = co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  const bool in_vain = failure || (reply.kind == ServerReply::Kind::lost &&
                                   reply.failure.kind == LinkFailure::Kind::timed_out);
  if (in_vain) background_.spawn(give_up_task(params));
  if (failure) std::rethrow_exception(failure);
  co_return reply;
}

awaitable<void> Session::give_up_task(Json params) {
  const Deadline deadline = LoopClock::now() + kCancelTimeout;
  auto work = send("tasks/cancel", std::move(params), deadline);
  const LinkAnswer ignored = co_await std::move(work);
}

namespace {

// The questions of a task that a person has answered, until the server has the answers for sure.
struct TaskAnswers {
  Json asked = nullptr;
  Json responses = nullptr;
};

// How polling a task goes: one that cannot be asked now is asked again, ever more seldom.
struct TaskTrouble {
  int failures = 0;  // in a row
  std::string last;

  // What the task is taken for meanwhile; none: it is given up.
  std::optional<Json> after(const LinkFailure& failure, const Json& id, Deadline until,
                            std::chrono::milliseconds interval) {
    const bool may_pass = failure.kind != LinkFailure::Kind::bad_answer &&
                          (until != kNoDeadline || failures < kPollFailuresMax);
    if (!may_pass || LoopClock::now() >= until) return std::nullopt;
    last = failure.message;
    const auto pause = std::min(interval * (1 << std::min(++failures, 10)), kPollMost);
    return Json{{"taskId", id}, {"status", "working"}, {"pollIntervalMs", pause.count()}};
  }
};

}  // namespace

awaitable<ServerReply> Session::poll_task(ServerAsk ask, Json task, Call& call) {
  const Json id = member_at(task, "taskId");
  if (!id.is_string()) co_return bad_reply("a task without a 'taskId'");
  std::string said;
  TaskAnswers kept;
  TaskTrouble trouble;
  std::chrono::milliseconds interval = poll_interval(task);
  while (true) {
    const std::string status = string_at(task, "status");
    const std::string words = printable(shorten(string_at(task, "statusMessage"), kLogBytesMax));
    if (ask.context != nullptr && !words.empty() && words != said) ask.context->log("info", words);
    if (!words.empty()) said = words;
    if (status == "completed") co_return result_reply(member_at(task, "result"));
    if (status == "failed") co_return error_reply(error_from_task(task));
    if (status == "cancelled") {
      co_return error_reply({code::kInternal, "the server gave the task up", nullptr});
    }
    ServerAsk next = ask;
    next.method = "tasks/get";
    next.params = {{"taskId", id}};
    if (status == "input_required") {
      const Json wanted = member_at(task, "inputRequests");
      if (kept.asked.is_null() || kept.asked != wanted) {
        auto work = fulfil(wanted, ask.context, ask.time);
        Result<Json> responses = co_await std::move(work);
        if (!responses) co_return bad_reply(responses.error().message());
        kept = TaskAnswers{wanted, std::move(*responses)};
      }
      next.method = "tasks/update";
      next.params["inputResponses"] = kept.responses;
    } else {
      co_await sleep_until(std::min(LoopClock::now() + poll_interval(task), ask.time->until));
    }
    LinkRequest request = request_for(next, next.params);
    call.expect(request.message.id);
    auto work = link_.request(std::move(request), &call);
    LinkAnswer answer = co_await std::move(work);
    if (!answer.message) {
      LinkFailure failure = std::move(answer.failure);
      std::optional<Json> meanwhile;
      if (link_.is_open()) meanwhile = trouble.after(failure, id, ask.time->until, interval);
      if (!meanwhile && !trouble.last.empty()) failure.message += "; before that: " + trouble.last;
      if (!meanwhile) co_return lost_midway(std::move(failure));
      task = std::move(*meanwhile);
      continue;
    }
    trouble.failures = 0;
    if (answer.message->kind == RpcMessage::Kind::error) {
      co_return error_reply(answer.message->error);
    }
    if (next.method == "tasks/get") {
      task = std::move(answer.message->result);
      interval = poll_interval(task);
    } else {
      kept = TaskAnswers{};
      task = {{"taskId", id}, {"status", "working"}, {"pollIntervalMs", 20}};
    }
  }
}

}  // namespace yoke::mcp

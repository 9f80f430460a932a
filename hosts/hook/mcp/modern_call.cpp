#include "hosts/hook/mcp/modern_call.h"

#include "hosts/hook/while_there.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::seconds kReplyWait{15};
constexpr std::chrono::seconds kStreamBeat{15};

}  // namespace

int status_of(const Answer& answer) {
  const auto* error = std::get_if<mcp::RpcError>(&answer);
  if (error == nullptr) return 200;
  switch (error->code) {
    case mcp::code::kMethodNotFound:
      return 404;
    case mcp::code::kHeaderMismatch:
    case mcp::code::kMissingCapability:
    case mcp::code::kUnsupportedVersion:
    case mcp::code::kInvalidRequest:
    case mcp::code::kParse:
      return 400;
    default:
      return 200;
  }
}

HttpReply message_reply(int status, const mcp::RpcMessage& message) {
  HttpReply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "application/json");
  reply.body = mcp::to_text(message);
  return reply;
}

void ModernCall::begin(const std::shared_ptr<ModernCall>& self, ServerRef server, Request request) {
  self->id_ = request.id;
  self->group_.spawn(work(self, std::move(server), std::move(request)));
}

awaitable<void> ModernCall::work(std::shared_ptr<ModernCall> self, ServerRef server,
                                 Request request) {
  request.exchange = self.get();
  auto answering = server->answer(std::move(request));
  self->answer_ = co_await while_there(&self->withdrawal_, std::move(answering));
  self->done_ = true;
  self->news_.notify();
}

void ModernCall::tell(std::string method, Json params) {
  told_.push_back(mcp::to_text(mcp::notification_message(std::move(method), std::move(params))));
  news_.notify();
}

awaitable<mcp::RpcMessage> ModernCall::ask(std::string, Json) {
  const mcp::RpcError error{mcp::code::kInternal, "this client is asked in results"};
  co_return mcp::error_message(nullptr, error);
}

awaitable<bool> ModernCall::first(Deadline until) {
  bool came = true;
  while (told_.empty() && !done_ && came) came = co_await news_.wait_until(until);
  co_return came;
}

mcp::RpcMessage ModernCall::last() const {
  if (const auto* error = std::get_if<mcp::RpcError>(&*answer_)) {
    return mcp::error_message(id_, *error);
  }
  return mcp::result_message(id_, std::get<Json>(*answer_));
}

awaitable<HttpReply> ModernCall::reply(std::shared_ptr<ModernCall> self, HttpCaller* caller,
                                       bool streams) {
  do {
    auto waiting = self->first(LoopClock::now() + kReplyWait);
    const std::optional<bool> there = co_await while_there(caller, std::move(waiting));
    if (!there) {
      self->withdrawal_.set();
      co_return problem(hung_up());
    }
    if (!streams) self->told_.clear();
  } while (!streams && !self->done_);
  if (self->done_ && self->told_.empty() && self->answer_) {
    co_return message_reply(status_of(*self->answer_), self->last());
  }
  HttpReply reply;
  reply.headers.add("Content-Type", "text/event-stream");
  reply.headers.add("X-Accel-Buffering", "no");
  reply.stream = [self](HttpWriter& writer) { return write(self, writer); };
  co_return reply;
}

awaitable<void> ModernCall::write(std::shared_ptr<ModernCall> self, HttpWriter& writer) {
  struct Leave {
    ModernCall& call;
    ~Leave() { call.withdrawal_.set(); }
  };
  const Leave leave{*self};
  std::string text = ":\n\n";
  bool open = true;
  while (open) {
    while (!self->told_.empty()) {
      text += "event: message\ndata: " + self->told_.front() + "\n\n";
      self->told_.pop_front();
    }
    const bool ends = self->done_;
    if (ends && self->answer_) {
      text += "event: message\ndata: " + mcp::to_text(self->last()) + "\n\n";
    }
    auto writing = writer.write(std::exchange(text, {}));
    open = co_await std::move(writing);
    if (ends || !open) co_return;
    if (!self->told_.empty() || self->done_) continue;
    const bool came = co_await self->news_.wait_until(LoopClock::now() + kStreamBeat);
    if (!came) text = ":\n\n";
  }
}

}  // namespace yoke::mcp_hook

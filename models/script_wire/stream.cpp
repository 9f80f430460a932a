#include "models/script_wire/stream.h"

#include "runtime/base/text.h"

namespace yoke::script_wire {
namespace {

constexpr std::size_t kBatchEvents = 128;
constexpr std::size_t kBatchBytes = 1u << 20;
constexpr std::size_t kWaitingBytesMax = 16u << 20;

}  // namespace

ScriptStream::ScriptStream(const ScriptWire& wire, const ReplyContext& context, DeltaSink sink)
    : wire_(wire), context_(context), pieces_(context, std::move(sink)) {}

bool ScriptStream::push(const WireEvent& event) {
  if (failed_) return false;
  any_event_ = true;
  waiting_bytes_ += event.data.size();
  if (waiting_bytes_ > kWaitingBytesMax) {
    fail(StreamFault::too_large, "its script cannot keep up with the stream");
    return false;
  }
  const std::string data = to_valid_utf8(event.data);
  Json one{{"type", to_valid_utf8(event.type)}, {"data", data}};
  if (Result<Json> parsed = parse_json(data); parsed) one["json"] = std::move(*parsed);
  waiting_.push_back(std::move(one));
  arrived_.notify();
  return !pieces_.done();
}

void ScriptStream::fail(StreamFault fault, std::string_view what) {
  pieces_.reply().fail(FailureClass::malformed, fault, what, true);
  failed_ = true;
}

void ScriptStream::no_more() {
  no_more_ = true;
  arrived_.notify();
}

Json ScriptStream::take_batch() {
  Json batch = Json::array();
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch.size() < kBatchEvents && bytes < kBatchBytes) {
    const std::size_t size =
        member_at(waiting_.front(), "data").get_ref<const std::string&>().size();
    bytes += size;
    waiting_bytes_ -= size;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

awaitable<void> ScriptStream::work(Deadline deadline) {
  while (!failed_ && !pieces_.done()) {
    if (waiting_.empty()) {
      if (no_more_) co_return;
      co_await arrived_.wait();
      continue;
    }
    Json args = Json::array();
    args.push_back(take_batch());
    args.push_back(state_);
    args.push_back(Json{{"model", context_.model}});
    auto running = wire_.run("stream", std::move(args), deadline);
    const Result<Json> returned = co_await std::move(running);
    if (returned) {
      take(*returned);
    } else {
      pieces_.wrong(returned.error().detail);
    }
    failed_ = failed_ || pieces_.reply().failed();
  }
}

void ScriptStream::take(const Json& returned) {
  const Json& pieces = member_at(returned, "pieces");
  const bool none = pieces.is_null() || (pieces.is_object() && pieces.empty());
  if (!returned.is_object() || (!none && !pieces.is_array())) {
    return pieces_.wrong("its script's 'stream' must return {pieces = {…}, state = …}");
  }
  for (std::size_t at = 0; !none && at < pieces.size(); ++at) pieces_.add(pieces[at]);
  if (returned.contains("state")) state_ = member_at(returned, "state");
}

ModelOutcome ScriptStream::end() {
  ReplyBuilder& reply = pieces_.reply();
  if (!reply.failed() && !any_event_) {
    fail(StreamFault::empty, "the stream ended without one event");
  } else if (!reply.failed() && !pieces_.done()) {
    fail(StreamFault::cut, "the stream ended before its script saw the end of the reply");
  }
  if (!reply.finished()) reply.set_finish(Finish::stop);
  return reply.finish();
}

ModelOutcome ScriptStream::cut(const StreamCut& cut) {
  ReplyBuilder& reply = pieces_.reply();
  if (!pieces_.done()) reply.fail(cut.failure_class, cut.fault, cut.reason, cut.retryable);
  if (!reply.finished()) reply.set_finish(Finish::stop);
  return reply.finish();
}

}  // namespace yoke::script_wire

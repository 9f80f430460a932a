#include "models/anthropic/messages_wire.h"

#include "models/anthropic/reader.h"
#include "models/anthropic/request.h"
#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

void read_whole(std::string_view body, const ReplyContext& context, Reader& reader) {
  const auto fail = [&](StreamFault fault, std::string_view what) {
    reader.reply().fail(FailureClass::malformed, fault, what, true);
  };
  if (trim(body).empty()) return fail(StreamFault::empty, "the answer has no body");
  const Result<Json> answer = parse_vendor_json(body);
  if (!answer) {
    return fail(StreamFault::malformed, no_json("the answer", answer.error(), body, context.key));
  }
  reader.add_message(*answer);
}

class MessagesStream final : public WireStream {
 public:
  MessagesStream(const ReplyContext& context, DeltaSink sink)
      : context_(context), reader_(context, std::move(sink)) {}

  bool push(const WireEvent& event) override {
    if (failed() || reader_.stopped()) return false;
    const std::string_view data = trim(event.data);
    if (data.empty()) return true;
    any_event_ = true;
    if (event.type == "ping") return true;
    const Result<Json> read = parse_vendor_json(data);
    if (!read) {
      fail(StreamFault::malformed,
           no_json("an event of the stream", read.error(), data, context_.key));
      return false;
    }
    reader_.add_event(*read);
    return !failed() && !reader_.stopped();
  }

  void fail(StreamFault fault, std::string_view what) override {
    reader_.reply().fail(FailureClass::malformed, fault, what, true);
  }
  bool failed() const override { return reader_.failed(); }

  ModelOutcome end() override {
    if (!any_event_) {
      fail(StreamFault::empty, "the stream ended without one event");
    } else if (!reader_.stopped()) {
      fail(StreamFault::cut, "the stream ended before message_stop");
    } else if (!reader_.reply().finished()) {
      fail(StreamFault::cut, "the stream ended without a stop_reason");
    }
    return reader_.finish();
  }

  ModelOutcome cut(const StreamCut& cut) override {
    const bool whole = reader_.stopped() && reader_.reply().finished();
    if (!whole) reader_.reply().fail(cut.failure_class, cut.fault, cut.reason, cut.retryable);
    return reader_.finish();
  }

 private:
  const ReplyContext& context_;
  Reader reader_;
  bool any_event_ = false;
};

}  // namespace

Result<WireRequest> MessagesWire::encode(const ModelRequest& request, const ToolNames& names,
                                         const WireForm& form) const {
  Result<std::string> body = encode_request(request, names, form);
  if (!body) return body.error();
  WireRequest out;
  out.path = "/messages";
  out.headers.add("anthropic-version", "2023-06-01");
  out.body = std::move(*body);
  return out;
}

ModelOutcome MessagesWire::decode(std::string_view body, const ReplyContext& context,
                                  DeltaSink sink) const {
  Reader reader(context, std::move(sink));
  read_whole(body, context, reader);
  return reader.finish();
}

std::unique_ptr<WireStream> MessagesWire::stream(const ReplyContext& context,
                                                 DeltaSink sink) const {
  return std::make_unique<MessagesStream>(context, std::move(sink));
}

std::string MessagesWire::origin(std::string_view backend, std::string_view) const {
  return "anthropic/" + std::string(backend);
}

}  // namespace yoke::anthropic

#include "models/gemini/generate_wire.h"

#include "models/gemini/reader.h"
#include "models/gemini/request.h"
#include "runtime/base/text.h"

namespace yoke::gemini {
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
  reader.add(*answer);
  if (reader.failed()) return;
  if (!reader.any_candidate()) return fail(StreamFault::empty, "the answer has no candidates");
  if (!reader.reply().finished()) fail(StreamFault::cut, "the answer has no finishReason");
}

class GenerateStream final : public WireStream {
 public:
  GenerateStream(const ReplyContext& context, DeltaSink sink)
      : context_(context), reader_(context, std::move(sink)) {}

  bool push(const WireEvent& event) override {
    if (failed()) return false;
    const std::string_view data = trim(event.data);
    if (data.empty()) return true;
    any_event_ = true;
    const Result<Json> read = parse_vendor_json(data);
    if (!read) {
      fail(StreamFault::malformed,
           no_json("an event of the stream", read.error(), data, context_.key));
      return false;
    }
    reader_.add(*read);
    return !failed();
  }

  void fail(StreamFault fault, std::string_view what) override {
    reader_.reply().fail(FailureClass::malformed, fault, what, true);
  }
  bool failed() const override { return reader_.failed(); }

  ModelOutcome end() override {
    if (!any_event_) {
      fail(StreamFault::empty, "the stream ended without one event");
    } else if (!reader_.any_candidate()) {
      fail(StreamFault::empty, "the stream has no candidates");
    } else if (!reader_.reply().finished()) {
      fail(StreamFault::cut, "the stream ended in the middle of the reply");
    }
    return reader_.finish();
  }

  ModelOutcome cut(const StreamCut& cut) override {
    if (!reader_.reply().finished()) {
      reader_.reply().fail(cut.failure_class, cut.fault, cut.reason, cut.retryable);
    }
    return reader_.finish();
  }

 private:
  const ReplyContext& context_;
  Reader reader_;
  bool any_event_ = false;
};

}  // namespace

Result<WireRequest> GenerateWire::encode(const ModelRequest& request, const ToolNames& names,
                                         const WireForm& form) const {
  Result<std::string> body = encode_request(request, names, form);
  if (!body) return body.error();
  WireRequest out;
  out.path = request_path(form.model, form.stream);
  out.body = std::move(*body);
  return out;
}

ModelOutcome GenerateWire::decode(std::string_view body, const ReplyContext& context,
                                  DeltaSink sink) const {
  Reader reader(context, std::move(sink));
  read_whole(body, context, reader);
  return reader.finish();
}

std::unique_ptr<WireStream> GenerateWire::stream(const ReplyContext& context,
                                                 DeltaSink sink) const {
  return std::make_unique<GenerateStream>(context, std::move(sink));
}

std::string GenerateWire::origin(std::string_view backend, std::string_view) const {
  return "gemini/" + std::string(backend);
}

}  // namespace yoke::gemini

#include "models/ollama/ollama_wire.h"

#include "models/ollama/reader.h"
#include "models/ollama/request.h"
#include "runtime/base/text.h"

namespace yoke::ollama {
namespace {

class OllamaStream final : public WireStream {
 public:
  OllamaStream(const ReplyContext& context, DeltaSink sink)
      : context_(context), reader_(context, std::move(sink)) {}

  bool push(const WireEvent& line) override {
    if (reader_.done() || failed()) return false;
    any_line_ = true;
    const Result<Json> parsed = parse_vendor_json(line.data);
    if (!parsed) {
      fail(StreamFault::malformed,
           no_json("a line of the stream", parsed.error(), line.data, context_.key));
      return false;
    }
    reader_.add(*parsed);
    return !reader_.done() && !failed();
  }

  void fail(StreamFault fault, std::string_view what) override {
    reader_.reply().fail(FailureClass::malformed, fault, what, true);
  }

  bool failed() const override { return reader_.reply().failed(); }

  ModelOutcome end() override {
    if (!any_line_) fail(StreamFault::empty, "the stream ended without one line");
    if (!reader_.done()) fail(StreamFault::cut, "the stream ended in the middle of the reply");
    return reader_.reply().finish();
  }

  ModelOutcome cut(const StreamCut& cut) override {
    if (!reader_.done()) {
      reader_.reply().fail(cut.failure_class, cut.fault, cut.reason, cut.retryable);
    }
    return reader_.reply().finish();
  }

 private:
  const ReplyContext& context_;
  Reader reader_;
  bool any_line_ = false;
};

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
  if (!reader.done()) fail(StreamFault::malformed, "the answer does not say that it is done");
}

}  // namespace

Result<WireRequest> OllamaWire::encode(const ModelRequest& request, const ToolNames& names,
                                       const WireForm& form) const {
  Result<std::string> body = encode_request(request, names, form);
  if (!body) return body.error();
  WireRequest out;
  out.path = "/api/chat";
  out.body = std::move(*body);
  return out;
}

ModelOutcome OllamaWire::decode(std::string_view body, const ReplyContext& context,
                                DeltaSink sink) const {
  Reader reader(context, std::move(sink));
  read_whole(body, context, reader);
  return reader.reply().finish();
}

std::unique_ptr<WireStream> OllamaWire::stream(const ReplyContext& context, DeltaSink sink) const {
  return std::make_unique<OllamaStream>(context, std::move(sink));
}

std::string OllamaWire::origin(std::string_view backend, std::string_view) const {
  return "ollama/" + std::string(backend);
}

std::vector<std::string_view> OllamaWire::own_fields() const {
  return {"model", "messages", "tools", "format", "stream"};
}

}  // namespace yoke::ollama

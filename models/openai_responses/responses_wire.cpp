#include "models/openai_responses/responses_wire.h"

#include "models/openai_responses/reader.h"
#include "models/wire/request_parts.h"
#include "runtime/base/text.h"

namespace yoke::openai_responses {
namespace {

// A reply is whole only with response.completed or response.incomplete.
class ResponsesStream final : public WireStream {
 public:
  ResponsesStream(const ReplyContext& context, DeltaSink sink)
      : context_(context), reader_(context, std::move(sink)) {}

  bool push(const WireEvent& event) override {
    if (reader_.ended() || failed()) return false;
    const std::string_view data = trim(event.data);
    if (data.empty() || data == "[DONE]") return true;  // some servers add Chat's mark
    any_event_ = true;
    const Result<Json> parsed = parse_vendor_json(data);
    if (!parsed) {
      fail(StreamFault::malformed,
           no_json("an event of the stream", parsed.error(), data, context_.key));
      return false;
    }
    reader_.add_event(*parsed);
    return !reader_.ended() && !failed();
  }

  void fail(StreamFault fault, std::string_view what) override {
    reader_.reply().fail(FailureClass::malformed, fault, what, true);
    failed_ = true;
  }

  bool failed() const override { return failed_ || reader_.failed(); }

  ModelOutcome end() override {
    if (!reader_.ended() && !failed()) {
      if (any_event_) {
        fail(StreamFault::cut, "the stream ended without response.completed");
      } else {
        fail(StreamFault::empty, "the stream ended without one event");
      }
    }
    return reader_.reply().finish();
  }

  ModelOutcome cut(const StreamCut& cut) override {
    if (!reader_.ended()) {
      reader_.reply().fail(cut.failure_class, cut.fault, cut.reason, cut.retryable);
    }
    return reader_.reply().finish();
  }

 private:
  const ReplyContext& context_;
  Reader reader_;
  bool any_event_ = false;
  bool failed_ = false;
};

void read_whole_response(std::string_view body, const ReplyContext& context, Reader& reader) {
  const auto fail = [&](StreamFault fault, std::string_view what) {
    reader.reply().fail(FailureClass::malformed, fault, what, true);
  };
  if (trim(body).empty()) return fail(StreamFault::empty, "the answer has no body");
  const Result<Json> answer = parse_vendor_json(body);
  if (!answer) {
    return fail(StreamFault::malformed, no_json("the answer", answer.error(), body, context.key));
  }
  reader.add_response(*answer);
  if (!reader.ended()) fail(StreamFault::malformed, "the answer says of no status that it is over");
}

}  // namespace

Result<WireRequest> ResponsesWire::encode(const ModelRequest& request, const ToolNames& names,
                                          const WireForm& form) const {
  const OptionWords words{.protocol = "OpenAI's Responses", .stop = false, .top_k = false};
  if (const Result<void> sayable = check_options(request, words); !sayable) return sayable.error();
  WireRequest out;
  out.path = "/responses";
  out.body = encode_request(request, names, dialect_for_model(dialect_, form.model), form);
  return out;
}

ModelOutcome ResponsesWire::decode(std::string_view body, const ReplyContext& context,
                                   DeltaSink sink) const {
  Reader reader(context, std::move(sink));
  read_whole_response(body, context, reader);
  return reader.reply().finish();
}

std::unique_ptr<WireStream> ResponsesWire::stream(const ReplyContext& context,
                                                  DeltaSink sink) const {
  return std::make_unique<ResponsesStream>(context, std::move(sink));
}

// Of models named MAKER/MODEL one maker's cannot read what another's has enciphered.
std::string ResponsesWire::origin(std::string_view backend, std::string_view model) const {
  const std::string origin = "openai-responses/" + std::string(backend);
  const std::size_t slash = model.find('/');
  if (slash == std::string_view::npos) return origin;
  return origin + "/" + std::string(model.substr(0, slash));
}

std::vector<std::string_view> ResponsesWire::own_fields() const {
  return {"model",
          "input",
          "instructions",
          "max_output_tokens",
          "temperature",
          "prompt_cache_key",
          "previous_response_id",
          "stream",
          "conversation"};
}

}  // namespace yoke::openai_responses

#include "models/embeddings/embed_wire.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/failure.h"
#include "models/wire/reply_builder.h"
#include "runtime/base/json_writer.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kBatchBytesMax = 512u << 10;
constexpr std::size_t kNumbersMax = 16'384;

std::size_t batch_max(EmbedDialect dialect, const EmbedQuirks& quirks) {
  if (quirks.texts_max > 0) return quirks.texts_max;
  return dialect == EmbedDialect::ollama ? 64 : 100;
}

class Writer {
 public:
  Writer(const EmbedRequest& request, EmbedWire::Batch batch, const std::string& model,
         std::string& out)
      : request_(request), batch_(batch), model_(model), writer_(out) {}

  void openai(std::string_view dimensions_key) {
    writer_.open_object().member("model", model_).key("input");
    texts();
    if (dimensions_key.empty()) dimensions_key = "dimensions";
    if (request_.dimensions) writer_.key(dimensions_key).integer(*request_.dimensions);
    writer_.member("encoding_format", "float");
  }

  void ollama() {
    writer_.open_object().member("model", model_).key("input");
    texts();
    if (request_.dimensions) writer_.key("dimensions").integer(*request_.dimensions);
    writer_.key("truncate").boolean(false);  // rather an error than a vector of half a text
  }

  void gemini() {
    const bool query = request_.purpose == EmbedRequest::Purpose::query;
    writer_.open_object().key("requests").open_array();
    for (std::size_t at = batch_.begin; at < batch_.end; ++at) {
      writer_.open_object().member("model", "models/" + model_).key("content").open_object();
      writer_.key("parts").open_array().open_object().member("text", request_.texts[at]);
      writer_.close_object().close_array().close_object();
      writer_.member("taskType", query ? "RETRIEVAL_QUERY" : "RETRIEVAL_DOCUMENT");
      if (request_.dimensions) writer_.key("outputDimensionality").integer(*request_.dimensions);
      writer_.close_object();
    }
    writer_.close_array();
  }

  void end(const Json& extra) {
    if (extra.is_object()) {
      for (const auto& [key, value] : extra.items()) writer_.key(key).json(value);
    }
    writer_.close_object();
  }

 private:
  void texts() {
    writer_.open_array();
    for (std::size_t at = batch_.begin; at < batch_.end; ++at) writer_.text(request_.texts[at]);
    writer_.close_array();
  }

  const EmbedRequest& request_;
  const EmbedWire::Batch batch_;
  const std::string& model_;
  JsonWriter writer_;
};

ModelFailure malformed(const ReplyContext& context, std::string_view what, bool retryable) {
  ModelFailure failure;
  failure.failure_class = FailureClass::malformed;
  failure.fault = StreamFault::malformed;
  failure.retryable = retryable;
  failure.message = "backend '" + context.backend + "': " + std::string(what);
  return failure;
}

// The array that holds the vectors, and under which key one has it; empty: it is the vector itself.
struct Shape {
  std::string_view list;
  std::string_view vector;
};
Shape shape_of(EmbedDialect dialect) {
  switch (dialect) {
    case EmbedDialect::openai:
      return {"data", "embedding"};
    case EmbedDialect::ollama:
      return {"embeddings", ""};
    case EmbedDialect::gemini:
      break;
  }
  return {"embeddings", "values"};
}

}  // namespace

Result<WireRequest> EmbedWire::encode(const ModelRequest&, const ToolNames&,
                                      const WireForm& form) const {
  WireRequest out;
  Writer writer(request_, batch_, form.model, out.body);
  switch (dialect_) {
    case EmbedDialect::openai:
      out.path = "/embeddings";
      writer.openai(quirks_.dimensions_key);
      break;
    case EmbedDialect::ollama:
      out.path = "/api/embed";
      writer.ollama();
      break;
    case EmbedDialect::gemini:
      out.path = "/models/" + form.model + ":batchEmbedContents";
      writer.gemini();
      break;
  }
  writer.end(form.extra_body);
  return out;
}

ModelOutcome EmbedWire::decode(std::string_view body, const ReplyContext& context,
                               DeltaSink) const {
  out_.clear();
  const Result<Json> answer = parse_vendor_json(body);
  if (!answer) {
    return malformed(context, no_json("the answer", answer.error(), body, context.key), true);
  }
  const Json& error = member_at(*answer, "error");
  if (!error.is_null()) {
    return failure_of_error_object(error, FailureContext{context.backend, context.key});
  }
  const std::string wrong = wrong_with(*answer);
  if (!wrong.empty()) return malformed(context, wrong, false);
  ModelReply reply;
  reply.usage = usage_in(*answer, context.input_tokens);
  reply.model = shorten(printable(string_at(*answer, "model")), 200);
  return reply;
}

std::string EmbedWire::wrong_with(const Json& answer) const {
  const Shape shape = shape_of(dialect_);
  const Json& list = member_at(answer, shape.list);
  const std::size_t wanted = batch_.end - batch_.begin;
  const std::size_t count = list.is_array() ? list.size() : 0;
  if (count != wanted) {
    return "it gave " + std::to_string(count) + " vectors for " + std::to_string(wanted) + " texts";
  }
  out_.resize(wanted);
  for (std::size_t at = 0; at < wanted; ++at) {
    const Json& one = list[at];
    const std::int64_t index = integer_at(one, "index", static_cast<std::int64_t>(at));
    const bool known = index >= 0 && static_cast<std::size_t>(index) < wanted;
    if (!known || !out_[static_cast<std::size_t>(index)].empty()) {
      return "its vectors have no order: an index is " + std::to_string(index);
    }
    const Json& value = shape.vector.empty() ? one : member_at(one, shape.vector);
    const std::string wrong = wrong_vector(value, out_[static_cast<std::size_t>(index)]);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string EmbedWire::wrong_vector(const Json& value, std::vector<float>& vector) const {
  const std::size_t size = value.is_array() ? value.size() : 0;
  if (size == 0 || size > kNumbersMax) {
    return "a vector of it holds " + std::to_string(size) + " numbers";
  }
  if (request_.dimensions && size != static_cast<std::size_t>(*request_.dimensions)) {
    return "its vectors have " + std::to_string(size) + " dimensions instead of the " +
           std::to_string(*request_.dimensions) + " that were asked for; this model has no others";
  }
  vector.reserve(size);
  constexpr double kMost = std::numeric_limits<float>::max();
  for (const Json& number : value) {
    const double one = number.is_number() ? number.get<double>() : kMost * 2;
    if (!std::isfinite(one) || std::abs(one) > kMost) {
      return "a vector of it holds what is no number";
    }
    vector.push_back(static_cast<float>(one));
  }
  return {};
}

Usage EmbedWire::usage_in(const Json& answer, std::int64_t estimated) const {
  Usage usage;
  usage.input = -1;
  if (dialect_ == EmbedDialect::openai) {
    const Json& counts = member_at(answer, "usage");
    usage.input = integer_at(counts, "prompt_tokens", integer_at(counts, "total_tokens", -1));
  }
  if (dialect_ == EmbedDialect::ollama) usage.input = integer_at(answer, "prompt_eval_count", -1);
  if (dialect_ == EmbedDialect::gemini) {
    usage.input = integer_at(member_at(answer, "usageMetadata"), "promptTokenCount", -1);
  }
  if (usage.input < 0) {
    usage.input = estimated;
    usage.estimated = true;
  }
  return plausible(usage);
}

// What streams is no answer to this question.
std::unique_ptr<WireStream> EmbedWire::stream(const ReplyContext& context, DeltaSink) const {
  class NoStream final : public WireStream {
   public:
    explicit NoStream(const ReplyContext& about) : about_(about) {}
    bool push(const WireEvent&) override { return false; }
    void fail(StreamFault, std::string_view) override {}
    bool failed() const override { return true; }
    ModelOutcome end() override {
      return malformed(about_, "it streams where vectors were asked for", false);
    }
    ModelOutcome cut(const StreamCut& cut) override {
      ModelFailure failure = malformed(about_, cut.reason, cut.retryable);
      failure.failure_class = cut.failure_class;
      failure.fault = cut.fault;
      return failure;
    }

   private:
    const ReplyContext& about_;
  };
  return std::make_unique<NoStream>(context);
}

std::string EmbedWire::origin(std::string_view backend, std::string_view) const {
  return "embeddings/" + std::string(backend);
}

std::vector<EmbedWire::Batch> batches_of(EmbedDialect dialect, const EmbedQuirks& quirks,
                                         const EmbedRequest& request) {
  std::vector<EmbedWire::Batch> batches;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < request.texts.size(); ++at) {
    bytes += request.texts[at].size();
    const bool fits = !batches.empty() && bytes <= kBatchBytesMax &&
                      at - batches.back().begin < batch_max(dialect, quirks);
    if (!fits) {
      batches.push_back({at, at});
      bytes = request.texts[at].size();
    }
    batches.back().end = at + 1;
  }
  return batches;
}

std::string wrong_with(const EmbedRequest& request) {
  if (request.texts.empty()) return "there is no text to make a vector of";
  if (request.texts.size() > kEmbedTextsMax) {
    return std::to_string(request.texts.size()) + " texts at once; give at most " +
           std::to_string(kEmbedTextsMax);
  }
  if (request.dimensions &&
      (*request.dimensions < 1 || *request.dimensions > static_cast<int>(kNumbersMax))) {
    return std::to_string(*request.dimensions) + " dimensions; ask for 1 to " +
           std::to_string(kNumbersMax);
  }
  for (std::size_t at = 0; at < request.texts.size(); ++at) {
    const std::string& text = request.texts[at];
    const std::string which = "text " + std::to_string(at + 1);
    if (trim(text).empty()) return which + " is empty";
    if (text.size() > kEmbedTextBytesMax) return which + " is over 1 MiB; cut it into pieces";
  }
  return {};
}

}  // namespace yoke

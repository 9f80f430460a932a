#include "models/openai_chat/chat_wire.h"

#include "models/openai_chat/reader.h"
#include "models/openai_chat/request.h"
#include "models/openai_chat/stream.h"
#include "models/wire/request_parts.h"
#include "runtime/base/text.h"

namespace yoke::openai_chat {
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
  reader.add(*answer, "message");
  const bool failed = reader.reply().failed();
  if (!failed && !reader.any_choice()) fail(StreamFault::empty, "the answer has no choices");
}

}  // namespace

Result<WireRequest> ChatWire::encode(const ModelRequest& request, const ToolNames& names,
                                     const WireForm& form) const {
  const OptionWords words{.protocol = "Chat Completions", .top_k = false};
  if (const Result<void> sayable = check_options(request, words); !sayable) return sayable.error();
  Profile profile = profile_for_model(profile_, form.model);
  if (profile.preserves_on_request && bool_at(form.extra_body, "preserve_thinking")) {
    profile.reasoning_back = ReasoningBack::same_key;
  }
  WireRequest out;
  out.path = "/chat/completions";
  out.body = encode_request(request, names, profile, form);
  return out;
}

ModelOutcome ChatWire::decode(std::string_view body, const ReplyContext& context,
                              DeltaSink sink) const {
  Reader reader(context, profile_for_model(profile_, context.model), std::move(sink));
  read_whole(body, context, reader);
  return reader.finish();
}

std::unique_ptr<WireStream> ChatWire::stream(const ReplyContext& context, DeltaSink sink) const {
  const Profile profile = profile_for_model(profile_, context.model);
  return std::make_unique<ChatStream>(context, profile, std::move(sink));
}

std::vector<std::string_view> ChatWire::own_fields() const {
  return {"model",
          "messages",
          "tools",
          "response_format",
          "max_tokens",
          "temperature",
          "max_completion_tokens",
          "stream",
          "stream_options",
          "prompt_cache_key",
          "n"};
}

bool ChatWire::can_continue(std::string_view) const { return profile_.go_on != GoOn::no; }

SchemaMode ChatWire::schema_mode(std::string_view model) const {
  const Profile profile = profile_for_model(profile_, model);
  if (profile.schema_alone || profile.schema_form == SchemaForm::json_object) {
    return SchemaMode::prompted;
  }
  return profile.schema_by_grammar ? SchemaMode::grammar : SchemaMode::native;
}

std::string ChatWire::origin(std::string_view backend, std::string_view model) const {
  std::string origin = "openai-chat/" + std::string(backend);
  const std::size_t slash = model.find('/');
  if (profile_.many_makers && slash != std::string_view::npos) {
    origin += "/" + std::string(model.substr(0, slash));
  }
  return origin;
}

}  // namespace yoke::openai_chat

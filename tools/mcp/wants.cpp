#include "tools/mcp/wants.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"
#include "tools/mcp/wire/content.h"

namespace yoke::mcp {
namespace {

constexpr std::size_t kWordsBytesMax = 4'000;
constexpr std::size_t kMessagesMax = 100;
constexpr std::int64_t kSampleTokensMax = 8'192;

// The call's time stands still as long as one lives.
class StandStill {
 public:
  explicit StandStill(std::shared_ptr<CallTime> time) : time_(std::move(time)) { time_->pause(); }
  ~StandStill() { time_->resume(); }
  StandStill(const StandStill&) = delete;
  StandStill& operator=(const StandStill&) = delete;

 private:
  const std::shared_ptr<CallTime> time_;
};

std::string words_of(const Json& params, std::string_view key) {
  return printable(to_valid_utf8(shorten(string_at(params, key), kWordsBytesMax)));
}

std::string_view action_name(CallAnswer::Action action) {
  if (action == CallAnswer::Action::accept) return "accept";
  return action == CallAnswer::Action::decline ? "decline" : "cancel";
}

Part part_of(const ContentBlock& block) {
  if (block.kind != ContentBlock::Kind::image) return TextPart{text_of(block)};
  ImagePart image;
  image.media_type = block.media_type;
  image.url = "data:" + block.media_type + ";base64," + block.data;
  return image;
}

RpcError not_ours(const std::string& what) {
  return RpcError{code::kMethodNotFound, what, nullptr};
}

awaitable<WantAnswer> elicit(Json params, CallContext* context, WantRules rules,
                             std::shared_ptr<CallTime> time) {
  if (!rules.asks_people) co_return not_ours("nobody may be asked through this client");
  Result<CallQuestion> question = question_from(params, rules.server);
  if (!question) co_return RpcError{code::kInvalidParams, question.error().message(), nullptr};
  CallAnswer answer;
  const Json schema = question->schema;
  if (context != nullptr) {
    const StandStill still(time);
    answer = co_await context->ask(std::move(*question));
  }
  co_return elicitation_result(answer, schema);
}

CallQuestion may_sample(const CallSample& sample, const std::string& server) {
  CallQuestion question;
  question.title = "Let the MCP server '" + server + "' ask a model?";
  question.body = "It would be paid for as this run's own calls are. It wants to say:";
  for (const Message& message : sample.messages) {
    question.body += "\n" + shorten(printable(text_of(message)), kWordsBytesMax);
  }
  return question;
}

awaitable<WantAnswer> sample_model(Json params, CallContext* context, WantRules rules,
                                   std::shared_ptr<CallTime> time) {
  if (rules.sampling == Sampling::off || context == nullptr) {
    co_return not_ours("no model may be asked through this client");
  }
  Result<CallSample> sample = sample_from(params);
  if (!sample) co_return RpcError{code::kInvalidParams, sample.error().message(), nullptr};
  const StandStill still(time);
  if (rules.sampling == Sampling::ask) {
    CallQuestion question = may_sample(*sample, rules.server);
    const CallAnswer answer = co_await context->ask(std::move(question));
    if (answer.action != CallAnswer::Action::accept) {
      co_return RpcError{-1, "the person did not allow it", nullptr};
    }
  }
  const SampleReply reply = co_await context->sample(std::move(*sample));
  if (reply.outcome != Outcome::ok) co_return RpcError{-1, reply.refusal, nullptr};
  co_return sampling_result(reply);
}

Json roots_result(const std::vector<Root>& roots) {
  Json list = Json::array();
  for (const Root& root : roots) list.push_back({{"uri", root.uri}, {"name", root.name}});
  return {{"roots", std::move(list)}};
}

}  // namespace

ClientCapabilities capabilities_for(const WantRules& rules) {
  ClientCapabilities all;
  all.roots = true;
  all.sampling = rules.sampling != Sampling::off;
  all.elicitation_form = rules.asks_people;
  all.elicitation_url = rules.asks_people;
  return all;
}

Result<CallQuestion> question_from(const Json& params, const std::string& server) {
  CallQuestion question;
  question.title = "The MCP server '" + server + "' asks";
  question.body = words_of(params, "message");
  if (string_at(params, "mode", "form") == "url") {
    question.url = string_at(params, "url");
    const bool well = question.url.starts_with("https://") || question.url.starts_with("http://");
    if (!well || question.url != printable(question.url)) {
      return Error{Errc::invalid, "'url' is no address of a page"};
    }
    return question;
  }
  const Json& schema = member_at(params, "requestedSchema");
  if (!schema.is_object()) return Error{Errc::invalid, "'requestedSchema' must be an object"};
  const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
  if (!compiled) return Error{Errc::invalid, "requestedSchema: " + compiled.error().message()};
  const Json& fields = member_at(schema, "properties");
  if (fields.is_object() && !fields.empty()) question.schema = schema;
  return question;
}

Json elicitation_result(const CallAnswer& answer, const Json& schema) {
  Json out = {{"action", std::string(action_name(answer.action))}};
  if (answer.action != CallAnswer::Action::accept || schema.is_null()) return out;
  const Json given = answer.value.is_object() ? answer.value : Json(Json::object());
  const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
  out["content"] = compiled ? (*compiled)->with_defaults(given) : given;
  return out;
}

Result<CallSample> sample_from(const Json& params) {
  CallSample sample;
  const Json& messages = member_at(params, "messages");
  if (!messages.is_array() || messages.empty() || messages.size() > kMessagesMax) {
    return Error{Errc::invalid, "'messages' must be a list of 1 to 100"};
  }
  if (!member_at(params, "tools").is_null()) {
    return Error{Errc::invalid, "this client did not say that a sampled model may use tools"};
  }
  for (const Json& one : messages) {
    Message& message = sample.messages.emplace_back();
    message.role = string_at(one, "role") == "assistant" ? Role::assistant : Role::user;
    for (const ContentBlock& block : contents_from_json(member_at(one, "content"))) {
      message.parts.push_back(part_of(block));
    }
    if (message.parts.empty()) return Error{Errc::invalid, "a message needs 'content'"};
  }
  sample.instructions = string_at(params, "systemPrompt");
  sample.output_tokens_max =
      std::clamp<std::int64_t>(integer_at(params, "maxTokens", 1'024), 1, kSampleTokensMax);
  return sample;
}

Json sampling_result(const SampleReply& reply) {
  return {{"role", "assistant"},
          {"content", to_json(text_block(text_of(reply.message)))},
          {"model", reply.model},
          {"stopReason", "endTurn"}};
}

awaitable<WantAnswer> answer_want(std::string method, Json params, CallContext* context,
                                  WantRules rules, std::shared_ptr<CallTime> time) {
  if (method == "ping") co_return Json::object();
  if (method == "roots/list") co_return roots_result(rules.roots);
  if (method == "elicitation/create") {
    auto answer = elicit(std::move(params), context, std::move(rules), std::move(time));
    co_return co_await std::move(answer);
  }
  if (method == "sampling/createMessage") {
    auto answer = sample_model(std::move(params), context, std::move(rules), std::move(time));
    co_return co_await std::move(answer);
  }
  co_return not_ours("this client knows no '" + shorten(printable(method), 60) + "'");
}

}  // namespace yoke::mcp

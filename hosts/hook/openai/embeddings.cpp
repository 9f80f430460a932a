#include "hosts/hook/openai/embeddings.h"

#include <bit>
#include <cstring>

#include "hosts/app/settings.h"
#include "hosts/hook/model_name.h"
#include "hosts/hook/talk.h"
#include "hosts/hook/visible.h"
#include "hosts/hook/while_there.h"
#include "models/router.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"
#include "runtime/engine/paid_embedder.h"

namespace yoke::openai {
namespace {

constexpr std::size_t kTextsMax = 2048;
constexpr int kDimensionsMax = 65'536;
constexpr std::chrono::minutes kPatience{5};

static_assert(std::endian::native == std::endian::little, "the encoding is little-endian");

// Of 32-bit floats, one after the other: what OpenAI's own libraries ask for.
std::string base64_of(const std::vector<float>& vector) {
  std::string bytes(vector.size() * sizeof(float), '\0');
  if (!vector.empty()) std::memcpy(bytes.data(), vector.data(), bytes.size());
  return to_base64(bytes);
}

void read_input(Fields& fields, std::vector<std::string>& texts) {
  const Json& input = fields.any("input");
  if (input.is_string()) texts.push_back(input.get<std::string>());
  for (const Json& each : input.is_array() ? input : Json::array()) {
    if (each.is_number() || each.is_array()) {
      return fields.refuse(unsupported("input",
                                       "texts are taken, no tokens: each model has its "
                                       "own"));
    }
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  const bool all = input.is_string() || (input.is_array() && texts.size() == input.size());
  if (!all || texts.empty() || texts.size() > kTextsMax) {
    fields.refuse(bad_param("input", "'input' must be a text or an array of 1 to 2048 texts"));
  }
  for (const std::string& text : texts) {
    if (text.empty()) fields.refuse(bad_param("input", "'input' has an empty text"));
  }
}

// As of a run's model call that failed so.
Refusal refusal_of(const ModelFailure& failure) {
  Refusal refusal =
      refusal_of_failure("model." + std::string(name_of(failure.failure_class)), failure.message);
  refusal.retry_after = failure.retry_after;
  return openai_status(std::move(refusal));
}

HttpReply embedding_refused(const Refusal& refusal) { return refuse(ErrorShape::openai, refusal); }

std::optional<Refusal> aim(HookServices services, const Principal& who, EmbedAsk& ask) {
  const auto hidden = [&] {
    return no_such_model("the model '" + shorten(printable(ask.model), 120) +
                         "' does not exist, or this key may not use it");
  };
  const Result<ModelName> name = find_model_name(services.app, ask.model);
  if (!name && is_bound(who)) return hidden();
  if (!name && name.error().code == Errc::not_found) return no_such_model(name.error().detail);
  if (!name) return bad_param("model", name.error().detail);
  const bool agent = name->kind == ModelName::Kind::agent;
  const bool may = agent ? may_use_agent(who, name->name) : may_use_model(who, full_name(*name));
  if (!may) return hidden();
  if (agent) return bad_param("model", "an agent makes no vectors; name a route or a model");
  ask.request.target = name->name;
  ask.request.tenant = who.tenant;
  ask.request.caller = who.name;
  return std::nullopt;
}

}  // namespace

Checked<EmbedAsk> read_embed(const Json& body) {
  Fields fields(body);
  EmbedAsk ask;
  ask.model = fields.needed_text("model");
  read_input(fields, ask.request.texts);
  const std::string format = fields.text("encoding_format");
  if (!format.empty() && format != "float" && format != "base64") {
    fields.refuse(bad_param("encoding_format", "'encoding_format' is float or base64"));
  }
  ask.base64 = format == "base64";
  const std::optional<std::int64_t> dimensions = fields.whole("dimensions", 1, kDimensionsMax);
  if (dimensions) ask.request.dimensions = static_cast<int>(*dimensions);
  fields.pass({"user"});
  fields.refuse_rest();
  if (!fields.ok()) return *fields.problem();
  return ask;
}

Json embeddings_json(const EmbedAsk& ask, const EmbedReply& reply) {
  Json data = Json::array();
  for (const std::vector<float>& vector : reply.vectors) {
    data.push_back({{"object", "embedding"},
                    {"index", data.size()},
                    {"embedding", ask.base64 ? Json(base64_of(vector)) : Json(vector)}});
  }
  return {{"object", "list"},
          {"data", std::move(data)},
          {"model", ask.model},
          {"usage", {{"prompt_tokens", reply.usage.input}, {"total_tokens", reply.usage.input}}}};
}

awaitable<HttpReply> answer_embed(HookServices services, HookCall call) {
  const Result<Json> body = json_body(call.request);
  if (!body) co_return embedding_refused(body_refusal(body.error()));
  Checked<EmbedAsk> ask = read_embed(*body);
  if (!ask) co_return embedding_refused(ask.error());
  const std::optional<Refusal> wrong = aim(services, call.who, *ask);
  if (wrong) co_return embedding_refused(*wrong);
  App& app = services.app;
  SystemRandom random;
  PaidEmbedder::Services paid{app.models(), app.models(), app.store(), services.wall, random};
  PaidEmbedder embedder(paid, app.budgets(), prices_edition(app.config()));
  auto asking = embedder.embed(ask->request, LoopClock::now() + kPatience);
  // Given up, it is booked as it was expected: the vendor may have done it.
  const std::optional<EmbedOutcome> outcome =
      co_await while_there(call.request.caller, std::move(asking));
  if (!outcome) co_return embedding_refused(hung_up());
  if (const auto* failure = std::get_if<ModelFailure>(&*outcome)) {
    co_return embedding_refused(refusal_of(*failure));
  }
  co_return json_reply(200, embeddings_json(*ask, std::get<EmbedReply>(*outcome)));
}

}  // namespace yoke::openai

#include "tests/support/mock_embeddings.h"

#include <algorithm>
#include <optional>

#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

using Names = std::vector<std::string>;

// A request in no vendor's words.
struct Asked {
  std::string model;
  std::vector<std::string> texts;
  int dimensions = MockEmbeddings::kDimensions;
  std::string wrong = {};
};

std::string unknown_embeddings_key(const Json& object, const Names& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return "unknown field " + key;
  }
  return {};
}

void take_dimensions(Asked& asked, const Json& value) {
  if (value.is_null()) return;
  asked.dimensions = value.is_number_integer() ? value.get<int>() : 0;
  const bool can = asked.dimensions >= 1 && asked.dimensions <= MockEmbeddings::kDimensions;
  if (!can || asked.model.ends_with("-fixed")) asked.wrong = "this model has other dimensions";
}

void take_texts(Asked& asked, const Json& list, std::size_t most) {
  if (!list.is_array() || list.empty() || list.size() > most) {
    asked.wrong = "give 1 to " + std::to_string(most) + " texts";
    return;
  }
  for (const Json& text : list) {
    const bool said = text.is_string() && !text.get<std::string>().empty();
    if (!said) asked.wrong = "a text is empty";
    if (said) asked.texts.push_back(text.get<std::string>());
  }
}

Asked asked_of_openai(const Json& body, int texts_max) {
  Asked asked;
  asked.model = string_at(body, "model");
  const bool mistral = asked.model.starts_with("codestral");
  const std::string length = mistral ? "output_dimension" : "dimensions";
  asked.wrong = unknown_embeddings_key(body, {"model", "input", length, "encoding_format", "user"});
  if (asked.model.empty()) asked.wrong = "you must provide a model parameter";
  if (string_at(body, "encoding_format", "float") != "float") asked.wrong = "ask for floats";
  take_texts(asked, member_at(body, "input"), static_cast<std::size_t>(texts_max));
  take_dimensions(asked, member_at(body, length));
  return asked;
}

Asked asked_of_ollama(const Json& body) {
  Asked asked;
  asked.wrong = unknown_embeddings_key(
      body, {"model", "input", "truncate", "dimensions", "options", "keep_alive"});
  asked.model = string_at(body, "model");
  take_texts(asked, member_at(body, "input"), 10'000);
  take_dimensions(asked, member_at(body, "dimensions"));
  return asked;
}

Asked asked_of_gemini(const Json& body, const std::string& model) {
  Asked asked;
  asked.model = model;
  asked.wrong = unknown_embeddings_key(body, {"requests"});
  Json texts = Json::array();
  Json dimensions = nullptr;
  for (const Json& one : member_at(body, "requests")) {
    const Names known{"model", "content", "taskType", "title", "outputDimensionality"};
    if (asked.wrong.empty()) asked.wrong = unknown_embeddings_key(one, known);
    if (string_at(one, "model") != "models/" + model) asked.wrong = "the models differ";
    const Json& parts = member_at(member_at(one, "content"), "parts");
    texts.push_back(parts.size() == 1 ? member_at(parts[0], "text") : Json());
    dimensions = member_at(one, "outputDimensionality");
  }
  take_texts(asked, texts, 100);
  take_dimensions(asked, dimensions);
  return asked;
}

std::string answer_of(const Asked& asked, const std::string& list, const std::string& key,
                      const Json& usage) {
  Json vectors = Json::array();
  for (std::size_t at = 0; at < asked.texts.size(); ++at) {
    const Json vector = mock_vector(asked.texts[at], asked.dimensions);
    Json one = {{key, vector}};
    if (list == "data") one["index"] = at;
    vectors.push_back(key.empty() ? vector : one);
  }
  Json answer = usage;
  answer[list] = std::move(vectors);
  return to_text(answer);
}

}  // namespace

std::vector<float> mock_vector(const std::string& text, int dimensions) {
  std::vector<float> vector{static_cast<float>(text.size())};
  for (const char c : text) vector.push_back(static_cast<float>(static_cast<unsigned char>(c)));
  vector.resize(static_cast<std::size_t>(dimensions), 0.5F);
  return vector;
}

MockEmbeddings::MockEmbeddings(std::string key, int texts_max)
    : key_(std::move(key)),
      texts_max_(texts_max),
      server_([this](const MockRequest& request, MockConnection& connection) {
        return handle(request, connection);
      }) {}

std::string MockEmbeddings::base_url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port());
}

std::vector<std::string> MockEmbeddings::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

int MockEmbeddings::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool MockEmbeddings::handle(const MockRequest& request, MockConnection& connection) {
  const std::lock_guard lock(mutex_);
  ++requests_;
  const auto header = [&request](const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
  };
  const Result<Json> parsed = parse_json(request.body);
  const Json body = parsed ? *parsed : Json();
  const std::string gemini = "/v1beta/models/";
  std::string answer;
  Asked asked;
  std::string key = "Bearer " + key_ == header("authorization") ? key_ : "";
  if (request.target == "/v1/embeddings") {
    asked = asked_of_openai(body, texts_max_);
    const auto tokens = static_cast<std::int64_t>(asked.texts.size()) * 3;
    answer = answer_of(
        asked, "data", "embedding",
        {{"model", asked.model}, {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
  } else if (request.target == "/api/embed") {
    key = key_;  // it wants none
    asked = asked_of_ollama(body);
    answer = answer_of(asked, "embeddings", "",
                       {{"model", asked.model}, {"prompt_eval_count", asked.texts.size() * 3}});
  } else if (request.target.starts_with(gemini)) {
    key = header("x-goog-api-key");
    const std::size_t colon = request.target.find(':');
    asked = asked_of_gemini(body, request.target.substr(gemini.size(), colon - gemini.size()));
    if (request.target.substr(colon) != ":batchEmbedContents") asked.wrong = "no such method";
    answer = answer_of(asked, "embeddings", "values", Json::object());
  } else {
    asked.wrong = "no such path: " + request.target;
  }
  const bool known = key == key_;
  if (known && asked.wrong.empty()) {
    return connection.send(http_answer(200, "application/json", answer));
  }
  refusals_.push_back(known ? asked.wrong : "wrong key");
  const Json error = {
      {"error", {{"message", refusals_.back()}, {"type", "invalid_request_error"}}}};
  return connection.send(http_answer(known ? 400 : 401, "application/json", to_text(error)));
}

}  // namespace yoke::testing

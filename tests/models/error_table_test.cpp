#include "models/error_table.h"

#include <catch2/catch.hpp>

#include "models/failure.h"

namespace yoke {
namespace {

using F = FailureClass;

// What a vendor answers, as it is documented to, and what that means here.
struct Case {
  const char* vendor;
  int status;  // 200: an error object in an answer that began well
  const char* body;
  F failure_class;
  bool retryable;
  const char* mend;  // how the message ends; "": with the vendor's words
};

const std::vector<Case> kCases{
    {"OpenAI", 401,
     R"({"error":{"message":"Incorrect API key provided.","type":"invalid_request_error",
         "param":null,"code":"invalid_api_key"}})",
     F::key, false, "; check its api_key"},
    {"OpenAI", 429,
     R"({"error":{"message":"Rate limit reached for requests","type":"requests","param":null,
         "code":"rate_limit_exceeded"}})",
     F::quota, true, "; too many requests"},
    {"OpenAI", 429,
     R"({"error":{"message":"You exceeded your current quota, please check your plan.",
         "type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
     F::key, false, "; its account is out of credit"},
    {"OpenAI", 400,
     R"({"error":{"message":"This model's maximum context length is 8192 tokens.",
         "type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
     F::client, false, "; the conversation is too long for it"},
    {"OpenAI", 404,
     R"({"error":{"message":"The model `x` does not exist","type":"invalid_request_error",
         "param":null,"code":"model_not_found"}})",
     F::client, false, "; check its base_url and the model's name"},
    {"OpenAI", 403,
     R"({"error":{"message":"Country, region, or territory not supported",
         "type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}})",
     F::key, false, "; its api_key is not allowed to do this"},
    {"OpenAI", 500,
     R"({"error":{"message":"The server had an error.","type":"server_error","param":null,
         "code":null}})",
     F::server, true, "The server had an error."},
    {"OpenAI in a stream", 200,
     R"({"type":"server_error","code":"server_error","message":"It failed.","param":null})",
     F::server, true, "It failed."},
    {"OpenAI in a stream", 200,
     R"({"type":"tokens","code":"rate_limit_exceeded","message":"Too fast.","param":null})",
     F::quota, true, "; too many requests"},
    {"Azure", 429, R"({"error":{"code":"429","message":"Please retry after 6 seconds."}})",
     F::quota, true, "; too many requests"},
    {"Azure", 400,
     R"({"error":{"message":"The response was filtered","type":null,"param":"prompt",
         "code":"content_filter","status":400,
         "innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
     F::content, false, "; a content filter refused it"},
    {"Azure", 404,
     R"({"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}})",
     F::client, false, "; check its base_url and the model's name"},
    {"Anthropic", 401,
     R"({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},
         "request_id":"req_1"})",
     F::key, false, "; check its api_key"},
    {"Anthropic", 400,
     R"({"type":"error","error":{"type":"invalid_request_error",
         "message":"Your credit balance is too low to access the Anthropic API."}})",
     F::key, false, "; its account is out of credit"},
    {"Anthropic", 402,
     R"({"type":"error","error":{"type":"billing_error","message":"Check your billing."}})", F::key,
     false, "; its account is out of credit"},
    {"Anthropic", 403,
     R"({"type":"error","error":{"type":"permission_error","message":"Not yours."}})", F::key,
     false, "; its api_key is not allowed to do this"},
    {"Anthropic", 413,
     R"({"type":"error","error":{"type":"request_too_large","message":"Over 32 MB."}})", F::client,
     false, "; the request is too large for it"},
    {"Anthropic", 429,
     R"({"type":"error","error":{"type":"rate_limit_error","message":"Slow down."}})", F::quota,
     true, "; too many requests"},
    {"Anthropic", 529,
     R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})", F::server,
     true, "Overloaded"},
    {"Anthropic in a stream", 200, R"({"type":"overloaded_error","message":"Overloaded"})",
     F::server, true, "Overloaded"},
    {"Anthropic in a stream", 200, R"({"type":"rate_limit_error","message":"Slow down."})",
     F::quota, true, "; too many requests"},
    {"Anthropic in a stream", 200, R"({"type":"invalid_request_error","message":"Wrong."})",
     F::client, false, "Wrong."},
    {"Gemini", 400,
     R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
         "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
         "reason":"API_KEY_INVALID","domain":"googleapis.com"}]}})",
     F::key, false, "; check its api_key"},
    {"Gemini", 429,
     R"([{"error":{"code":429,"message":"You exceeded your current quota.",
         "status":"RESOURCE_EXHAUSTED","details":[{"violations":[
         {"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]}]}}])",
     F::quota, true, "; too many requests"},
    {"Gemini", 429,
     R"({"error":{"code":429,"message":"You exceeded your current quota.",
         "status":"RESOURCE_EXHAUSTED","details":[{"violations":[
         {"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}})",
     F::quota, false, "; its quota for today is used up"},
    {"Gemini", 503,
     R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})",
     F::server, true, "The model is overloaded."},
    {"Gemini", 403,
     R"({"error":{"code":403,"message":"Consumer suspended.","status":"PERMISSION_DENIED"}})",
     F::key, false, "; its api_key is not allowed to do this"},
    {"Gemini in a stream", 200,
     R"({"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"})", F::server, true,
     "The model is overloaded."},
    {"DeepSeek", 402,
     R"({"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,
         "code":"invalid_request_error"}})",
     F::key, false, "; its account is out of credit"},
    {"DeepSeek", 400,
     R"({"error":{"message":"The reasoning_content in the thinking mode must be passed back",
         "type":"invalid_request_error","param":null,"code":"invalid_request_error"}})",
     F::client, false, "must be passed back"},
    {"xAI", 400,
     R"({"code":"Client specified an invalid argument","error":"Incorrect API key provided."})",
     F::key, false, "; check its api_key"},
    {"xAI", 403,
     R"({"code":"The caller does not have permission",
         "error":"Your team has used all available credits."})",
     F::key, false, "; its account is out of credit"},
    {"Mistral", 429,
     R"({"object":"error","message":"Service tier capacity exceeded for this model.",
         "type":"service_tier_capacity_exceeded","param":null,"code":"3505"})",
     F::quota, true, "; too many requests"},
    {"Mistral", 401, R"({"detail":"Unauthorized"})", F::key, false, "; check its api_key"},
    {"Groq", 498,
     R"({"error":{"message":"Flex tier capacity exceeded","type":"capacity_exceeded"}})", F::server,
     true, "Flex tier capacity exceeded"},
    {"Groq", 413,
     R"({"error":{"message":"Request too large for model","type":"tokens",
         "code":"rate_limit_exceeded"}})",
     F::client, false, "; the request is too large for it"},
    {"Cerebras", 429,
     R"({"message":"Requests per day limit exceeded","type":"too_many_requests_error",
         "param":"quota","code":"request_quota_exceeded"})",
     F::quota, true, "; too many requests"},
    {"Moonshot", 429,
     R"({"error":{"message":"Your account is suspended","type":"exceeded_current_quota_error"}})",
     F::key, false, "; its account is out of credit"},
    {"Moonshot", 429,
     R"({"error":{"message":"The engine is overloaded","type":"engine_overloaded_error"}})",
     F::server, true, "The engine is overloaded"},
    {"Qwen", 400, R"({"error":{"code":"Arrearage","message":"Access denied.","type":"Arrearage"}})",
     F::key, false, "; its account is out of credit"},
    {"Qwen", 400,
     R"({"error":{"code":"data_inspection_failed","message":"Inappropriate content.",
         "type":"data_inspection_failed"}})",
     F::content, false, "; a content filter refused it"},
    {"OpenRouter", 402, R"({"error":{"code":402,"message":"Insufficient credits"}})", F::key, false,
     "; its account is out of credit"},
    {"OpenRouter", 403,
     R"({"error":{"code":403,"message":"Flagged","metadata":{"reasons":["x"],
         "flagged_input":"…"}}})",
     F::content, false, "; a content filter refused it"},
    {"OpenRouter in a stream", 200, R"({"code":502,"message":"Provider disconnected"})", F::server,
     true, "Provider disconnected"},
    {"GitHub Models", 429,
     R"({"error":{"code":"RateLimitReached","message":"Rate limit of 10 per 86400s exceeded."}})",
     F::quota, true, "; too many requests"},
    {"GitHub Models", 413,
     R"({"error":{"code":"tokens_limit_reached","message":"Request body too large."}})", F::client,
     false, "; the conversation is too long for it"},
    {"llama.cpp", 503,
     R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})", F::server,
     true, "Loading model"},
    {"llama.cpp", 400,
     R"({"error":{"code":400,"message":"the request exceeds the available context size",
         "type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}})",
     F::client, false, "; the conversation is too long for it"},
    {"vLLM", 400,
     R"({"object":"error","message":"This model's maximum context length is 4096 tokens.",
         "type":"BadRequestError","param":null,"code":400})",
     F::client, false, "is 4096 tokens."},
    {"Ollama", 404, R"({"error":"model 'x' not found"})", F::client, false,
     "; check its base_url and the model's name"},
    {"Ollama", 503, R"({"error":"server busy, please try again."})", F::server, true,
     "please try again."},
};

ModelFailure failure_of(const Case& one) {
  const Secret key("sk-live-abcdefgh12345678");
  const FailureContext context{"lab", key};
  const std::string body = one.body;
  if (one.status == 200) return failure_of_error_object(parse_json(body).value(), context);
  return failure_of_refusal(RefusedReply{one.status, body}, context);
}

TEST_CASE("each vendor's errors have their class, and say what is to be done") {
  for (const Case& one : kCases) {
    INFO(one.vendor << " " << one.status << " " << one.body);
    const ModelFailure failure = failure_of(one);
    CHECK(name_of(failure.failure_class) == name_of(one.failure_class));
    CHECK(failure.retryable == one.retryable);
    CHECK_THAT(failure.message, Catch::EndsWith(one.mend));
  }
}

TEST_CASE("a name outranks the status it comes with, and words the status too") {
  const Json moonshot = {{"type", "engine_overloaded_error"}};
  CHECK(error_row({429, moonshot, "{}"}).failure_class == F::server);
  CHECK(error_row({429, Json(), "Insufficient Balance"}).failure_class == F::key);
  CHECK(error_row({500, Json(), "Insufficient Balance"}).failure_class == F::server);
}

TEST_CASE("what a refusal quotes of the request finds no fault with the key") {
  const char* const kQuoted[] = {"Incorrect API key provided",
                                 "insufficient balance",
                                 "You exceeded your current quota",
                                 "billing_hard_limit",
                                 "authentication",
                                 "permission",
                                 "rate limit"};
  for (const char* quoted : kQuoted) {
    INFO(quoted);
    const Json error{{"message", std::string("messages[0]: bad value '") + quoted + "'"},
                     {"type", "invalid_request_error"},
                     {"input", quoted}};
    const std::string body = to_text(Json{{"error", error}});
    for (const int status : {400, 404, 422}) {
      CHECK(error_row({status, error, body}).failure_class == F::client);
    }
    CHECK(error_row({200, error, body}).failure_class == F::client);
    CHECK(error_row({200, Json{{"message", error["message"]}}, "{}"}).failure_class == F::server);
  }
  const Json named{{"message", "No."}, {"code", "authentication_failed"}};
  CHECK(error_row({200, named, "{}"}).failure_class == F::key);
  CHECK(error_row({200, Json("Insufficient Balance"), "{}"}).failure_class == F::key);
}

TEST_CASE("every status has a row, and no row is hidden behind another one of all its statuses") {
  for (const int status : {0, 99, 199, 200, 204, 302, 400, 418, 499, 500, 599, 600, 999}) {
    CHECK(!name_of(error_row({status, Json(), {}}).failure_class).empty());
  }
  const auto rows = error_rows();
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const ErrorRow& row = rows[at];
    INFO("row " << at << " '" << row.word << "'");
    CHECK(row.from <= row.to);
    CHECK((row.by == ErrorRow::By::status) == row.word.empty());
    for (std::size_t before = 0; before < at; ++before) {
      const ErrorRow& one = rows[before];
      const bool wider = one.from <= row.from && one.to >= row.to && one.also.empty();
      const bool hides = one.by == ErrorRow::By::status ||
                         (one.by == row.by && one.word == row.word && row.also.empty());
      CHECK_FALSE((wider && hides));
    }
  }
}

}  // namespace
}  // namespace yoke

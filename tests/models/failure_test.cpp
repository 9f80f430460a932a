#include "models/failure.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using std::chrono::milliseconds;

constexpr Micros kNow = 784'111'777'000'000;  // Sun, 06 Nov 1994 08:49:37 GMT

ModelFailure failure_of(int status, std::string_view body = "", std::string_view retry_after = "",
                        std::string_view retry_after_ms = "", std::string_view should_retry = "") {
  const Secret key("sk-live-abcdefgh12345678");
  const FailureContext context{"lab", key, kNow};
  RefusedReply refusal;
  refusal.status = status;
  refusal.body = body;
  HttpHeaders headers;
  if (!retry_after.empty()) headers.add("Retry-After", std::string(retry_after));
  if (!retry_after_ms.empty()) headers.add("retry-after-ms", std::string(retry_after_ms));
  if (!should_retry.empty()) headers.add("x-should-retry", std::string(should_retry));
  refusal.headers = &headers;
  return failure_of_refusal(refusal, context);
}

struct Row {
  int status;
  FailureClass failure_class;
  bool retryable;
};

TEST_CASE("each status has its class and says whether to try again") {
  using F = FailureClass;
  for (const Row& row : std::vector<Row>{{400, F::client, false},
                                         {401, F::key, false},
                                         {402, F::key, false},
                                         {403, F::key, false},
                                         {404, F::client, false},
                                         {408, F::server, true},
                                         {409, F::server, true},
                                         {413, F::client, false},
                                         {422, F::client, false},
                                         {429, F::quota, true},
                                         {500, F::server, true},
                                         {501, F::client, false},
                                         {502, F::server, true},
                                         {503, F::server, true},
                                         {504, F::server, true},
                                         {529, F::server, true},
                                         {302, F::client, false},
                                         {199, F::malformed, false}}) {
    INFO(row.status);
    CHECK(failure_of(row.status).failure_class == row.failure_class);
    CHECK(failure_of(row.status).retryable == row.retryable);
  }
}

TEST_CASE("an account out of credit is a matter of the key whatever the status says") {
  for (const int status : {400, 402, 429}) {
    const ModelFailure failure = failure_of(
        status,
        R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})");
    CHECK(failure.failure_class == FailureClass::key);
    CHECK_FALSE(failure.retryable);
    CHECK(failure.message == "backend 'lab' answered " + std::to_string(status) +
                                 ": You exceeded your current quota; its account is out of credit");
  }
}

TEST_CASE("a content filter's refusal is told from a wrong request") {
  const ModelFailure failure = failure_of(
      400, R"({"error":{"message":"Filtered.","code":"content_filter","innererror":{}}})");
  CHECK(failure.failure_class == FailureClass::content);
  CHECK(failure.message == "backend 'lab' answered 400: Filtered.; a content filter refused it");
}

TEST_CASE("the vendor's sentence is found in every shape of an error body") {
  const auto said = [](std::string_view body) { return failure_of(500, body).message; };
  CHECK(said(R"({"error":{"message":"one"}})") == "backend 'lab' answered 500: one");
  CHECK(said(R"({"error":"two"})") == "backend 'lab' answered 500: two");
  CHECK(said(R"({"message":"three"})") == "backend 'lab' answered 500: three");
  CHECK(said(R"({"detail":[{"msg":"four"}]})") ==
        "backend 'lab' answered 500: [{\"msg\":\"four\"}]");
  CHECK(said("five\nlines") == "backend 'lab' answered 500: five lines");
  CHECK(said("<html><body>six</body></html>") == "backend 'lab' answered 500: an HTML page");
  CHECK(said("") == "backend 'lab' answered 500");
  CHECK(said(std::string(5000, 'x')).size() < 400);
}

TEST_CASE("Retry-After is read as seconds, as a date and in milliseconds") {
  CHECK(failure_of(429, "", "3").retry_after == milliseconds(3000));
  CHECK(failure_of(429, "", "0.5").retry_after == milliseconds(500));
  CHECK(failure_of(429, "", "3", "250").retry_after == milliseconds(250));
  CHECK(failure_of(429, "", "Sun, 06 Nov 1994 08:49:47 GMT").retry_after == milliseconds(10'000));
  CHECK(failure_of(429, "", "Sun, 06 Nov 1994 08:00:00 GMT").retry_after == milliseconds(0));
  CHECK(failure_of(429, "", "1e300").retry_after == milliseconds(86'400'000));
  for (const std::string_view none : {"", "soon", "-1", "nan", "Sun, 06 Xov 1994 08:49:47 GMT"}) {
    CHECK_FALSE(failure_of(429, "", none).retry_after);
  }
}

TEST_CASE("x-should-retry outranks the table") {
  CHECK_FALSE(failure_of(500, "", "", "", "false").retryable);
  CHECK(failure_of(400, "", "", "", "true").retryable);
}

TEST_CASE("no key gets into a message, whole or in the vendor's shortened form") {
  for (const std::string_view echoed :
       {"Incorrect API key provided: sk-live-abcdefgh12345678.", "bad key sk-live********5678",
        "you sent Bearer sk-live-abcdefgh12345678", "key=gsk_abcdefghijklmnop"}) {
    const std::string body = to_text({{"error", {{"message", echoed}}}});
    const std::string message = failure_of(401, body).message;
    INFO(message);
    CHECK(message.find("[key removed]") != std::string::npos);
    CHECK(message.find("abcdefgh") == std::string::npos);
    CHECK(message.find("5678") == std::string::npos);
  }
  const std::string plain = failure_of(400, "the ask-tool and risk-free").message;
  CHECK(plain == "backend 'lab' answered 400: the ask-tool and risk-free");
}

TEST_CASE("control characters in a vendor's text cannot drive a terminal") {
  CHECK(failure_of(500, "a\x1b[2Jb").message.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace yoke

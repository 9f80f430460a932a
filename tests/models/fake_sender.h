#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "models/http_sender.h"
#include "models/wire/http_backend.h"
#include "runtime/base/ensure.h"
#include "runtime/loop/deadline.h"
#include "tests/models/fixtures.h"

namespace yoke {

// The network of a test: gives the answers it was told to, in order, and keeps what was sent.
class FakeSender final : public HttpSender {
 public:
  struct Answer {
    int status = 200;
    std::string body = {};
    HttpHeaders headers = {{"Content-Type", "application/json"}};
    std::optional<HttpFailure> failure = {};  // after the body was given to the sinks
    bool waits_for_deadline = false;
    LoopClock::duration after{};  // the request was sent
  };

  std::deque<Answer> answers;
  std::vector<HttpRequest> sent;
  std::vector<LoopClock::time_point> sent_at;

  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks) override {
    ENSURE(!answers.empty());
    const Answer answer = answers.front();
    answers.pop_front();
    sent.push_back(std::move(request));
    sent_at.push_back(LoopClock::now());
    if (answer.waits_for_deadline) co_await sleep_until(deadline);
    const auto due = LoopClock::now() + answer.after;
    if (answer.after > LoopClock::duration::zero()) co_await sleep_until(due);
    co_return outcome_of(answer, sinks);
  }

  // A stream's bytes, to be used as an Answer's body.
  static Answer stream(const std::vector<std::string>& events) {
    Answer answer;
    answer.headers = {{"Content-Type", "text/event-stream"}};
    for (const std::string& event : events) answer.body += "data: " + event + "\n\n";
    return answer;
  }
  static Answer text(const std::string& said) {
    Answer answer;
    answer.body = R"({"model":"m","choices":[{"message":{"content":")" + said +
                  R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,)" +
                  R"("completion_tokens":1}})";
    return answer;
  }
  static Answer status(int code, const std::string& retry_after = {}) {
    Answer answer;
    answer.status = code;
    answer.body = R"({"error":{"message":"not now"}})";
    if (!retry_after.empty()) answer.headers.add("Retry-After", retry_after);
    return answer;
  }
  static Answer broken(HttpFailure::Kind kind, std::string message = "it broke") {
    Answer answer;
    answer.failure = HttpFailure{kind, std::move(message)};
    return answer;
  }

 private:
  static HttpOutcome outcome_of(const Answer& answer, const HttpSinks& sinks) {
    HttpResponse response;
    response.status = answer.status;
    response.headers = answer.headers;
    const HttpResponseHead head{answer.status, answer.headers};
    const bool streamed = sinks.on_head && answer.status != 0 && sinks.on_head(head);
    if (streamed && !sinks.on_data(answer.body)) {
      return HttpFailure{HttpFailure::Kind::stopped, "the sink wanted no more"};
    }
    if (answer.failure) return *answer.failure;
    if (!streamed) response.body = answer.body;
    return response;
  }
};

class FixedWall final : public WallClock {
 public:
  Micros now() override { return 784'111'777'000'000; }  // Sun, 06 Nov 1994 08:49:37 GMT
};

class FixedRandom final : public Random {
 public:
  std::uint64_t value = 0;  // 0: the whole backoff
  std::uint64_t next() override { return value; }
};

inline ModelRequest hello(std::string target = "m") {
  ModelRequest request;
  request.target = std::move(target);
  request.messages.push_back(user_message("Hello"));
  return request;
}

}  // namespace yoke

#include "hosts/hook/telemetry/log_bound.h"

#include <catch2/catch.hpp>

#include "hosts/hook/telemetry/log.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr LoopClock::time_point kStart{std::chrono::hours(1)};

int written(LogBound& bound, const std::string& sender, int count, LoopClock::time_point at) {
  int lines = 0;
  for (int i = 0; i < count; ++i) lines += bound.take("refused", sender, at).write ? 1 : 0;
  return lines;
}

class FixedClock final : public WallClock {
 public:
  Micros now() override { return 0; }
};

}  // namespace

TEST_CASE("of one kind from one sender a few lines a minute are written, and the rest is told") {
  LogBound bound;
  CHECK(written(bound, "1.2.3.4", 500, kStart) == kLogLinesEach);
  CHECK(bound.take("other", "1.2.3.4", kStart).write);
  CHECK(bound.take("refused", "5.6.7.8", kStart).write);
  CHECK_FALSE(bound.take("refused", "1.2.3.4", kStart + seconds(59)).write);
  const LogBound::Verdict next = bound.take("other", "5.6.7.8", kStart + minutes(1));
  CHECK(next.write);
  CHECK(next.left_out == 0);
  CHECK(next.left_out_others == 500 - kLogLinesEach + 1);
}

TEST_CASE("a sender that goes on is told how much of its own was left out") {
  LogBound bound;
  CHECK(bound.take("any", "clock", kStart - seconds(30)).write);  // its minute begins earlier
  CHECK(written(bound, "1.2.3.4", 50, kStart) == kLogLinesEach);
  CHECK(bound.take("any", "clock", kStart + seconds(30)).write);  // while it is not quiet yet
  const LogBound::Verdict next = bound.take("refused", "1.2.3.4", kStart + seconds(61));
  CHECK(next.write);
  CHECK(next.left_out == 50 - kLogLinesEach);
}

TEST_CASE("many senders together fill no log, and the count of what they sent is whole") {
  LogBound bound;
  std::uint64_t lines = 0;
  for (int i = 0; i < 20'000; ++i) {
    lines += written(bound, "sender " + std::to_string(i), 1, kStart);
  }
  CHECK(lines == kLogLinesAll);
  const LogBound::Verdict next = bound.take("refused", "later", kStart + minutes(2));
  CHECK(next.write);
  CHECK(next.left_out_others == 20'000 - lines);
}

TEST_CASE("webhooks and requests of strangers that are refused do not flood the log") {
  FixedClock clock;
  std::vector<std::string> lines;
  ServiceLog log(ServiceLog::Form::text, clock, [&](std::string line) { lines.push_back(line); });
  const Json refused{{"hook", "issues"}, {"why", "stale"}, {"from", "1.2.3.4"}};
  for (int i = 0; i < 1000; ++i) log.tell("webhook.refused", refused);
  CHECK(lines.size() == kLogLinesEach);
  HttpRequest request;
  request.peer.address = "1.2.3.4";
  const std::string id = "req";
  const std::string endpoint = "/v1/runs";
  const std::string fault;
  Principal who;
  const auto answer = [&](const Principal* by, int status) {
    log.on_done(Dispatcher::Done{request, id, endpoint, by, status, seconds(0), fault});
  };
  lines.clear();
  for (int i = 0; i < 1000; ++i) answer(nullptr, 401);
  CHECK(lines.size() == kLogLinesEach);
  lines.clear();
  for (int i = 0; i < 200; ++i) answer(&who, 403);  // whoever is known may be written of
  CHECK(lines.size() == 200);
  lines.clear();
  for (int i = 0; i < 200; ++i) answer(nullptr, 202);  // what came by a webhook was signed
  CHECK(lines.size() == 200);
}

}  // namespace yoke

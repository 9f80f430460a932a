#include "hosts/hook/webhooks/sender.h"

#include <catch2/catch.hpp>
#include <deque>

#include "runtime/loop/deadline.h"
#include "runtime/store/memory/memory_disk.h"
#include "runtime/store/memory/memory_store.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Micros kSecond = 1'000'000;

// Wall time that moves with the loop's.
class LoopWall final : public WallClock {
 public:
  Micros now() override {
    const auto passed = LoopClock::now().time_since_epoch();
    return 1'763'719'200 * kSecond +
           std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
  }
};

HttpOutcome answer(int status, HttpHeaders headers = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  return response;
}

Outbound outbound(const std::string& name) {
  Outbound to;
  to.name = name;
  to.url = "https://" + name + ".example/in";
  to.events = {"run.*"};
  to.keys.push_back(
      *hook_key(HookScheme::standard, Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
  return to;
}

// Senders on one disk, and a receiver that answers as it is told, or not until it is told to.
class Bed {
 public:
  Bed() { open(); }
  ~Bed() { close(); }

  void open() {
    StoreOptions options;
    options.node_id = "node";
    options.wall = &wall;
    MemoryHook hook = [this](const MemoryOp& op) {
      MemoryFate fate;
      if (faulty.contains(std::string(op.name))) fate.kind = MemoryFate::Kind::fault_before;
      return fate;
    };
    store = std::make_unique<MemoryStore>(disk, loop.executor(), options, std::move(hook));
    auto send = [this](HttpRequest request, Deadline until) {
      return receive(std::move(request), until);
    };
    HookLog log = [this](std::string_view event, const Json&) { ++logged[std::string(event)]; };
    WebhookSender::Parts parts{loop.executor(), *store, wall, random, send, std::move(log)};
    const Outbounds to{{"a", outbound("a")}, {"b", outbound("b")}};
    sender = std::make_unique<WebhookSender>(std::move(parts), to, options_of_sender);
    group = std::make_unique<TaskGroup>(loop.executor());
    group->spawn(sender->run());
    idle();
  }

  // As a kill would: nothing that was begun is heard of again.
  void close() {
    if (group == nullptr) return;
    group->cancel();
    yoke::run(loop.io, group->join());
    group.reset();
    sender.reset();
    store.reset();
  }

  void write(const std::string& destination, const std::string& lane, const std::string& what) {
    NewRun run;
    run.run_id = "R" + what;
    run.agent = "clerk";
    run.created_at = wall.now();
    OutboxRow row;
    row.seq = 1;
    row.at = wall.now();
    row.destination = destination;
    row.lane = lane;
    row.dedupe = what;
    row.body = Json{{"type", "run.completed"}, {"id", "msg_" + what}, {"payload", what}};
    RecordIn record;
    record.kind = 1;
    record.body = "{}";
    run.records.push_back(record);
    run.outbox.push_back(row);
    REQUIRE(yoke::run(loop.io, store->create(std::move(run))).has_value());
    Event event;
    event.kind = EventKind::run_completed;
    sender->on_event(event);
    idle();
  }

  void pass(std::chrono::microseconds time) {
    loop.advance(time);
    idle();
  }

  std::vector<std::string> take() { return std::exchange(received, {}); }
  std::vector<OutboxRow> rows() { return yoke::run(loop.io, store->list_outbox({})); }

  TestLoop loop;
  LoopWall wall;
  SeededRandom random{1};
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  std::unique_ptr<Store> store;
  std::unique_ptr<WebhookSender> sender;
  std::unique_ptr<TaskGroup> group;
  WebhookSender::Options options_of_sender;
  std::set<std::string> faulty;                            // calls of the store that fail
  std::map<std::string, int> logged;                       // how often, by event
  std::vector<std::string> received;                       // bodies
  std::vector<HttpRequest> requests;                       // the same, whole
  std::map<std::string, std::deque<HttpOutcome>> answers;  // by host; none: 204
  bool silent = false;                                     // it takes what comes, and never answers

 private:
  awaitable<HttpOutcome> receive(HttpRequest request, Deadline until) {
    received.push_back(request.body);
    requests.push_back(request);
    if (silent) {
      auto sleeping = sleep_until(until);
      co_await std::move(sleeping);
      HttpFailure failure;
      failure.kind = HttpFailure::Kind::timeout;
      failure.message = "no answer in time";
      co_return failure;
    }
    const std::string host = request.url.substr(8, 1);
    std::deque<HttpOutcome>& waiting = answers[host];
    if (waiting.empty()) co_return answer(204);
    HttpOutcome next = std::move(waiting.front());
    waiting.pop_front();
    co_return next;
  }

  void idle() {
    for (int i = 0; i < 30; ++i) {
      if (store != nullptr) yoke::run(loop.io, store->kv_list("x", "", 1));
      loop.settle();
    }
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("what the outbox holds is sent once, signed, and kept as sent") {
  Bed bed;
  bed.write("a", "a|1", "one");
  CHECK(bed.take() == Texts{"one"});
  REQUIRE(bed.requests.size() == 1);
  CHECK(bed.requests[0].url == "https://a.example/in");
  CHECK(bed.requests[0].headers.get("webhook-id") == "msg_one");
  CHECK(verify_hook(HookScheme::standard, outbound("a").keys, bed.requests[0].headers, "one",
                    bed.wall.now(), seconds(300))
            .has_value());
  bed.pass(hours(1));
  CHECK(bed.take().empty());
  CHECK(bed.rows().at(0).state == OutboxState::sent);
}

TEST_CASE("a webhook that failed is sent again, with the same id and a new time") {
  Bed bed;
  bed.answers["a"] = {answer(500), answer(503, {{"Retry-After", "60"}})};
  bed.write("a", "a|1", "one");
  CHECK(bed.take() == Texts{"one"});
  bed.pass(seconds(6));
  CHECK(bed.take() == Texts{"one"});
  bed.pass(seconds(59));
  CHECK(bed.take().empty());
  CHECK(bed.rows().at(0).last_error == "it answered 503");
  bed.pass(seconds(2));
  CHECK(bed.take() == Texts{"one"});
  CHECK(bed.rows().at(0).state == OutboxState::sent);
  CHECK(bed.requests[0].headers.get("webhook-id") == bed.requests[2].headers.get("webhook-id"));
  CHECK(bed.requests[0].headers.get("webhook-timestamp") !=
        bed.requests[2].headers.get("webhook-timestamp"));
}

TEST_CASE("a lane keeps its order while its first one fails, and other lanes go on") {
  Bed bed;
  bed.answers["a"] = {answer(500)};
  bed.write("a", "a|1", "one");
  bed.write("a", "a|1", "two");
  bed.write("a", "a|2", "other");
  CHECK(bed.take() == Texts{"one", "other"});
  bed.pass(seconds(6));
  CHECK(bed.take() == Texts{"one", "two"});
}

TEST_CASE("what must not or cannot be told is given up, kept, and the lane goes on") {
  Bed bed;
  bed.answers["a"] = {answer(410)};
  bed.write("a", "a|1", "one");
  bed.write("a", "a|1", "two");
  CHECK(bed.take() == Texts{"one", "two"});
  bed.write("gone", "gone|1", "three");
  const std::vector<OutboxRow> rows = bed.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[2].state == OutboxState::given_up);
  CHECK(rows[2].last_error == "it answered 410");
  CHECK(rows[0].state == OutboxState::given_up);
  CHECK_THAT(rows[0].last_error, Catch::Contains("no [webhooks.gone]"));
}

TEST_CASE("a receiver that fails for three days is given up, after many tries") {
  Bed bed;
  for (int i = 0; i < 100; ++i) bed.answers["a"].push_back(answer(500));
  bed.write("a", "a|1", "one");
  for (int hour = 0; hour < 90; ++hour) bed.pass(hours(1));
  CHECK(bed.rows().at(0).state == OutboxState::given_up);
  CHECK_THAT(bed.rows().at(0).last_error, Catch::Contains("three days"));
  CHECK(bed.take().size() > 10);
}

TEST_CASE("what was being sent when the host was killed is sent by the next one") {
  Bed bed;
  bed.silent = true;
  bed.write("a", "a|1", "one");
  CHECK(bed.take() == Texts{"one"});
  bed.close();
  bed.silent = false;
  bed.open();
  CHECK(bed.take() == Texts{"one"});
  CHECK(bed.rows().at(0).state == OutboxState::sent);
}

TEST_CASE("what came of a message is kept once the store can be written again") {
  Bed bed;
  bed.faulty = {"settle_outbox", "claim_outbox"};
  bed.write("a", "a|1", "early");
  CHECK(bed.take().empty());  // not while what comes of it cannot be kept
  bed.faulty = {"settle_outbox"};
  bed.pass(seconds(2));
  CHECK(bed.take() == Texts{"early"});
  bed.write("a", "a|1", "late");
  bed.pass(hours(1));
  CHECK(bed.take().empty());  // of a lane that does not know what came of its first
  CHECK(bed.rows().at(1).state == OutboxState::unsent);
  CHECK(bed.logged["webhook.delayed"] > 2);
  CHECK(bed.logged["webhook.delayed"] < 100);
  bed.faulty.clear();
  bed.pass(seconds(61));
  bed.pass(seconds(1));
  CHECK(bed.take() == Texts{"late"});
  for (const OutboxRow& row : bed.rows()) CHECK(row.state == OutboxState::sent);
  CHECK(bed.requests.size() == 2);
}

TEST_CASE("what is put off while the store cannot be written is sent in the end") {
  Bed bed;
  bed.silent = true;
  bed.faulty = {"settle_outbox"};
  for (int i = 0; i < 6; ++i) bed.write("a", "a|" + std::to_string(i), "a" + std::to_string(i));
  CHECK(bed.take().size() == 4);
  bed.silent = false;
  bed.pass(seconds(30));
  bed.faulty.clear();
  for (int i = 0; i < 5; ++i) bed.pass(seconds(61));
  for (const OutboxRow& row : bed.rows()) CHECK(row.state == OutboxState::sent);
}

TEST_CASE("a store that cannot be read ends the sending") {
  Bed bed;
  bed.faulty = {"next_outbox"};
  bed.pass(seconds(61));
  CHECK_THROWS_AS(yoke::run(bed.loop.io, bed.group->join()), StoreFault);
}

TEST_CASE("a silent receiver holds up no more than its share, and ends in time") {
  Bed bed;
  bed.silent = true;
  for (int i = 0; i < 10; ++i) bed.write("a", "a|" + std::to_string(i), "a" + std::to_string(i));
  CHECK(bed.take().size() == 4);
  bed.silent = false;
  bed.write("b", "b|1", "b1");
  CHECK(bed.take() == Texts{"b1"});
  bed.pass(seconds(25));
  bed.pass(seconds(60));
  bed.pass(seconds(60));
  CHECK(bed.rows().size() == 11);
  for (const OutboxRow& row : bed.rows()) CHECK(row.state == OutboxState::sent);
}

TEST_CASE("what was settled long ago is forgotten") {
  Bed bed;
  bed.write("a", "a|1", "one");
  CHECK(bed.rows().size() == 1);
  for (int day = 0; day < 32; ++day) bed.pass(hours(24));
  CHECK(bed.rows().empty());
}

TEST_CASE("a message can be sent out of turn, and is told how that went") {
  Bed bed;
  bed.answers["a"] = {answer(500)};
  auto failed = yoke::run(bed.loop.io, bed.sender->send_now("a", "", "msg_x", "x"));
  REQUIRE(failed.has_value());
  CHECK_FALSE(failed->ok);
  CHECK(failed->why == "it answered 500");
  CHECK(yoke::run(bed.loop.io, bed.sender->send_now("a", "", "msg_x", "x"))->ok);
  CHECK(yoke::run(bed.loop.io, bed.sender->send_now("z", "", "msg_x", "x")).error().code ==
        Errc::not_found);
}

}  // namespace yoke::testing

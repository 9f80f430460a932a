#include <signal.h>

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// `yoke runs signal`, alone and beside a process that holds the store.
namespace yoke::testing {
namespace {

// A workflow that waits for "paid" and then for "shipped", and gives what they brought.
class Shop : public TempProject {
 public:
  Shop() : TempProject(YOKE_PROGRAM) {
    write("yoke.toml",
          "[backends.demo]\npreset = \"scripted\"\nscript = \"models/m.lua\"\n"
          "[routes.default]\ntargets = [\"demo/m\"]\n");
    write("models/m.lua",
          "return model { name = 'm', reply = function() return { text = '' } end }");
    flow(
        "local paid = w.signal('paid')\nlocal shipped = w.signal('the parcel')\n"
        "return { paid = paid, shipped = shipped }");
  }

  void flow(const std::string& body) const {
    write("workflows/order.lua",
          "return workflow { name = 'order', run = function(w, input)\n" + body + "\nend }");
  }
  std::string parked() const {
    const Ended waits = yoke(Args{"run", "--quiet", "order"});
    INFO(waits.err);
    REQUIRE(waits.status == 3);
    return newest_run();
  }
  Ended signal(Args args) const {
    args.insert(args.begin(), {"runs", "signal", "@last"});
    return yoke(args);
  }
  std::unique_ptr<Process> serve() const {
    auto process = std::make_unique<Process>(YOKE_PROGRAM,
                                             options(Args{"serve", "--listen", "unix:serve.sock"}));
    process->wait_for_err("ready on ");
    return process;
  }
  // Until the run's journal has the event.
  void wait_for(const std::string& id, const std::string& kind) const {
    Process follower = start(Args{"runs", "events", id, "--follow", "--json"});
    follower.wait_for("\"" + kind + "\"");
  }
  std::string answer(const std::string& id) const { return string_at(events(id).back(), "text"); }
  int received() const {
    int count = 0;
    for (const Json& event : events("@last")) {
      count += string_at(event, "kind") == "signal.received" ? 1 : 0;
    }
    return count;
  }
};

constexpr const char* kBoth = R"({"paid":{"amount":12},"shipped":"today"})";

}  // namespace

TEST_CASE("a workflow that waits for a signal says for which, and goes on when it is sent") {
  const Shop shop;
  const Ended waits = shop.yoke(Args{"run", "order"});
  CHECK(waits.status == 3);
  const std::string id = shop.newest_run();
  const std::string command = "yoke runs signal " + id + " paid";
  CHECK(holds(waits.err, command));
  CHECK(holds(shop.yoke(Args{"runs", "show", "@last"}).out,
              "waits for the signal 'paid': " + command));
  const Ended early = shop.signal(Args{"the parcel", "--data", "\"today\""});
  CHECK(early.status == 0);
  CHECK(early.err ==
        "kept the signal 'the parcel' until the run comes to it: it waits for 'paid' "
        "now; go on with: yoke runs resume " +
            id + "\n");
  const Ended sent = shop.signal(Args{"paid", "--data", R"({"amount":12})"});
  CHECK(sent.status == 0);
  CHECK(sent.err == "signalled 'paid'; go on with: yoke runs resume " + id + "\n");
  const Ended ended = shop.yoke(Args{"runs", "resume", id, "--quiet"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out == std::string(kBoth) + "\n");
  const std::string story = shop.yoke(Args{"runs", "show", id}).out;
  CHECK(holds(story, "signalled paid: {\"amount\":12}"));
  const std::string row = shop.yoke(Args{"runs", "show", id, "--json"}).out;
  CHECK(row.find("\"signals\"") == std::string::npos);
  CHECK(shop.yoke(Args{"runs", "replay", id}).status == 0);
  CHECK(shop.yoke(Args{"runs", "verify", id}).status == 0);
}

TEST_CASE("the name of a signal that is waited for is told as a shell takes it") {
  const Shop shop;
  shop.flow("return w.signal(\"ann's order\")");
  const std::string id = shop.parked();
  const std::string story = shop.yoke(Args{"runs", "show", id}).out;
  CHECK(holds(story, "yoke runs signal " + id + " 'ann'\\''s order'"));
  CHECK(holds(shop.yoke(Args{"runs", "show", id, "--json"}).out, "\"signals\":[\"ann's order\"]"));
  shop.signal(Args{"ann's order"});
  CHECK(shop.yoke(Args{"runs", "resume", id}).status == 0);
  CHECK(shop.answer(id).empty());
}

TEST_CASE("a signal that is told beside yoke serve drives its run on") {
  const Shop shop;
  const auto served = shop.serve();
  const Ended handed = shop.yoke(Args{"run", "--detach", "order", "go"});
  REQUIRE(handed.status == 0);
  const std::string id(trim(handed.out));
  shop.wait_for(id, "script.wanted");
  const Ended sent = shop.signal(Args{"paid", "--data", R"({"amount":12})", "--key", "p1"});
  INFO(sent.err);
  CHECK(sent.status == 0);
  shop.wait_for(id, "signal.received");
  const Ended again = shop.signal(Args{"paid", "--data", R"({"amount":12})", "--key", "p1"});
  CHECK(again.status == 0);
  CHECK(holds(again.err, "the signal 'paid' was sent under this key before, by "));
  const Ended other = shop.signal(Args{"paid", "--data", "13", "--key", "p1"});
  CHECK(other.status != 0);
  CHECK(holds(other.err, "was sent another signal under this key: 'paid'"));
  const Ended last = shop.signal(Args{"the parcel", "--data", "\"today\"", "--json"});
  CHECK(string_at(json_lines(last.out).at(0), "signal") == "the parcel");
  shop.wait_for(id, "run.completed");
  CHECK(shop.answer(id) == kBoth);
  CHECK(shop.received() == 2);
}

TEST_CASE("a run that was signalled while nothing drove it is taken up by yoke serve") {
  const Shop shop;
  const std::string id = shop.parked();
  CHECK(shop.signal(Args{"paid", "--data", R"({"amount":12})"}).status == 0);
  CHECK(shop.signal(Args{"the parcel", "--data", "\"today\""}).status == 0);
  const auto served = shop.serve();
  shop.wait_for(id, "run.completed");
  CHECK(shop.answer(id) == kBoth);
}

TEST_CASE("a signal that was acknowledged reaches its script although the host is killed") {
  const Shop shop;
  const std::string id = shop.parked();
  auto served = shop.serve();
  REQUIRE(shop.signal(Args{"paid", "--data", R"({"amount":12})"}).status == 0);
  served->signal(SIGKILL);
  served->wait();
  served = shop.serve();
  REQUIRE(shop.signal(Args{"the parcel", "--data", "\"today\""}).status == 0);
  served->signal(SIGKILL);
  served->wait();
  served = shop.serve();
  shop.wait_for(id, "run.completed");
  CHECK(shop.answer(id) == kBoth);
  CHECK(shop.received() == 2);
}

TEST_CASE("a sender that is killed at any commit sends again under its key, and it is one signal") {
  for (int passage = 1; passage <= 6; ++passage) {
    for (const char* point : {"store.before_commit", "store.after_commit"}) {
      INFO(point << ":" << passage);
      const Shop shop;
      shop.flow("return w.signal('paid')");
      const std::string id = shop.parked();
      const Args order{"runs", "signal", id, "paid", "--data", "12", "--key", "k"};
      ProcessOptions killed = shop.options(order);
      killed.env["YOKE_CRASH_AT"] = std::string(point) + ":" + std::to_string(passage);
      shop.yoke(killed);
      const Ended again = shop.yoke(order);
      INFO(again.err);
      REQUIRE(again.status == 0);
      CHECK(shop.yoke(Args{"runs", "resume", id}).status == 0);
      CHECK(shop.answer(id) == "12");
      CHECK(shop.received() == 1);
    }
  }
}

TEST_CASE("what is wrong with a signal is told in a line") {
  const Shop shop;
  CHECK(holds(shop.yoke(Args{"runs", "signal", "01NONE", "paid"}).err, "no run"));
  shop.flow("return w.signal('paid')");
  const std::string id = shop.parked();
  CHECK(shop.signal(Args{"paid", "--data", "words"}).status == 2);
  CHECK(
      holds(shop.signal(Args{"paid", "--data", "words"}).err, "a text is written with its quotes"));
  CHECK(holds(shop.signal(Args{""}).err, "this one's is empty"));
  CHECK(holds(shop.signal(Args{"a\nb"}).err, "one line of text"));
  CHECK(holds(shop.signal(Args{"paid", "--key", "bølge"}).err, "--key must be 1 to 255"));
  CHECK(shop.received() == 0);
  CHECK(shop.signal(Args{"paid"}).status == 0);
  CHECK(shop.yoke(Args{"runs", "resume", id}).status == 0);
  CHECK(holds(shop.signal(Args{"paid"}).err, "run " + id + " has ended: completed"));
  CHECK(holds(shop.yoke(Args{"runs", "signal", "--help"}).out, "yoke runs signal @last paid"));
}

TEST_CASE("the loser of a race leaves its signal to who waits for it next") {
  const Shop shop;
  shop.flow(
      "local first = w.race { function() return w.signal('a') end,\n"
      "  function() return w.signal('b') end }\n"
      "return { first, w.signal('b') }");
  const std::string id = shop.parked();
  shop.signal(Args{"a", "--data", "1"});
  shop.signal(Args{"b", "--data", "2"});
  const Ended ended = shop.yoke(Args{"runs", "resume", id, "--quiet"});
  INFO(ended.err);
  CHECK(ended.out == "[1,2]\n");
  CHECK(shop.yoke(Args{"runs", "replay", id}).status == 0);
}

}  // namespace yoke::testing

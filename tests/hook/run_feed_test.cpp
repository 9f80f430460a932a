#include <catch2/catch.hpp>

#include "hosts/hook/run_feed.h"
#include "runtime/engine/reader.h"
#include "runtime/journal/event_table.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {
namespace {

using Why = RunFeed::Reader::Why;

void no_endpoints(Endpoints&, const HookServices&) {}

class FeedWorld : public HookWorld {
 public:
  FeedWorld() : HookWorld(no_endpoints) {}

  std::string begin(const std::string& task) {
    ProgramChoice choice;
    choice.agent = "helper";
    StartRun start;
    start.program = app().choose(choice).value();
    start.task = task;
    Result<Created> created = run(loop.io, services().drivers.start(std::move(start)));
    return created.value().claim.run_id;
  }

  RunRow settle(const std::string& run_id) {
    return run(loop.io, services().drivers.settled(run_id, kNoDeadline)).value();
  }

  // What the reader is told until there is nothing more for now.
  std::vector<FeedItemRef> hear(RunFeed::Reader& reader, Why& why) {
    std::vector<FeedItemRef> heard;
    while (true) {
      const Deadline now = LoopClock::now();
      RunFeed::Reader::Next next = run(loop.io, reader.next(now)).value();
      why = next.why;
      if (next.why != Why::item) return heard;
      heard.push_back(std::move(next.item));
    }
  }
  std::vector<FeedItemRef> hear(RunFeed::Reader& reader) {
    Why why{};
    return hear(reader, why);
  }
};

std::vector<std::int64_t> seqs_of(const std::vector<FeedItemRef>& items) {
  std::vector<std::int64_t> seqs;
  for (const FeedItemRef& item : items) {
    if (item->is_event()) seqs.push_back(item->at().seq);
  }
  return seqs;
}

std::string texts_of(const std::vector<FeedItemRef>& items) {
  std::string text;
  for (const FeedItemRef& item : items) {
    if (const auto* live = std::get_if<LiveDelta>(&item->what())) text += live->delta.text;
    if (std::holds_alternative<LiveReset>(item->what())) text += "|";
  }
  return text;
}

bool gapless(const std::vector<std::int64_t>& seqs, std::int64_t from) {
  for (const std::int64_t seq : seqs) {
    if (seq != from++) return false;
  }
  return true;
}

Delta text(const std::string& words) { return Delta{Delta::Kind::text, words}; }

}  // namespace

TEST_CASE("a reader who comes late is told the journal from its place on, then that it ended") {
  FeedWorld world;
  const std::string id = world.begin("count one two three");
  const RunRow row = world.settle(id);
  CHECK(row.status == RunStatus::completed);
  RunFeed::Reader all(world.services().feed, id, {});
  Why why{};
  const std::vector<FeedItemRef> heard = world.hear(all, why);
  CHECK(why == Why::ended);
  CHECK(seqs_of(heard).size() == static_cast<std::size_t>(row.head_seq));
  CHECK(gapless(seqs_of(heard), 1));
  CHECK(heard.back()->kind() == "run.completed");
  RunFeed::Reader rest(world.services().feed, id, {3, 0});
  CHECK(gapless(seqs_of(world.hear(rest)), 4));
  RunFeed::Reader none(world.services().feed, id, {row.head_seq, 0});
  CHECK(world.hear(none, why).empty());
  CHECK(why == Why::ended);
}

TEST_CASE("a reader who follows a run from its start hears each event once") {
  FeedWorld world;
  const std::string id = world.begin("open");
  RunFeed::Reader reader(world.services().feed, id, {});
  CHECK(world.settle(id).status == RunStatus::waiting);
  std::vector<FeedItemRef> heard = world.hear(reader);
  CHECK(heard.back()->kind() == "question.asked");
  const std::string question = string_at(parse_json(heard.back()->json()).value(), "question");
  run(world.loop.io, world.app().engine().answer(id, question, "yes", "ann")).value();
  CHECK(world.settle(id).status == RunStatus::completed);
  for (FeedItemRef& item : world.hear(reader)) heard.push_back(std::move(item));
  CHECK(gapless(seqs_of(heard), 1));
  CHECK(heard.back()->kind() == "run.completed");
}

TEST_CASE("live pieces have places of their own, and a reader goes on between two of them") {
  FeedWorld world;
  const std::string id = world.begin("open");
  const std::int64_t head = world.settle(id).head_seq;
  RunFeed& feed = world.services().feed;
  RunFeed::Reader first(feed, id, {head, 0});
  CHECK(world.hear(first).empty());
  Event called;
  called.kind = EventKind::model_called;
  called.seq = head + 1;
  called.run_id = id;
  feed.on_event(called);
  feed.on_delta(id, "c1", text("one "));
  feed.on_delta(id, "c1", text("two "));
  const std::vector<FeedItemRef> heard = world.hear(first);
  REQUIRE(heard.size() == 3);
  CHECK(to_text(heard[2]->at()) == std::to_string(head + 1) + ":2");
  feed.on_delta(id, "c1", text("three"));
  CHECK(texts_of(world.hear(first)) == "three");
}

TEST_CASE("a reader who falls behind loses pieces, is told so once, and loses no event") {
  FeedWorld world;
  RunFeed feed(world.app().engine(), world.app().store(), RunFeed::Options{4096});
  const std::string id = world.begin("open");
  RunFeed::Reader slow(feed, id, {});
  const std::int64_t head = world.settle(id).head_seq;
  CHECK(gapless(seqs_of(world.hear(slow)), 1));
  feed.on_delta(id, "c1", text("heard "));
  CHECK(texts_of(world.hear(slow)) == "heard ");
  for (int i = 0; i < 100; ++i) feed.on_delta(id, "c1", text("lost "));
  CHECK(texts_of(world.hear(slow)) == "|");
  feed.on_delta(id, "c1", text("more "));
  CHECK(texts_of(world.hear(slow)).empty());
  const RunState state = run(world.loop.io, read_state(world.app().store(), id)).value();
  run(world.loop.io, world.app().engine().answer(id, state.questions.begin()->first, "yes", "ann"))
      .value();
  const RunRow row = world.settle(id);
  CHECK(row.status == RunStatus::completed);
  const std::vector<std::int64_t> seqs = seqs_of(world.hear(slow));
  CHECK(gapless(seqs, head + 1));
  CHECK(seqs.back() == row.head_seq);
}

TEST_CASE("pieces of an attempt that a crash ended are void") {
  FeedWorld world;
  const std::string id = world.begin("open");
  const std::int64_t head = world.settle(id).head_seq;
  RunFeed::Reader reader(world.services().feed, id, {head, 7});
  const std::vector<FeedItemRef> heard = world.hear(reader);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0]->kind() == "reset");
}

TEST_CASE("a place beyond the end of a run is refused") {
  FeedWorld world;
  const std::string id = world.begin("say x");
  const RunRow row = world.settle(id);
  RunFeed::Reader reader(world.services().feed, id, {row.head_seq + 5, 0});
  CHECK(run(world.loop.io, reader.next(LoopClock::now())).error().code == Errc::invalid);
  RunFeed::Reader nobody(world.services().feed, "01ARZ3NDEKTSV4RRFFQ69G5FAV", {});
  CHECK(run(world.loop.io, nobody.next(LoopClock::now())).error().code == Errc::not_found);
}

TEST_CASE("readers of a feed that is closed are told what there is, and that it is closed") {
  FeedWorld world;
  const std::string id = world.begin("open");
  world.settle(id);
  RunFeed::Reader reader(world.services().feed, id, {});
  world.services().feed.close();
  Why why{};
  CHECK_FALSE(world.hear(reader, why).empty());
  CHECK(why == Why::closed);
}

TEST_CASE("a place in a run is a number, or two with a colon between") {
  CHECK(feed_position("7").value() == FeedPosition{7, 0});
  CHECK(feed_position("7:12").value() == FeedPosition{7, 12});
  for (const char* text : {"", "x", "7:", ":1", "-1", "7:1:2", "7 "}) {
    INFO(text);
    CHECK_FALSE(feed_position(text).has_value());
  }
}

}  // namespace yoke::testing

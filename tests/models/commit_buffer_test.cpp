#include "models/routes/commit_buffer.h"

#include <catch2/catch.hpp>

#include "tests/models/fixtures.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;
using Texts = std::vector<std::string>;

struct CommitBench {
  Deltas deltas;
  CommitBuffer buffer;
  CommitBuffer::Time now{std::chrono::hours(1)};

  explicit CommitBench(CommitPoint point) : buffer(point, deltas.sink()) {}

  void take(std::string text, Delta::Kind kind = Delta::Kind::text) {
    Delta delta;
    delta.kind = kind;
    delta.text = std::move(text);
    buffer.take(delta, now);
  }
};

CommitPoint probe(std::size_t chars, milliseconds after) {
  return CommitPoint{CommitPoint::Kind::probe, chars, after};
}

const CommitPoint kFirst{};
const CommitPoint kWhole{CommitPoint::Kind::whole, 0, milliseconds(0)};

TEST_CASE("committed at the first token, every piece is seen as it comes") {
  CommitBench bench(kFirst);
  CHECK_FALSE(bench.buffer.shows());
  bench.take("Hel");
  CHECK(bench.buffer.shows());
  bench.take("lo");
  CHECK(bench.deltas.seen == Texts{"text:Hel", "text:lo"});
  CHECK(bench.buffer.shown_text() == "Hello");
}

TEST_CASE("committed when whole, nothing is seen before the answer stands") {
  CommitBench bench(kWhole);
  bench.take("Hel");
  bench.take("lo");
  CHECK(bench.deltas.seen.empty());
  CHECK_FALSE(bench.buffer.shows());
  bench.buffer.accept();
  CHECK(bench.deltas.seen == Texts{"text:Hel", "text:lo"});
}

TEST_CASE("a target that fails before its commit point leaves no trace") {
  CommitBench bench(kWhole);
  bench.take("wrong");
  bench.buffer.drop();
  bench.take("right");
  bench.buffer.accept();
  CHECK(bench.deltas.seen == Texts{"text:right"});
}

TEST_CASE("a probe commits after so many characters") {
  CommitBench bench(probe(5, milliseconds(500)));
  bench.take("Hel");
  CHECK(bench.deltas.seen.empty());
  bench.take("lo");
  CHECK(bench.deltas.seen == Texts{"text:Hel", "text:lo"});
  bench.take("!");
  CHECK(bench.deltas.seen.size() == 3);
}

TEST_CASE("a probe commits at the first piece that comes late enough") {
  CommitBench bench(probe(100, milliseconds(500)));
  bench.take("a");
  bench.now += milliseconds(499);
  bench.take("b");
  CHECK(bench.deltas.seen.empty());
  bench.now += milliseconds(1);
  bench.take("c");
  CHECK(bench.deltas.seen == Texts{"text:a", "text:b", "text:c"});
}

TEST_CASE("each target is probed afresh") {
  CommitBench bench(probe(3, milliseconds(500)));
  bench.take("abc");
  bench.buffer.void_all();
  bench.take("de");
  CHECK(bench.deltas.seen == Texts{"text:abc", "reset:"});
  CHECK_FALSE(bench.buffer.shows());
  bench.take("f");
  CHECK(bench.deltas.seen == Texts{"text:abc", "reset:", "text:de", "text:f"});
}

TEST_CASE("nothing is voided where nothing was seen") {
  CommitBench bench(kWhole);
  bench.take("abc");
  bench.buffer.void_all();
  CHECK(bench.deltas.seen.empty());
}

TEST_CASE("a backend that begins again voids only what was seen") {
  CommitBench bench(probe(3, milliseconds(500)));
  bench.take("ab");
  bench.take("", Delta::Kind::reset);
  CHECK(bench.deltas.seen.empty());
  bench.take("xyz");
  bench.take("", Delta::Kind::reset);
  CHECK(bench.deltas.seen == Texts{"text:xyz", "reset:"});
}

TEST_CASE("text alone can be written on from, a call that had begun cannot") {
  CommitBench bench(kFirst);
  bench.take("thinking", Delta::Kind::reasoning);
  CHECK_FALSE(bench.buffer.shows_text_alone());
  bench.take("Hel");
  CHECK(bench.buffer.shows_text_alone());
  bench.take("{", Delta::Kind::tool_args);
  CHECK_FALSE(bench.buffer.shows_text_alone());
}

TEST_CASE("with nobody to stream to it is still known how far the answer went") {
  CommitBuffer buffer(kFirst, {});
  Delta delta;
  delta.text = "Hi";
  buffer.take(delta, CommitBuffer::Time{});
  CHECK(buffer.shown_text() == "Hi");
}

}  // namespace
}  // namespace yoke

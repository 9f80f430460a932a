#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <charconv>

#include "tests/store/child.h"
#include "tests/store/store_suite.h"

namespace yoke {
namespace {

constexpr Micros kLongAfter = 4'000'000'000'000'000;  // whatever was due is due then

constexpr int kSkipped = 77;  // this machine lets the child mount nothing

Result<std::unique_ptr<Store>> open_shared(CallLoop& loop, const std::string& path,
                                           bool read_only = false) {
  StoreOptions options;
  options.node_id = "parent";
  options.read_only = read_only;
  return open_store("sqlite:" + path, loop.executor(), std::move(options));
}

std::int64_t last_acked(const std::vector<std::string>& lines) {
  std::int64_t acked = 0;
  if (lines.empty()) return 0;
  const std::string& last = lines.back();
  REQUIRE(last.starts_with("acked "));
  std::from_chars(last.data() + 6, last.data() + last.size(), acked);
  return acked;
}

// What a killed child must have left: every acknowledged record, whole, and at most one more.
void check_left(const std::string& path, std::int64_t acked) {
  CallLoop loop;
  auto store = open_shared(loop, path);
  REQUIRE(store);
  const auto row = loop.run((*store)->get("R"));
  if (!row) {
    CHECK(acked == 0);
    return;
  }
  const auto records = loop.run((*store)->read("R", 0, 100'000));
  REQUIRE(records);
  CHECK(verify_chain(*row, *records).empty());
  const auto count = static_cast<std::int64_t>(records->size());
  CHECK(count >= acked);
  CHECK(count <= acked + 1);
  const auto claim = loop.run((*store)->claim("R"));
  REQUIRE(claim);
  CHECK(claim->adopted);
  CHECK(claim->head_seq == count);
  CHECK(loop.run((*store)->append(append_to(*claim, "on"))).has_value());
}

}  // namespace

TEST_CASE("a second process is refused and told who has the store") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  Child holder("hold", path);
  REQUIRE(holder.line() == "open");
  CallLoop loop;
  const auto refused = open_shared(loop, path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().detail ==
        "the store '" + path + "' is in use by process " + std::to_string(holder.pid()));
  holder.kill();
  CHECK(holder.wait() == -SIGKILL);
  CHECK(open_shared(loop, path).has_value());
}

TEST_CASE("a second store in one process is refused too") {
  const TempFolder folder;
  CallLoop loop;
  const auto first = open_shared(loop, folder.file("yoke.db"));
  REQUIRE(first);
  const auto second = open_shared(loop, folder.file("yoke.db"));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::conflict);
  CHECK(second.error().detail.find(std::to_string(::getpid())) != std::string::npos);
}

TEST_CASE("a reader beside a writer in another process sees what is acknowledged") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  Child writer("append", path);
  while (writer.line() != "acked 20") continue;
  CallLoop loop;
  auto reader = open_shared(loop, path, true);
  REQUIRE(reader);
  const auto records = loop.run((*reader)->read("R", 0, 100'000));
  REQUIRE(records);
  CHECK(records->size() >= 20);
  const auto refused = loop.run((*reader)->claim("R"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::denied);
  CHECK_THROWS_AS(loop.run((*reader)->claim_due(1, 1)), StoreFault);
}

TEST_CASE("acknowledged records survive kill -9 at any moment") {
  for (int round = 0; round < 8; ++round) {
    const TempFolder folder;
    const std::string path = folder.file("yoke.db");
    Child child("append", path);
    std::vector<std::string> lines;
    for (int i = 0; i < 3 + round * 7; ++i) lines.push_back(child.line());
    child.kill();
    for (std::string& line : child.lines()) lines.push_back(std::move(line));
    if (!lines.back().starts_with("acked ")) lines.pop_back();  // cut off in the middle
    CHECK(child.wait() == -SIGKILL);
    INFO("round " << round);
    check_left(path, last_acked(lines));
  }
}

TEST_CASE("a record is gone when the process dies before the commit, and there when after it") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  const bool committed = GENERATE(false, true);
  // The first commit creates the run; the seventh carries record 6, in a file of its own.
  const std::string point = committed ? "store.after_commit:7" : "store.before_commit:7";
  Child child("append", path, point);
  const std::vector<std::string> lines = child.lines();
  CHECK(child.wait() == -SIGKILL);
  CHECK(last_acked(lines) == 5);
  CallLoop loop;
  {
    auto reader = open_shared(loop, path, true);
    REQUIRE(reader);
    CHECK(loop.run((*reader)->read("R", 0, 100))->size() == (committed ? 6 : 5));
  }
  check_left(path, 5);
}

TEST_CASE("a child's end and its parent's message are there together, wherever a process dies") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  const bool committed = GENERATE(false, true);
  // The fourth commit is the child's end: two runs are created and one is parked before.
  Child dies("family", path, committed ? "store.after_commit:4" : "store.before_commit:4");
  CHECK(dies.lines() == std::vector<std::string>{"begun", "parked"});
  CHECK(dies.wait() == -SIGKILL);
  CallLoop loop;
  auto store = open_shared(loop, path);
  REQUIRE(store);
  CHECK(is_final(loop.run((*store)->get("C"))->status) == committed);
  CHECK(loop.run((*store)->inbox("P")).size() == (committed ? 1 : 0));
  const std::vector<Claim> due = loop.run((*store)->claim_due(kLongAfter, 10));
  CHECK(std::any_of(due.begin(), due.end(), [](const Claim& each) { return each.run_id == "P"; }) ==
        committed);
}

TEST_CASE("a child's end reaches a parent whose process has died") {
  const bool parked = GENERATE(false, true);
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  {
    Child dies("family", path, parked ? "store.before_commit:4" : "store.before_commit:3");
    CHECK(dies.wait() == -SIGKILL);
  }
  CallLoop loop;
  auto store = open_shared(loop, path);
  REQUIRE(store);
  CHECK(loop.run((*store)->inbox("P")).empty());
  const Result<Claim> child = loop.run((*store)->claim("C"));
  REQUIRE(child);
  CHECK(child->adopted);
  Append end = append_to(*child, "answer");
  end.update = update_to(RunStatus::failed, "model");
  REQUIRE(loop.run((*store)->append(std::move(end))));
  const std::vector<InboxMessage> mail = loop.run((*store)->inbox("P"));
  REQUIRE(mail.size() == 1);
  CHECK(mail.front().id == "child:C");
  CHECK(mail.front().topic == "child");
  CHECK(mail.front().body == Json{{"child", "C"}, {"call", "c3.0"}});
  const Result<Claim> parent = loop.run((*store)->claim("P"));
  REQUIRE(parent);
  CHECK(parent->adopted != parked);
  Append taken = append_to(*parent, "heard");
  taken.inbox_taken = {"child:C"};
  REQUIRE(loop.run((*store)->append(std::move(taken))));
  CHECK(loop.run((*store)->inbox("P")).empty());
}

TEST_CASE("in a folder that refuses writing a store is read and not written") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  {
    CallLoop loop;
    auto store = open_shared(loop, path);
    REQUIRE(store);
    NewRun run = new_run("R");
    run.records = {record_of("1"), record_of("2")};
    REQUIRE(loop.run((*store)->create(run)));
  }
  Child child("read-only", path);
  const std::vector<std::string> lines = child.lines();
  const int status = child.wait();
  ::chmod(folder.path().c_str(), 0700);
  if (status == kSkipped) {
    WARN("skipped: no mounts of our own here");
    return;
  }
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "read 2");
  CHECK(lines[1].starts_with("not written: cannot write '" + path + ".lock'"));
  CHECK(lines[1].find("a folder it can write to") != std::string::npos);
}

TEST_CASE("a full disk loses nothing acknowledged, and the store goes on once there is room") {
  const TempFolder folder;
  Child child("full", folder.file("yoke.db"));
  const std::vector<std::string> lines = child.lines();
  if (child.wait() == kSkipped) {
    WARN("skipped: no mounts of our own here");
    return;
  }
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("fault: the disk is full"));
  CHECK(lines[1] == "read all");
  CHECK(lines[2] == "again");
  CHECK(lines[3] == "whole");
}

}  // namespace yoke

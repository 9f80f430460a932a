#include "tests/crash/arena.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "tests/crash/arena_project.h"
#include "tests/crash/judge.h"

#include "runtime/base/text.h"

namespace yoke::testing {
namespace {

constexpr int kCompleted = 0;
constexpr int kWaiting = 3;
constexpr int kLivesMax = 30;

ProcessOptions peer_options(const TempFolder& outside) {
  ProcessOptions options;
  options.args = {outside.file("effects.log")};
  options.talks = true;
  return options;
}

void spin(int microseconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
  while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

}  // namespace

Arena::Arena(Work work)
    : work_(std::move(work)),
      project_(YOKE_PROGRAM),
      peer_(EFFECT_PEER, peer_options(outside_)),
      port_(*peer_.line()) {
  write_arena_project(project_, port_);
  for (const char* tool : {"shop.look", "shop.reserve", "shop.mail", "shop.pay"}) {
    const Ended granted = project_.yoke(Args{"tools", "grant", tool});
    INFO(granted.err);
    REQUIRE(granted.status == 0);
  }
  const Life life = live({"run", work_.agent, work_.task}, Kill{});
  INFO(life.err);
  REQUIRE(life.status == kCompleted);
  lines_ = static_cast<int>(life.lines.size());
  newest_ = born(life);
  const std::vector<Json> events = project_.events(newest_);
  answer_ = answer_in(events);
  REQUIRE(split(answer_, '\n').size() == work_.answer_lines);
  check(newest_);
}

Life Arena::live(const Args& args, const Kill& kill) const {
  ProcessOptions options = project_.options(args);
  options.args.emplace_back("--json");
  if (!kill.at.empty()) options.env["YOKE_CRASH_AT"] = kill.at;
  Process process = project_.start(options);
  if (kill.lines >= 0) {
    bool more = true;
    for (int line = 0; more && line < kill.lines; ++line) more = process.line().has_value();
    spin(kill.spin_us);
    process.signal(SIGKILL);
  }
  const Ended ended = process.wait();
  Life life;
  life.status = ended.status;
  life.err = ended.err;
  const std::size_t whole = ended.out.rfind('\n');
  if (whole != std::string::npos) life.lines = json_lines(ended.out.substr(0, whole));
  return life;
}

// The run a first life has made, whether or not it lived to say so.
std::string Arena::born(const Life& life) {
  if (!life.lines.empty()) return string_at(life.lines.front(), "run");
  const std::string newest = project_.newest_run();
  return newest == newest_ ? std::string() : newest;
}

void Arena::remember(const Life& life, const std::string& run_id) {
  for (const Json& line : life.lines) {
    if (work_.children == 0) CHECK(string_at(line, "run") == run_id);
    if (line.contains("seq")) acknowledged_.push_back(line);
  }
}

// Returns when the peer has heard all that the dead process had sent.
void Arena::settle() const {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port_)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{30, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string request = "GET /settled HTTP/1.1\r\nHost: peer\r\n\r\n";
  ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
  std::array<char, 256> reply{};
  const ssize_t got = ::recv(fd, reply.data(), reply.size(), 0);
  ::close(fd);
  REQUIRE(got > 0);
}

std::map<std::string, std::vector<Json>> Arena::effects_of(const std::string& run_id) const {
  std::map<std::string, std::vector<Json>> effects;
  for (const Json& line : json_lines(outside_.read("effects.log"))) {
    const std::string key = string_at(line, "key");
    if (key.starts_with(run_id + "/")) effects[key].push_back(line);
  }
  return effects;
}

// The person who is asked looks at what the world outside shows.
void Arena::answer_questions(const std::string& run_id) {
  const auto effects = effects_of(run_id);
  for (const auto& [question, call_id] : open_questions(project_.events(run_id))) {
    const bool happened = effects.contains(run_id + "/" + call_id);
    ++tally_.questions;
    ++(happened ? tally_.happened : tally_.repeats);
    const std::string value = happened ? "happened" : "repeat";
    const Ended ended = project_.yoke(Args{"runs", "answer", run_id, question, value});
    INFO(ended.err);
    REQUIRE(ended.status == 0);
  }
}

// The run's own, and its children's.
void Arena::answer_family(const std::string& run_id) {
  for (const Json& event : project_.events(run_id)) {
    if (string_at(event, "kind") == "child.started") answer_questions(string_at(event, "child"));
  }
  answer_questions(run_id);
}

void Arena::count_probes(const std::vector<Json>& events) {
  std::map<std::string, bool> looked_into;
  for (const Json& event : events) {
    const std::string kind = string_at(event, "kind");
    const std::string id = string_at(event, "call_id");
    const bool mail = string_at(event, "tool") == "shop.mail";
    if (kind == "tool.unknown" && mail) looked_into[id] = true;
    if (!looked_into[id]) continue;
    if (kind == "tool.called") ++tally_.probes_not;
    if (kind == "tool.returned") ++tally_.probes_happened;
    if (kind == "tool.called" || kind == "tool.returned") looked_into[id] = false;
  }
}

void Arena::check(const std::string& run_id) {
  const std::vector<Json> events = project_.events(run_id);
  CHECK(answer_in(events) == answer_);
  check_one(run_id, events);
  std::set<std::string> children;
  for (const Json& event : events) {
    if (string_at(event, "kind") == "child.started") children.insert(string_at(event, "child"));
  }
  CHECK(children.size() == work_.children);
  for (const std::string& child : children) {
    const std::vector<Json> own = project_.events(child);
    CHECK_FALSE(answer_in(own).empty());
    check_one(child, own);
  }
}

void Arena::check_one(const std::string& run_id, const std::vector<Json>& events) {
  std::vector<Json> told;
  for (const Json& event : acknowledged_) {
    if (string_at(event, "run") == run_id) told.push_back(event);
  }
  const std::vector<std::string> complaints = complaints_about(events, told, effects_of(run_id));
  CHECK(join(complaints, "\n") == "");
  count_probes(events);
  const Ended verified = project_.yoke(Args{"runs", "verify", run_id});
  INFO(verified.out << verified.err);
  CHECK(verified.status == 0);
  const Ended replayed = project_.yoke(Args{"runs", "replay", run_id});
  INFO(replayed.out << replayed.err);
  CHECK(replayed.status == 0);
}

void Arena::survive(const std::vector<Kill>& kills) {
  acknowledged_.clear();
  std::size_t next = 0;
  const auto take_kill = [&] { return next < kills.size() ? kills[next++] : Kill{}; };
  Life life = live({"run", work_.agent, work_.task}, take_kill());
  const std::string run_id = born(life);
  settle();
  if (run_id.empty()) {
    CHECK(life.status == -SIGKILL);
    ++tally_.before_birth;
    return;
  }
  newest_ = run_id;
  ++tally_.runs;
  INFO("run " << run_id);
  for (int lives = 1; lives < kLivesMax; ++lives) {
    remember(life, run_id);
    INFO("life " << lives << " ended with " << life.status << ": " << life.err);
    if (life.status == -SIGKILL) ++tally_.kills;
    if (life.status == kCompleted) break;
    REQUIRE((life.status == -SIGKILL || life.status == kWaiting));
    settle();
    if (life.status == kWaiting) answer_family(run_id);
    life = live({"runs", "resume", run_id}, take_kill());
  }
  check(run_id);
}

}  // namespace yoke::testing

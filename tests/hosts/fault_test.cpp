#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// Bad input and a bad machine: a clear line, the right status, nothing lost.
namespace yoke::testing {
namespace {

// The journaled events among what a process printed before it ended.
std::vector<Json> events_told(const std::string& out) {
  std::vector<Json> told;
  const std::size_t whole = out.rfind('\n');
  if (whole == std::string::npos) return told;
  for (Json& line : json_lines(out.substr(0, whole))) {
    if (line.contains("seq")) told.push_back(std::move(line));
  }
  return told;
}

// In a small file system of its own, with a store in it: runs until it is full, then makes room and
// looks.
constexpr const char* kFillDisk = R"sh(
mkdir .yoke && mount -t tmpfs -o size=16m none .yoke || exit 77
"$0" run helper "say before" > before.txt || exit 1
used=$(du -sk .yoke | cut -f1)
mount -o remount,size=$((used + 160))k .yoke
"$0" run --json helper grow > told.json 2> told.err
echo $? > told.status
mount -o remount,size=16m .yoke
"$0" runs verify > verified.txt 2>&1 || exit 1
"$0" runs events @last --json > journal.json || exit 1
"$0" run helper "say after" > after.txt
)sh";

// The same, so small that no store fits.
constexpr const char* kTinyDisk = R"sh(
mkdir .yoke && mount -t tmpfs -o size=40k none .yoke || exit 77
"$0" run helper "say x" > told.txt 2> told.err
echo $? > told.status
mount -o remount,size=16m .yoke
"$0" run helper "say after" > after.txt
)sh";

// Runs the script where it may mount what it likes; false where nobody may.
bool ran_with_own_disks(const Sample& sample, const char* script) {
  const ProcessOptions options = sample.options(
      {"--user", "--map-root-user", "--mount", "/bin/sh", "-c", script, YOKE_PROGRAM});
  Process shell("/usr/bin/unshare", options);
  const Ended ended = shell.wait();
  if (ended.status == 77 || ended.err.find("unshare: ") != std::string::npos) {
    WARN("this machine lets nobody mount a small disk");
    return false;
  }
  INFO(ended.err << sample.read("told.err"));
  CHECK(ended.status == 0);
  return true;
}

bool is_one_line(const std::string& text) {
  return text.starts_with("yoke: ") && text.find('\n') == text.size() - 1;
}

}  // namespace

TEST_CASE("a task that is no UTF-8 is refused") {
  const Sample sample;
  const Ended task = sample.yoke(Args{"run", "helper", "say \xff\xfe"});
  CHECK(task.status == 2);
  CHECK(holds(task.err, "UTF-8"));
  ProcessOptions options = sample.options({"run", "helper", "say x"});
  options.input = "caf\xe9";
  const Ended piped = sample.yoke(options);
  CHECK(piped.status == 2);
  CHECK(holds(piped.err, "standard input is not valid UTF-8"));
}

TEST_CASE("more than a megabyte of standard input is refused") {
  const Sample sample;
  ProcessOptions options = sample.options({"run", "helper", "say x"});
  options.input = std::string((1 << 20) + 10, 'a');
  const Ended ended = sample.yoke(options);
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "over 1 MiB"));
}

TEST_CASE("text from outside cannot drive the terminal") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper", "count \x1b]0;mine\x07 \x1b[2J"});
  CHECK(ended.status == 0);
  CHECK(ended.err.find('\x1b') == std::string::npos);
  const Ended shown = sample.yoke(Args{"runs", "show", "@last"});
  CHECK(shown.out.find('\x1b') == std::string::npos);
  ProcessOptions options = sample.options({"run", "helper", "count \x1b]0;mine\x07 \x1b[2J"});
  options.terminal = true;
  const Ended seen = sample.yoke(options);
  CHECK(seen.status == 0);
  for (const char* evil : {"\x1b]0;", "\x07", "\x1b[2J"}) {
    CHECK(seen.out.find(evil) == std::string::npos);
  }
}

TEST_CASE("an answer cannot drive the terminal, though a pipe gets it as it is") {
  const Sample sample;
  const std::string evil = "\x1b]0;mine\x07";
  const std::string id = sample.run("say " + evil);
  std::string replied;
  for (const Json& event : sample.events(id)) {
    if (string_at(event, "kind") == "model.replied") {
      replied = std::to_string(integer_at(event, "seq"));
    }
  }
  const std::vector<Args> commands = {{"run", "helper", "say " + evil},
                                      {"runs", "resume", id},
                                      {"runs", "fork", id, "--at", replied}};
  for (const Args& command : commands) {
    ProcessOptions options = sample.options(command);
    CHECK(holds(sample.yoke(options).out, evil));
    options.terminal = true;
    const Ended ended = sample.yoke(options);
    CHECK(ended.status == 0);
    CHECK(holds(ended.out, "]0;mine"));
    CHECK(ended.out.find(evil) == std::string::npos);
    CHECK(ended.out.find('\x07') == std::string::npos);
  }
}

TEST_CASE("a store made by a later version is left alone") {
  const Sample sample;
  sample.run("say x");
  CHECK(sample.meddle("update meta set v = '9999' where k in ('schema_version', 'min_writer')") ==
        2);
  const Ended run = sample.yoke(Args{"run", "helper", "say y"});
  CHECK(run.status != 0);
  CHECK(is_one_line(run.err));
  CHECK(holds(run.err, "newer"));
  CHECK(holds(run.err, "9999"));
}

TEST_CASE("a journal that lacks an event is named by whatever reads it, and nothing breaks") {
  const Sample sample;
  const std::string whole = sample.run("count a b");
  const std::string id = sample.run("count a b");
  CHECK(sample.meddle("delete from journal where seq = 3 and run_no ="
                      " (select run_no from runs where run_id = '" +
                      id + "')") == 1);
  const std::vector<Args> commands = {{"runs", "show", id},
                                      {"runs", "diff", whole, id},
                                      {"runs", "diff", id, whole},
                                      {"runs", "replay", id},
                                      {"runs", "fork", id, "--at", "2"}};
  for (const Args& command : commands) {
    const Ended ended = sample.yoke(command);
    INFO(command[1]);
    CHECK(ended.status == 1);
    CHECK(is_one_line(ended.err));
    CHECK(holds(ended.err, id + " is damaged at event 4"));
    CHECK(holds(ended.err, "yoke runs verify " + id));
  }
  CHECK(sample.yoke(Args{"runs", "verify", id}).status == 1);
  CHECK(sample.yoke(Args{"runs", "verify", whole}).status == 0);
  const Ended told = sample.yoke(Args{"--json", "runs", "verify"});
  CHECK(told.status == 1);
  const std::vector<std::string> lines = split(told.out, '\n');
  REQUIRE(lines.size() >= 2);
  CHECK(parse_json(lines[0]).value()["run"] == id);
  const Json end = parse_json(lines[lines.size() - 2]).value();
  CHECK(end["ok"] == false);
  CHECK(end["verified"]["runs"] == 2);
  CHECK(end["verified"]["whole"] == 1);
  const Ended fine = sample.yoke(Args{"--json", "runs", "verify", whole});
  CHECK(fine.err.empty());
  const Json sums = parse_json(fine.out).value();
  CHECK(sums["ok"] == true);
  CHECK(sums["verified"]["whole"] == 1);
  CHECK(integer_at(sums["verified"], "events") > 0);
}

TEST_CASE("a run whose code is gone is refused again and again, stays waiting, and is cancelled") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  CHECK(
      sample.meddle("delete from blobs where hash = (select plan_hash from runs where run_id = '" +
                    id + "')") == 1);
  for (int round = 0; round < 7; ++round) {
    const Ended resumed = sample.yoke(Args{"runs", "resume", id});
    CHECK(resumed.status == 1);
    CHECK(holds(resumed.err, "no content with hash"));
  }
  CHECK(holds(sample.yoke(Args{"runs", "list"}).out, "waiting"));
  CHECK(sample.yoke(Args{"runs", "cancel", id}).status == 0);
  CHECK(string_at(sample.events(id).back(), "kind") == "run.cancelled");
}

TEST_CASE("a store that is no database is named, and not touched") {
  const Sample sample;
  const std::string text(5000, 'x');
  sample.write(".yoke/yoke.db", text);
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status != 0);
  CHECK(is_one_line(ended.err));
  CHECK(holds(ended.err, ".yoke/yoke.db"));
  CHECK(sample.read(".yoke/yoke.db") == text);
}

TEST_CASE("a folder that cannot be written is named") {
  const Sample sample;
  const Ended proc = sample.yoke(Args{"run", "--store", "sqlite:/proc/no/yoke.db", "helper", "x"});
  CHECK(proc.status == 1);
  CHECK(is_one_line(proc.err));
  CHECK(holds(proc.err, "/proc/no"));
  sample.write(".yoke", "a file in the folder's place");
  const Ended file = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(file.status == 1);
  CHECK(is_one_line(file.err));
  CHECK(holds(file.err, ".yoke"));
}

TEST_CASE("in a folder that is read-only, runs are refused and journals are read") {
  const Sample sample;
  const std::string id = sample.run("count a b");
  ProcessOptions options = sample.options({"run", "helper", "say x"});
  options.plain_user = true;
  REQUIRE(::chmod(sample.file(".yoke/yoke.db").c_str(), 0444) == 0);
  REQUIRE(::chmod(sample.file(".yoke").c_str(), 0555) == 0);
  const Ended refused = sample.yoke(options);
  options.args = {"runs", "show", id};
  const Ended shown = sample.yoke(options);
  REQUIRE(::chmod(sample.file(".yoke").c_str(), 0755) == 0);
  CHECK(refused.status == 1);
  CHECK(is_one_line(refused.err));
  CHECK(holds(refused.err, ".yoke"));
  CHECK(shown.status == 0);
  CHECK(holds(shown.out, "it said: {\"words\":2}"));
}

TEST_CASE("a disk that takes no more ends the run with a clear error, and loses nothing told") {
  const Sample sample;
  const std::string id = sample.run("say before");
  const auto used = static_cast<long>(std::filesystem::file_size(sample.file(".yoke/yoke.db")));
  int full = 0;
  for (const long room : {0L, 40'000L, 400'000L}) {
    ProcessOptions options = sample.options({"run", "--json", "helper", "grow"});
    options.file_bytes_max = used + room;
    const Ended ended = sample.yoke(options);
    INFO(room << " bytes: " << ended.err);
    CHECK(ended.status > 0);
    if (ended.err.find("the disk under the store") == std::string::npos) continue;
    ++full;
    CHECK(is_one_line(ended.err));
    for (const Json& line : events_told(ended.out)) {
      const std::vector<Json> journal = sample.events(string_at(line, "run"));
      const auto at = static_cast<std::size_t>(integer_at(line, "seq"));
      REQUIRE(journal.size() >= at);
      CHECK(journal[at - 1] == line);
    }
  }
  CHECK(full > 0);
  CHECK(sample.yoke(Args{"runs", "verify"}).status == 0);
  CHECK(holds(sample.yoke(Args{"runs", "show", id}).out, "before"));
  CHECK(sample.run("say after") != id);
}

TEST_CASE(
    "a full disk ends the run with a clear error, and the store works on once there is room") {
  const Sample sample;
  if (!ran_with_own_disks(sample, kFillDisk)) return;
  CHECK(sample.read("told.status") == "1\n");
  CHECK(is_one_line(sample.read("told.err")));
  CHECK(holds(sample.read("told.err"), "full"));
  const std::vector<Json> journal = json_lines(sample.read("journal.json"));
  const std::vector<Json> told = events_told(sample.read("told.json"));
  CHECK_FALSE(told.empty());
  for (const Json& line : told) {
    const auto at = static_cast<std::size_t>(integer_at(line, "seq"));
    REQUIRE(journal.size() >= at);
    CHECK(journal[at - 1] == line);
  }
  CHECK(sample.read("after.txt") == "after\n");
}

TEST_CASE("a disk too small for a store is named, and once there is room it is made there") {
  const Sample sample;
  if (!ran_with_own_disks(sample, kTinyDisk)) return;
  CHECK(sample.read("told.status") == "1\n");
  CHECK(is_one_line(sample.read("told.err")));
  CHECK(holds(sample.read("told.err"), "full"));
  CHECK(sample.read("after.txt") == "after\n");
}

TEST_CASE("a full standard output does not lose the run") {
  const Sample sample;
  ProcessOptions options =
      sample.options({"-c", "exec \"$0\" run helper 'say x' > /dev/full", YOKE_PROGRAM});
  Process shell("/bin/sh", options);
  shell.wait();
  CHECK(string_at(sample.events("@last").back(), "kind") == "run.completed");
}

}  // namespace yoke::testing

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <cctype>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// `yoke runs …`: what it shows of runs and what it does to them.
namespace yoke::testing {
namespace {

void change_store(const TempFolder& folder, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(folder.file(".yoke/yoke.db").c_str(), &database) == SQLITE_OK);
  char* problem = nullptr;
  sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem);
  INFO((problem == nullptr ? "" : problem));
  CHECK(sqlite3_changes(database) > 0);
  sqlite3_free(problem);
  sqlite3_close(database);
}

std::int64_t seq_of(const std::vector<Json>& events, const std::string& kind) {
  for (const Json& event : events) {
    if (string_at(event, "kind") == kind) return integer_at(event, "seq");
  }
  return 0;
}

std::vector<Json> without_times(std::vector<Json> events) {
  for (Json& event : events) {
    event.erase("at");
    event.erase("first_us");
    if (event.contains("tries")) {
      for (Json& one : event["tries"]) {
        for (const char* time : {"first_us", "total_us"}) one.erase(time);
      }
    }
    if (event.contains("meter")) {
      for (const char* time : {"cpu_us", "clock_us"}) event["meter"].erase(time);
    }
  }
  return events;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

TEST_CASE("where there are no runs yet, the commands say so") {
  const Sample sample;
  for (const Args& args : {Args{"runs", "list"}, Args{"runs", "show", "@last"}}) {
    const Ended ended = sample.yoke(args);
    CHECK(ended.status == 1);
    CHECK(holds(ended.err, "there are no runs yet"));
  }
}

TEST_CASE("runs are listed newest first and can be picked by status, agent and session") {
  const Sample sample;
  const std::string done = sample.run("say one");
  const std::string failed = sample.run("fail", 1);
  const std::string waiting = sample.run("open", 3);
  const Ended all = sample.yoke(Args{"runs", "list"});
  CHECK(all.status == 0);
  const std::vector<std::string> lines = split(all.out, '\n');
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with(waiting));
  CHECK(holds(lines[0], "waiting"));
  CHECK(lines[1].starts_with(failed));
  CHECK(lines[2].starts_with(done));
  CHECK(holds(lines[2], "say one"));
  const Ended picked = sample.yoke(Args{"runs", "list", "--status", "completed", "--json"});
  REQUIRE(json_lines(picked.out).size() == 1);
  CHECK(string_at(json_lines(picked.out).front(), "run") == done);
  CHECK(sample.yoke(Args{"runs", "list", "--agent", "lonely", "--json"}).out.empty());
  const Ended wrong = sample.yoke(Args{"runs", "list", "--status", "complete"});
  CHECK(wrong.status == 2);
  CHECK(holds(wrong.err, "did you mean 'completed'?"));
}

TEST_CASE("a run is found by a beginning of its id in any case, and by @last") {
  const Sample sample;
  const std::string first = sample.run("say one");
  const std::string second = sample.run("say two");
  REQUIRE(first != second);
  CHECK(holds(sample.yoke(Args{"runs", "show", lower(first)}).out, "say one"));
  CHECK(holds(sample.yoke(Args{"runs", "show", "@last"}).out, "say two"));
  std::size_t same = 0;
  while (first[same] == second[same]) ++same;
  CHECK(holds(sample.yoke(Args{"runs", "show", first.substr(0, same + 1)}).out, "say one"));
  const Ended both = sample.yoke(Args{"runs", "show", first.substr(0, same)});
  CHECK(both.status == 2);
  CHECK(holds(both.err, "begins more than one run's id"));
  CHECK(holds(both.err, first));
  const Ended none = sample.yoke(Args{"runs", "show", "ZZZ"});
  CHECK(none.status == 1);
  CHECK(holds(none.err, "no run 'ZZZ'"));
}

TEST_CASE("a run is shown as a story, and whole as JSON") {
  const Sample sample;
  const std::string id = sample.run("count to be or not");
  const Ended shown = sample.yoke(Args{"runs", "show", id});
  CHECK(shown.status == 0);
  for (const char* part : {"status completed", "count to be or not", "thought: I count.",
                           "words.count(text=\"to be or not\")", "it said: {\"words\":4}"}) {
    CHECK(holds(shown.out, part));
  }
  const Json whole = json_lines(sample.yoke(Args{"runs", "show", id, "--json"}).out).front();
  CHECK(string_at(whole, "status") == "completed");
  CHECK(member_at(whole, "journal") == Json(sample.events(id)));
}

TEST_CASE("following a run ends when it is in quarantine, which no event says") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  change_store(sample, "update runs set status = 6, reason = 'takeovers'");
  CHECK(holds(sample.yoke(Args{"runs", "list"}).out, "quarantined"));
  const Ended followed = sample.yoke(Args{"runs", "events", id, "--follow", "--json"});
  CHECK(followed.status == 0);
  CHECK(json_lines(followed.out) == sample.events(id));
}

TEST_CASE("the events of a run can be followed to its end") {
  const Sample sample;
  const std::string id = sample.run("count a b");
  const Ended followed = sample.yoke(Args{"runs", "events", id, "--follow", "--json"});
  CHECK(followed.status == 0);
  CHECK(json_lines(followed.out) == sample.events(id));
  const Ended text = sample.yoke(Args{"runs", "events", id});
  CHECK(holds(text.out, "tool.called"));
  CHECK(split(text.out, '\n').size() == sample.events(id).size() + 1);
}

TEST_CASE("a waiting run goes on when it is answered") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  const std::string question = "a.c" + std::to_string(seq_of(sample.events(id), "model.replied"));
  const Ended nothing = sample.yoke(Args{"runs", "resume", id});
  CHECK(nothing.status == 3);
  const Ended wrong = sample.yoke(Args{"runs", "answer", id, question + ".7", "yes"});
  CHECK(wrong.status == 1);
  CHECK(holds(wrong.err, "did you mean '" + question + ".0'?"));
  const Ended answered = sample.yoke(Args{"runs", "answer", id, question + ".0", "yes"});
  CHECK(answered.status == 0);
  CHECK(holds(answered.err, "yoke runs resume " + id));
  const Ended again = sample.yoke(Args{"runs", "answer", id, question + ".0", "no"});
  CHECK(again.status == 1);
  CHECK(holds(again.err, "tester"));
  const Ended resumed = sample.yoke(Args{"runs", "resume", id});
  CHECK(resumed.status == 0);
  CHECK(resumed.out == "it said: {\"opened_for\":\"anna\"}\n");
  const Ended ended = sample.yoke(Args{"runs", "resume", id});
  CHECK(ended.status == 0);
  CHECK(ended.out == resumed.out);
  CHECK(holds(ended.err, "has ended"));
}

TEST_CASE("words in place of a yes are told to the model") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  const std::string question =
      "a.c" + std::to_string(seq_of(sample.events(id), "model.replied")) + ".0";
  CHECK(sample.yoke(Args{"runs", "answer", id, question, "ask me tomorrow"}).status == 0);
  const Ended resumed = sample.yoke(Args{"runs", "resume", id});
  CHECK(resumed.status == 0);
  CHECK(holds(resumed.out, "ask me tomorrow"));
}

TEST_CASE("a waiting run can be cancelled, and then no more") {
  const Sample sample;
  const std::string id = sample.run("open", 3);
  CHECK(sample.yoke(Args{"runs", "cancel", id}).status == 0);
  CHECK(string_at(sample.events(id).back(), "kind") == "run.cancelled");
  CHECK(sample.yoke(Args{"runs", "resume", id}).status == 130);
  const Ended again = sample.yoke(Args{"runs", "cancel", id});
  INFO(again.err);
  CHECK(again.status == 1);
  CHECK(sample.yoke(Args{"runs", "verify", id}).status == 0);
}

TEST_CASE("a fork shares what came before it and leaves its parent as it was") {
  const Sample sample;
  const std::string id = sample.run("count to be or not");
  const std::vector<Json> parent = sample.events(id);
  const std::int64_t at = seq_of(parent, "tool.returned");
  const Ended forked = sample.yoke(
      Args{"runs", "fork", id, "--at", std::to_string(at), "--result", R"({"words":99})"});
  CHECK(forked.status == 0);
  CHECK(forked.out == "it said: {\"words\":99}\n");
  CHECK(sample.events(id) == parent);
  const std::string child = sample.newest_run();
  REQUIRE(child != id);
  const std::vector<Json> events = sample.events(child);
  const auto shared = static_cast<std::size_t>(at) - 1;
  for (std::size_t i = 0; i < shared; ++i) {
    Json mine = events[i];
    Json theirs = parent[i];
    mine.erase("run");
    theirs.erase("run");
    CHECK(mine == theirs);
  }
  CHECK(string_at(events[shared], "kind") == "run.forked");
  CHECK(bool_at(events[shared + 1], "edited"));
  CHECK(sample.yoke(Args{"runs", "verify"}).status == 0);
  CHECK(sample.yoke(Args{"runs", "replay", child}).status == 0);
}

TEST_CASE("a fork that is only made is driven by a resume") {
  const Sample sample;
  const std::string id = sample.run("count to be");
  const Ended made = sample.yoke(Args{"runs", "fork", id, "--at", "2", "--no-run", "--quiet"});
  CHECK(made.status == 0);
  const std::string child(trim(made.out));
  CHECK(child == sample.newest_run());
  CHECK(sample.yoke(Args{"runs", "resume", child}).out == "it said: {\"words\":2}\n");
  const Ended shown = sample.yoke(Args{"runs", "show", child});
  CHECK(holds(shown.out, "forked from " + id + " after event 2"));
}

TEST_CASE("a fork is refused where it makes no sense") {
  const Sample sample;
  const std::string id = sample.run("count to be");
  const Ended beyond = sample.yoke(Args{"runs", "fork", id, "--at", "99"});
  CHECK(beyond.status == 2);
  CHECK(holds(beyond.err, "has no event 99"));
  const Ended edit = sample.yoke(Args{"runs", "fork", id, "--at", "1", "--result", "{}"});
  CHECK(edit.status == 2);
  CHECK(holds(edit.err, "only a tool.returned"));
}

TEST_CASE("a run can be forked to another model, which must be there") {
  const Sample sample;
  sample.write(
      "models/other.lua",
      R"(return model { name = "other", reply = function() return { text = "mine" } end })");
  sample.write("yoke.toml", sample.read("yoke.toml") +
                                "\n[backends.rival]\npreset = \"scripted\"\n"
                                "script = \"models/other.lua\"\n");
  const std::string id = sample.run("count to be");
  const std::string at = std::to_string(seq_of(sample.events(id), "tool.returned"));
  const Ended forked = sample.yoke(Args{"runs", "fork", id, "--at", at, "--model", "rival/other"});
  CHECK(forked.status == 0);
  CHECK(forked.out == "mine\n");
  const Ended diff = sample.yoke(Args{"runs", "diff", id, "@last"});
  CHECK(diff.status == 0);
  CHECK(holds(diff.out, "the same in " + at + " events, then they part"));
  CHECK(holds(diff.out, "completed: mine"));
  const Ended missing = sample.yoke(Args{"runs", "fork", id, "--at", at, "--model", "rival/othr"});
  INFO(missing.err);
  CHECK(missing.status != 0);
  CHECK(holds(missing.err, "othr"));
}

TEST_CASE("a run compared with itself is the same throughout") {
  const Sample sample;
  const std::string id = sample.run("count to be");
  CHECK(holds(sample.yoke(Args{"runs", "diff", id, id}).out, "the same in all"));
  const Json diff = json_lines(sample.yoke(Args{"runs", "diff", id, id, "--json"}).out).front();
  CHECK(bool_at(diff, "same"));
}

TEST_CASE("two runs of one task differ in nothing but times and ids") {
  const Sample sample;
  const std::string one = sample.run("count to be");
  const std::string two = sample.run("count to be");
  std::string text = to_text(Json(without_times(sample.events(one))));
  for (std::size_t at = text.find(one); at != std::string::npos; at = text.find(one)) {
    text.replace(at, one.size(), two);
  }
  CHECK(text == to_text(Json(without_times(sample.events(two)))));
}

TEST_CASE("a run replays byte for byte, without the model or the tools") {
  const Sample sample;
  const std::string id = sample.run("count to be or not");
  // The run keeps its code: that the project's has changed is no matter.
  sample.write("tools/sample.lua", "return {}");
  const Ended replayed = sample.yoke(Args{"runs", "replay", id});
  INFO(replayed.err);
  CHECK(replayed.status == 0);
  CHECK(holds(replayed.out, "byte for byte the same"));
  CHECK(holds(replayed.out, "the hash chain ends in the run's head"));
  const Ended json = sample.yoke(Args{"runs", "replay", id, "--json"});
  CHECK(bool_at(json_lines(json.out).front(), "chain_matches"));
}

TEST_CASE("a changed byte in a journal is found and placed") {
  const Sample sample;
  const std::string good = sample.run("say good");
  const std::string id = sample.run("count to be");
  change_store(sample,
               "update journal set body = replace(cast(body as text), 'words.count', 'words.cownt')"
               " where seq = (select seq from journal where instr(body, 'words.count') > 0 limit 1)"
               " and run_no = (select run_no from runs where run_id = '" +
                   id + "')");
  const Ended verified = sample.yoke(Args{"runs", "verify"});
  CHECK(verified.status == 1);
  CHECK(holds(verified.out, id + " event "));
  CHECK(verified.out.find(good) == std::string::npos);
  CHECK(holds(verified.err, "1 of 2 runs are whole"));
  CHECK(sample.yoke(Args{"runs", "verify", good}).status == 0);
}

TEST_CASE("an event taken out of a journal is missed") {
  const Sample sample;
  const std::string id = sample.run("count to be");
  change_store(sample, "delete from journal where seq = 3");
  const Ended verified = sample.yoke(Args{"runs", "verify", id});
  CHECK(verified.status == 1);
  CHECK(holds(verified.out + verified.err, id));
}

TEST_CASE("what stands in a run's row does not drive the terminal") {
  const Sample sample;
  sample.run("say done");
  change_store(sample,
               "UPDATE runs SET agent = 'a' || char(27) || ']0;x' || char(7), "
               "reason = char(155) || '31m', status = 4");
  for (const Args& args : {Args{"runs", "list"}, Args{"runs", "show", "@last"}}) {
    const std::string out = sample.yoke(args).out;
    CHECK(holds(out, "]0;x"));
    CHECK(out.find('\x1b') == std::string::npos);
    CHECK(out.find('\x07') == std::string::npos);
    CHECK(out.find("\xc2\x9b") == std::string::npos);
  }
}

TEST_CASE("reading commands change nothing in the store") {
  const Sample sample;
  const std::string id = sample.run("count to be");
  const std::string before = sample.read(".yoke/yoke.db");
  for (const char* verb : {"show", "events", "replay", "verify"}) {
    CHECK(sample.yoke(Args{"runs", verb, id}).status == 0);
  }
  CHECK(sample.read(".yoke/yoke.db") == before);
}

}  // namespace yoke::testing
